import Foundation
import Privacy
import Testing

@Suite struct ClippingTests {
  private func clip(
    _ update: inout [Float], to bound: Double, roundingNorm: Double = 0
  ) -> ClippingOutcome {
    update.withUnsafeMutableBufferPointer {
      Clipping.clip($0, to: bound, roundingNorm: roundingNorm)
    }
  }

  private func norm(_ values: [Double]) -> Double {
    values.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  @Test func aShortUpdateIsLeftAlone() {
    var update: [Float] = [0.3, -0.4]
    let outcome = clip(&update, to: 1)
    #expect(update == [0.3, -0.4])
    #expect(!outcome.isClipped)
    #expect(abs(outcome.norm - 0.5) < 1e-7)
  }

  /// The bound holds for what is really summed: the coordinates rounded to the grid.
  @Test(arguments: [0.01, 1, 30], [1, 1000, 100_000])
  func aLongUpdateKeepsItsDirectionAndMeetsTheBound(_ bound: Double, _ dimension: Int) {
    var stream = NoiseStream(seed: 5, purpose: .clientNoise, round: dimension)
    let step = 0x1p-30
    let original = (0..<dimension).map { _ in Float(100 * stream.normal()) }
    var update = original
    let rounding = 0.5 * step * Double(dimension).squareRoot()
    #expect(clip(&update, to: bound, roundingNorm: rounding).isClipped)
    let rounded = update.map { (Double($0) / step).rounded() * step }
    #expect(norm(rounded) <= bound)
    #expect(norm(rounded) > bound * (1 - 1e-4))
    let cosine =
      zip(original, update).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      / (norm(original.map(Double.init)) * norm(update.map(Double.init)))
    #expect(cosine > 1 - 1e-9)
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func anUpdateThatIsNotFiniteBecomesZero(_ bad: Float) {
    var update: [Float] = [1, bad, 2]
    let outcome = clip(&update, to: 1)
    #expect(!outcome.isFinite)
    #expect(update == [0, 0, 0])
  }

  /// Where rounding may add more than the bound, nothing but zero is safe to send.
  @Test func aBoundThatRoundingExceedsLeavesZero() {
    var update: [Float] = [0.3, -0.4]
    let outcome = clip(&update, to: 1, roundingNorm: 1)
    #expect(update == [0, 0])
    #expect(outcome.isFinite && outcome.isClipped)
  }

  @Test func aZeroUpdateStaysZero() {
    var update: [Float] = [0, 0]
    let outcome = clip(&update, to: 1)
    #expect(outcome.norm == 0)
    #expect(outcome.isFinite && !outcome.isClipped)
    #expect(update == [0, 0])
  }

  @Test func anEnormousUpdateIsClippedNotLost() {
    var update = [Float](repeating: .greatestFiniteMagnitude, count: 4)
    #expect(clip(&update, to: 1).isClipped)
    #expect(abs(norm(update.map(Double.init)) - 1) < 1e-6)
  }
}
