/// Ranking metrics of one predictor on one split, pooled and spread over clients.
///
/// Accuracies and the mean reciprocal rank count unseen targets as misses. Clients without an
/// example are left out. Percentiles interpolate linearly, as NumPy does by default. Macro scores
/// are means over apps, as `MacroScores` defines them; calibration and coverage are those of the
/// model as it is, as `ConfidenceTally` and `ConfidenceCurve` define them.
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
  package let precisionMacro: Double
  package let recallMacro: Double
  package let f1Macro: Double
  /// Nil for predictors that do not state how sure they are.
  package let expectedCalibrationError: Double?
  /// Over the surest of all predictions, by `coverages`; empty where there is no calibration error.
  package let accuracyAtCoverage: [Double]

  /// Percent of all predictions.
  package static let coverages = [1, 2, 5, 10, 25, 50, 75, 90]

  /// Summarises one tally per client; nil when they hold no example at all.
  ///
  /// Sums run in the order given: pass clients in a fixed order for identical bits.
  package init?(clientTallies: some Sequence<PredictionTally>) {
    var whole = PredictionTally()
    var accuracies: [Double] = []
    for tally in clientTallies where tally.examples > 0 {
      whole += tally
      accuracies.append(tally.ranking.accuracyTop1)
    }
    let pooled = whole.ranking
    guard pooled.examples > 0 else { return nil }
    clients = accuracies.count
    examples = pooled.examples
    unseen = pooled.unseen
    accuracyTop1 = pooled.accuracyTop1
    accuracyTop3 = pooled.accuracyTop3
    accuracyTop5 = pooled.accuracyTop5
    mrr = pooled.mrr
    crossEntropy = pooled.crossEntropy
    clientAccuracyMean = accuracies.reduce(0, +) / Double(accuracies.count)
    accuracies.sort()
    clientAccuracyP10 = quantile(0.1, ofSorted: accuracies)
    clientAccuracyP50 = quantile(0.5, ofSorted: accuracies)
    clientAccuracyP90 = quantile(0.9, ofSorted: accuracies)
    let scores = whole.choices.scores
    precisionMacro = scores.precision
    recallMacro = scores.recall
    f1Macro = scores.f1
    expectedCalibrationError = whole.confidence.calibrationError
    let curve = ConfidenceCurve(whole.confidence)
    accuracyAtCoverage = Self.coverages.compactMap { curve.accuracy(at: Double($0) / 100) }
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
