/// How phones get models of their own: a variant, with the keys of that method alone.
package struct PersonalisationConfiguration: Codable, Equatable, Sendable {
  /// Every method there is: a new one is one file and its name here.
  package static let all: [any Personalisation.Type] = [FineTune.self, Ditto.self]

  /// Of an experiment without personal models.
  package static let none = "none"

  /// Nil for none.
  package var method: (any Personalisation)?

  package init(_ method: (any Personalisation)? = nil) { self.method = method }

  /// The method of this name, with its standard settings; nil where there is none of this name.
  package init?(named name: String) {
    if name == Self.none { return }
    guard let type = Self.all.first(where: { $0.name == name }) else { return nil }
    method = type.init()
  }

  package var name: String { method.map { type(of: $0).name } ?? Self.none }

  package static func == (left: Self, right: Self) -> Bool {
    switch (left.method, right.method) {
    case (nil, nil): true
    case (let left?, let right?): left.equals(right)
    default: false
    }
  }

  private enum CodingKeys: String, CodingKey { case method }

  /// The name, and beside it the keys of that method.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let name = try container.decode(String.self, forKey: .method)
    guard let standard = Self(named: name) else {
      throw DecodingError.dataCorruptedError(
        forKey: .method, in: container, debugDescription: "no method '\(name)'")
    }
    method = try standard.method.map { try type(of: $0).init(from: decoder) }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .method)
    try method?.encode(to: encoder)
  }

  /// The rows of `personalisation` in the table of keys.
  static let keys: [ConfigurationKey] =
    [
      ConfigurationKey(
        path: "personalisation.method", kind: .choice([none] + all.map { $0.name }),
        isOptional: false, unit: "",
        meaning: "How phones get models of their own; each method has keys of its own."
      ) { .text($0.personalisation.name) }
    ] + all.flatMap { $0.keys }
}

extension ConfigurationKey {
  /// A key `personalisation.NAME` of one method, which has no value in experiments with another.
  private static func row<P: Personalisation>(
    _ name: String, _ kind: Kind, unit: String = "", of method: P.Type, _ meaning: String,
    _ value: @escaping @Sendable (P) -> Value
  ) -> Self {
    var key = Self(
      path: "personalisation.\(name)", kind: kind, isOptional: false, unit: unit,
      meaning: "\(meaning.dropLast()) (\(P.name))."
    ) { ($0.personalisation.method as? P).map(value) ?? .none }
    key.variant = P.name
    return key
  }

  static func number<P: Personalisation>(
    _ name: String, _ range: NumberRange, of method: P.Type,
    _ value: @escaping @Sendable (P) -> Double, _ meaning: String
  ) -> Self {
    row(name, .number(range), of: method, meaning) { .number(value($0)) }
  }

  static func integer<P: Personalisation>(
    _ name: String, _ range: ClosedRange<Int>, unit: String, of method: P.Type,
    _ value: @escaping @Sendable (P) -> Int, _ meaning: String
  ) -> Self {
    row(name, .integer(range), unit: unit, of: method, meaning) { .integer(value($0)) }
  }
}
