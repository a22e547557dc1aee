/// The standard normal distribution's quantiles, for thresholds.
package enum NormalQuantile {
  /// The x with log P(X ≤ x) = `logProbability`, which is below 0.
  package static func of(logProbability: Double) -> Double {
    NormalDistribution.quantile(logProbability: logProbability)
  }
}
