import Foundation
import Privacy
import Testing

@Suite struct ConditionalRoundingTests {
  /// Values of `privacy.md`, A2.
  @Test(arguments: [(1e-3, 1 << 16, 1.0087), (1e-2, 1 << 16, 1.631), (1e-3, 1 << 20, 1.124)])
  func sensitivity(_ grid: Double, _ dimension: Int, _ expected: Double) {
    let rounding = ConditionalRounding(clippingBound: 1, grid: grid, dimension: dimension)
    #expect(abs(rounding.norm - expected) < 6e-4)
  }

  /// Beyond 32 bits the steps are still whole.
  @Test func aGridMayBeVeryFine() {
    let rounding = ConditionalRounding(clippingBound: 1, grid: 0x1p-40, dimension: 2)
    var stream = NoiseStream(seed: 1, purpose: .clientRounding, round: 0)
    var steps = [Int64](repeating: 0, count: 2)
    _ = [0.75, -0.5].withUnsafeBufferPointer { values in
      steps.withUnsafeMutableBufferPointer { rounding.round(values, into: $0, using: &stream) }
    }
    #expect(steps == [3 << 38, -(1 << 39)])
  }

  @Test func theRoundedNormIsBoundedAndTheMeanIsKept() {
    let dimension = 512
    let grid = 0.02
    var stream = NoiseStream(seed: 31, purpose: .clientRounding, round: 0)
    let raw = (0..<dimension).map { _ in stream.normal() }
    let length = raw.reduce(0) { $0 + $1 * $1 }.squareRoot()
    // Just below the bound, as clipping leaves it.
    let values = raw.map { Float($0 / length * (1 - 1e-6)) }
    let rounding = ConditionalRounding(clippingBound: 1, grid: grid, dimension: dimension)
    var steps = [Int64](repeating: 0, count: dimension)
    var sum = [Double](repeating: 0, count: dimension)
    var draws = 0
    let repetitions = 2000
    for _ in 0..<repetitions {
      draws += values.withUnsafeBufferPointer { values in
        steps.withUnsafeMutableBufferPointer {
          rounding.round(values, into: $0, using: &stream)
        }
      }
      let square = steps.reduce(0) { $0 + Double($1) * Double($1) }
      #expect(square.squareRoot() * grid <= rounding.norm * (1 + 1e-12))
      for index in sum.indices { sum[index] += Double(steps[index]) * grid }
    }
    // A draw fails with probability at most e^−½.
    #expect(Double(draws) / Double(repetitions) < 1 / (1 - exp(-0.5)))
    for (total, value) in zip(sum, values) {
      let error = abs(total / Double(repetitions) - Double(value))
      #expect(error < 6 * grid / 2 / Double(repetitions).squareRoot())
    }
  }
}
