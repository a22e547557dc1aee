/// Ranking metrics of one predictor on one split, pooled and spread over clients.
///
/// Accuracies and the mean reciprocal rank count unseen targets as misses. Clients without an
/// example are left out. Percentiles interpolate linearly, as NumPy does by default.
package struct EvaluationRow: Codable, Equatable, Sendable {
  package let clients: Int
  package let examples: Int
  package let unseen: Int
  package let accuracyTop1: Double
  package let accuracyTop3: Double
  package let accuracyTop5: Double
  package let mrr: Double
  /// Nats per example whose target is a candidate; nil when there is none.
  package let crossEntropy: Double?
  package let clientAccuracyMean: Double
  package let clientAccuracyP10: Double
  package let clientAccuracyP50: Double
  package let clientAccuracyP90: Double

  /// Summarises one tally per client; nil when they hold no example at all.
  ///
  /// Sums run in the order given: pass clients in a fixed order for identical bits.
  package init?(clientTallies: some Sequence<RankingTally>) {
    var pooled = RankingTally()
    var accuracies: [Double] = []
    for tally in clientTallies where tally.examples > 0 {
      pooled += tally
      accuracies.append(Double(tally.top1) / Double(tally.examples))
    }
    guard pooled.examples > 0 else { return nil }
    let total = Double(pooled.examples)
    let seen = pooled.examples - pooled.unseen
    clients = accuracies.count
    examples = pooled.examples
    unseen = pooled.unseen
    accuracyTop1 = Double(pooled.top1) / total
    accuracyTop3 = Double(pooled.top3) / total
    accuracyTop5 = Double(pooled.top5) / total
    mrr = pooled.reciprocalRankSum / total
    crossEntropy = seen > 0 ? pooled.crossEntropySum / Double(seen) : nil
    clientAccuracyMean = accuracies.reduce(0, +) / Double(accuracies.count)
    accuracies.sort()
    clientAccuracyP10 = quantile(0.1, ofSorted: accuracies)
    clientAccuracyP50 = quantile(0.5, ofSorted: accuracies)
    clientAccuracyP90 = quantile(0.9, ofSorted: accuracies)
  }
}

/// The quantile at `level` (0…1) of ascending values, linear between the two nearest.
///
/// Hyndman and Fan's definition 7, the default of NumPy and R.
package func quantile(_ level: Double, ofSorted values: [Double]) -> Double {
  precondition(!values.isEmpty && (0...1).contains(level))
  let position = level * Double(values.count - 1)
  let lower = Int(position)
  let upper = min(lower + 1, values.count - 1)
  return values[lower] + (values[upper] - values[lower]) * (position - Double(lower))
}
