/// How updates become a new model: a variant, with the keys of that algorithm alone.
package struct AlgorithmConfiguration: Codable, Equatable, Sendable {
  /// Every algorithm there is: a new one is one file and its line here.
  package static let all: [any Algorithm.Type] = [
    FedAvg.self, FedProx.self, Scaffold.self, FedDyn.self, FedNova.self, MimeLite.self,
    QFedAvg.self,
  ]

  package var algorithm: any Algorithm

  package init(_ algorithm: any Algorithm = FedAvg()) { self.algorithm = algorithm }

  /// The algorithm of this name, with its standard settings; nil for none.
  package init?(named name: String) {
    guard let type = Self.all.first(where: { $0.name == name }) else { return nil }
    algorithm = type.init()
  }

  package var name: String { type(of: algorithm).name }

  package static func == (left: Self, right: Self) -> Bool {
    left.algorithm.equals(right.algorithm)
  }

  private enum CodingKeys: String, CodingKey { case name }

  /// The name, and beside it the keys of that algorithm.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let name = try container.decode(String.self, forKey: .name)
    guard let type = Self.all.first(where: { $0.name == name }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .name, in: container, debugDescription: "no algorithm '\(name)'")
    }
    algorithm = try type.init(from: decoder)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try algorithm.encode(to: encoder)
  }

  /// The rows of `algorithm` in the table of keys.
  static let keys: [ConfigurationKey] =
    [
      ConfigurationKey(
        path: "algorithm.name", kind: .choice(all.map { $0.name }), isOptional: false, unit: "",
        meaning: "How updates become a new model; each algorithm has keys of its own."
      ) { .text($0.algorithm.name) }
    ] + all.flatMap { $0.keys }
}

// MARK: - Rows of keys of one algorithm

extension ConfigurationKey {
  /// A key `algorithm.NAME` of one algorithm, which has no value in experiments with another.
  private static func row<A: Algorithm>(
    _ name: String, _ kind: Kind, of algorithm: A.Type, _ meaning: String,
    _ value: @escaping @Sendable (A) -> Value
  ) -> Self {
    var key = Self(
      path: "algorithm.\(name)", kind: kind, isOptional: false, unit: "",
      meaning: "\(meaning.dropLast()) (\(A.name))."
    ) { ($0.algorithm.algorithm as? A).map(value) ?? .none }
    key.variant = A.name
    return key
  }

  static func number<A: Algorithm>(
    _ name: String, _ range: NumberRange, of algorithm: A.Type,
    _ value: @escaping @Sendable (A) -> Double, _ meaning: String
  ) -> Self {
    row(name, .number(range), of: algorithm, meaning) { .number(value($0)) }
  }

  static func integer<A: Algorithm>(
    _ name: String, oneOf choices: [Int], of algorithm: A.Type,
    _ value: @escaping @Sendable (A) -> Int, _ meaning: String
  ) -> Self {
    row(name, .oneOf(choices), of: algorithm, meaning) { .integer(value($0)) }
  }
}
