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
  /// One claim in four thousand that is exactly true lies below: what a verdict rests on.
  package let certain: Double

  /// 95 % of a normal distribution lie below.
  private static let quantile = 1.6448536269514722
  /// Standard errors that a verdict needs: 1 in 4 298 lies beyond by chance.
  static let certainty = 3.5
  /// No ε of a larger shift differs for anybody.
  private static let largestShift = 1e4

  /// - Parameters:
  ///   - shift: mean score of the canaries that took part.
  ///   - standardError: of that mean.
  package init(shift: Double, standardError: Double, delta: Double) {
    func epsilon(_ shift: Double) -> Double {
      guard shift > 0 else { return 0 }
      return AnalyticGaussian.epsilon(
        delta: delta, noiseMultiplier: 1 / min(shift, Self.largestShift))
    }
    self.epsilon = epsilon(shift)
    low = epsilon(shift - Self.quantile * standardError)
    high = epsilon(shift + Self.quantile * standardError)
    certain = epsilon(shift - Self.certainty * standardError)
  }

  /// Whether more shows than a claimed ε allows, beyond what chance gives.
  package func violates(_ claim: Double) -> Bool { certain > claim }
}
