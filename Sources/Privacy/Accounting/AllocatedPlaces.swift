import Glibc

/// Correlated noise under places that clients draw once and keep: a client with place i takes part in
/// round i of every block, and its update is hidden among what other places would have given.
///
/// With m_i what the noise's strategy makes of place i, the likelihood ratio of the run is
/// (1/b) Σ_i e^(⟨m_i, z⟩ − |m_i|²/2) (balls in bins: Choquette-Choo et al. 2025,
/// https://arxiv.org/abs/2410.06266). A divergence is the mean of a convex function of it, so it only
/// grows with every covariance ⟨m_i, m_j⟩ (Kahane's inequality for Gaussian chaos, 1985). Strategies
/// have no negative coefficients; so clients may be thought to tell their place modulo a stride, all
/// squared norms to be the largest of one, and all products within a residue to be the largest there.
/// That leaves a Gaussian that all places have in common, and a random allocation of the rest: bounds
/// for every stride, of which the one that looks best is taken.
struct AllocatedPlaces: Sendable {
  private let blockRounds: Int
  /// Largest ⟨m_i, m_j⟩ of two places, by their distance.
  private let products: [Double]

  /// The orders whose moments decide which stride looks best, at a usual δ.
  private static let orders = [2.0, 4, 8, 16, 32, 64]
  private static let logUsualDelta = -13.8

  /// Constraint: a strategy whose coefficients do not rise.
  init(_ strategy: NoiseStrategy, rounds: Int, blockRounds: Int) {
    self.blockRounds = min(blockRounds, rounds)
    products = strategy.placeProducts(rounds: rounds, blockRounds: self.blockRounds)
  }

  /// The run as one release.
  func release(noiseMultiplier: Double) -> PrivacyRelease {
    var best = split(stride: blockRounds)
    var least = roughEpsilon(best, noiseMultiplier)
    for stride in 1..<max(blockRounds, 1) where blockRounds / stride >= 2 {
      let candidate = split(stride: stride)
      let epsilon = roughEpsilon(candidate, noiseMultiplier)
      if epsilon < least { (best, least) = (candidate, epsilon) }
    }
    return .allocatedGaussian(
      bins: best.bins, noiseMultiplier: noiseMultiplier / best.own.squareRoot(),
      commonNoise: best.common > 0 ? noiseMultiplier / best.common.squareRoot() : nil)
  }

  /// What is left when places are known modulo a stride: so many, with so much in common.
  ///
  /// A residue with one place more has no larger divergence.
  private func split(stride: Int) -> (bins: Int, own: Double, common: Double) {
    let bins = blockRounds / stride
    guard bins > 1 else { return (1, products[0], 0) }
    let common = Swift.stride(from: stride, to: blockRounds, by: stride)
      .map { products[$0] }.reduce(0, max)
    return (bins, max(products[0] - common, 1e-12 * products[0]), common)
  }

  /// ε by the moments, to choose by alone.
  private func roughEpsilon(
    _ split: (bins: Int, own: Double, common: Double), _ noise: Double
  ) -> Double {
    Self.orders.map {
      (logMoment(split, noise, order: $0) - Self.logUsualDelta) / ($0 - 1)
    }.reduce(.infinity, min)
  }

  /// The logarithm of roughly E[ratio^order].
  private func logMoment(
    _ split: (bins: Int, own: Double, common: Double), _ noise: Double, order: Double
  ) -> Double {
    let pairs = 0.5 * order * (order - 1)
    let own = split.own / (noise * noise)
    let bins = Double(split.bins)
    let few = log(pairs) - log(bins) + own + log(-expm1(-own))
    let same = pairs * own - (order - 1) * log(bins)
    return pairs * split.common / (noise * noise) + logAdd(0, logAdd(few, same))
  }
}
