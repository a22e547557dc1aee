import Federation
import Foundation
import LinearAlgebra
import Privacy

/// The contents of a JSON file in Vectors.
func vectors<Value: Decodable>(_ name: String, as type: Value.Type) throws -> Value {
  let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors/\(name)")
  let decoder = JSONDecoder()
  decoder.keyDecodingStrategy = .convertFromSnakeCase
  return try decoder.decode(type, from: Data(contentsOf: file))
}

/// Quantiles that a fair sampler exceeds once in a million (Vectors/bounds.py).
struct Bounds: Decodable {
  /// Of the chi-square distribution with 99 degrees of freedom.
  let chiSquare99: Double
  /// Of the absolute value of a standard normal number.
  let normal: Double

  static func load() throws -> Bounds { try vectors("bounds.json", as: Bounds.self) }
}

/// A stream for drawing test data.
func testStream(_ number: UInt64) -> RandomStream {
  RandomStream(key: (number, 0), counter: (0, 0, 0))
}

extension UpdateSum {
  /// The weighted mean update; zero when nobody reported.
  func mean() -> [Double] {
    values.map { weight > 0 ? Double($0) / 0x1p30 / Double(weight) : 0 }
  }
}

extension ServerState {
  /// A round without a mechanism, through the stages of a run.
  mutating func finishRound(with sum: UpdateSum) throws -> Double {
    var received = RoundSum(.steps(sum.values), weight: sum.weight, count: sum.count)
    _ = try release(&received, norms: nil, RoundPlan(Configuration()))
    return finishRound(along: received.mean)
  }
}

extension PrivacyState {
  /// A release, through the stages of a run.
  mutating func release(
    _ sum: inout [Int64], round: Int, norms: NormCount?, reporting: Int? = nil,
    _ configuration: Configuration, _ plan: PrivacyPlan
  ) throws -> Release {
    var received = RoundSum(.steps(sum), weight: 1, count: 1)
    var privacy = Optional(self)
    for transform in RoundPlan(configuration, privacy: plan).transforms.reversed() {
      try transform.onServer(&received, &privacy, round: round)
    }
    guard case .steps(let noisy) = received.values, let privacy else {
      throw PrivacyError.infeasible("a sum in steps stays one")
    }
    sum = noisy
    self = privacy
    return try settle(round: round, norms: norms, reporting: reporting, configuration, plan)
  }
}
