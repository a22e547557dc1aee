import Glibc

/// The exact (ε, δ) curve of the Gaussian mechanism.
///
/// Balle and Wang, "Improving the Gaussian Mechanism for Differential Privacy", ICML 2018,
/// Theorem 8 (https://arxiv.org/abs/1805.06530).
package enum AnalyticGaussian {
  /// log δ at ε, of noise `noiseMultiplier` per unit of sensitivity.
  static func logDelta(epsilon: Double, noiseMultiplier: Double) -> Double {
    let shift = 0.5 / noiseMultiplier
    let upper = NormalDistribution.logCumulative(shift - epsilon * noiseMultiplier)
    let lower = epsilon + NormalDistribution.logCumulative(-shift - epsilon * noiseMultiplier)
    guard upper > lower else { return -.infinity }
    return upper + log(-expm1(lower - upper))
  }

  /// The smallest ε at δ.
  package static func epsilon(delta: Double, noiseMultiplier: Double) -> Double {
    precondition(delta > 0 && noiseMultiplier > 0)
    let target = log(delta)
    guard logDelta(epsilon: 0, noiseMultiplier: noiseMultiplier) > target else { return 0 }
    var low = 0.0
    var high = 1.0
    while logDelta(epsilon: high, noiseMultiplier: noiseMultiplier) > target {
      low = high
      high *= 2
    }
    while high - low > 1e-14 * high {
      let middle = 0.5 * (low + high)
      guard middle > low, middle < high else { break }
      if logDelta(epsilon: middle, noiseMultiplier: noiseMultiplier) > target {
        low = middle
      } else {
        high = middle
      }
    }
    return high
  }
}
