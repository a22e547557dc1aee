import Foundation
import Privacy
import Testing

@Suite struct AdaptiveClippingTests {
  /// Log-normal norms around 3: the bound has to find their quantile from far away.
  @Test(arguments: [0.01, 100], [0.2, 0.5, 0.8])
  func theBoundFindsTheQuantile(_ factor: Double, _ quantile: Double) {
    let cohort = 200
    var stream = NoiseStream(seed: 21, purpose: .clippedCount, round: 0)
    func norm() -> Double { 3 * exp(0.5 * stream.normal()) }
    let sorted = (0..<20_000).map { _ in norm() }.sorted()
    let target = sorted[Int(quantile * 20_000)]
    var clipping = AdaptiveClipping(
      initialBound: factor * target, targetQuantile: quantile, expectedCohort: Double(cohort))
    var late: [Double] = []
    for round in 0..<400 {
      let unclipped = (0..<cohort).count { _ in norm() <= clipping.bound }
      clipping.update(
        unclipped: unclipped, reported: cohort, expectedCohort: Double(cohort), using: &stream)
      if round >= 200 { late.append(log(clipping.bound / target)) }
    }
    #expect(abs(late.reduce(0, +) / 200) < 0.05)
  }

  /// The count and the updates together spend exactly what was asked: 1/z² = 1/z_Δ² + 1/(2σ_b)².
  @Test func theBudgetIsSplit() throws {
    let clipping = AdaptiveClipping(expectedCohort: 100)
    let noise = try clipping.updateNoiseMultiplier(1.2)
    #expect(noise > 1.2)
    var both = PrivacyAccountant(adjacency: .addOrRemove)
    var one = PrivacyAccountant(adjacency: .addOrRemove)
    // The centred bit moves the count by ½.
    let split = try both.guarantee(
      of: [
        PrivacyEvent(.gaussian(noiseMultiplier: noise)),
        PrivacyEvent(.gaussian(noiseMultiplier: 2 * clipping.countDeviation)),
      ], delta: 1e-6)
    let whole = try one.guarantee(
      of: [PrivacyEvent(.gaussian(noiseMultiplier: 1.2))], delta: 1e-6)
    #expect(abs(split.epsilon - whole.epsilon) < 1e-9)
  }

  @Test func aCohortTooSmallForTheNoiseIsRefused() {
    let clipping = AdaptiveClipping(expectedCohort: 20)
    #expect(throws: PrivacyError.self) { try clipping.updateNoiseMultiplier(2) }
  }
}
