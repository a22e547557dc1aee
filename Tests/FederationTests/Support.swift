import Federation
import Foundation
import LinearAlgebra

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
