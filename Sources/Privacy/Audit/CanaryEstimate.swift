import Glibc

/// What an attacker who looks for canaries got out of the releases, as an ε with its 90 % band.
///
/// Andrew et al., "One-shot Empirical Privacy Estimation for Federated Learning", 2023
/// (https://arxiv.org/abs/2302.03098), in a form with equal variances: scores of canaries that did
/// not take part are standard normal, those of canaries that did lie `shift` higher. Telling the
/// two apart is exactly as hard as a Gaussian mechanism of noise multiplier 1 ÷ shift. An
/// estimate, not a bound: an attacker who knows more may see more.
package struct CanaryEstimate: Codable, Equatable, Sendable {
  package let epsilon: Double
  /// Ends of the 90 % band: one claim in twenty that is exactly true lies below `low`.
  package let low: Double
  package let high: Double

  /// 95 % of a normal distribution lie below.
  private static let quantile = 1.6448536269514722

  /// - Parameters:
  ///   - shift: mean score of the canaries that took part.
  ///   - standardError: of that mean.
  package init(shift: Double, standardError: Double, delta: Double) {
    func epsilon(_ shift: Double) -> Double {
      shift > 0 ? AnalyticGaussian.epsilon(delta: delta, noiseMultiplier: 1 / shift) : 0
    }
    self.epsilon = epsilon(shift)
    low = epsilon(shift - Self.quantile * standardError)
    high = epsilon(shift + Self.quantile * standardError)
  }

  /// Whether the band lies above a claimed ε: the claim is not true, or the 5 % happened.
  package func violates(_ claim: Double) -> Bool { low > claim }
}
