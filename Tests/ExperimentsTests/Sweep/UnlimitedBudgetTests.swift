import Experiments
import Federation
import Testing

/// `privacy.target_epsilon: inf` in a sweep.
struct UnlimitedBudgetTests {
  private static let budgets = "sweep:\n  privacy.target_epsilon: [inf, 2]\n"

  /// `inf` is the point that the others are measured by: the same clipping and cohorts, no noise.
  @Test(arguments: ["gaussian", "blt", "tree", "banded"])
  func anUnlimitedBudgetIsClippingWithoutNoise(mechanism: String) throws {
    let sweep = try SweepTests.load(
      """
      training: {cohort_size: 10, sampling: min_separation, min_separation: 4}
      privacy: {mechanism: \(mechanism), clipping_bound: 0.5, budget: {epsilon: 3}}
      \(Self.budgets)
      """)
    let (free, noisy) = (sweep.points[0].configuration, sweep.points[1].configuration)
    #expect(sweep.points[0].cells == [.number(.infinity)])
    #expect(free.privacy.mechanism.rawValue == mechanism)
    #expect(free.privacy.clippingBound.value == 0.5 && free.training == noisy.training)
    let plan = try PrivacyPlan(free, clients: 1_000)
    #expect(try plan?.noiseMultiplier == 0 && plan?.guarantee() == nil)
    #expect(free.privacy.budget.epsilon.value == nil && noisy.privacy.budget.epsilon.value == 3)
  }

  /// Clients cannot add no noise, so the server does, and what their noise needs goes away.
  @Test(arguments: [
    ("discrete_gaussian", "secagg", "bits: 16, fraction_bits: 13, modulus_bits: 64"),
    ("skellam", "none", "bits: 16"), ("local_gaussian", "none", ""),
  ])
  func anUnlimitedBudgetOfClientNoise(
    mechanism: String, scheme: String, encoding: String
  ) throws {
    let sweep = try SweepTests.load(
      """
      training: {cohort_size: 10}
      privacy: {mechanism: \(mechanism), clipping_bound: 0.05}
      secure_aggregation: {protocol: \(scheme), encoding: {\(encoding)}}
      \(Self.budgets)
      """)
    let (free, noisy) = (sweep.points[0].configuration, sweep.points[1].configuration)
    #expect(free.privacy.mechanism == .gaussian && noisy.privacy.mechanism.rawValue == mechanism)
    #expect(free.privacy.clippingBound.value == 0.05)
    #expect(free.secureAggregation.protocol == noisy.secureAggregation.protocol)
    #expect(free.secureAggregation.encoding.bits.value == nil)
    #expect(free.secureAggregation.encoding.fractionBits.value == nil)
    #expect(try PrivacyPlan(free, clients: 1_000)?.noiseMultiplier == 0)
  }
}
