import Statistics

/// Ranking metrics of one predictor on one split, pooled and spread over clients.
///
/// Accuracies and the mean reciprocal rank count unseen targets as misses. Clients without an
/// example are left out. Percentiles interpolate linearly, as NumPy does by default. Macro scores
/// are means over apps, as `MacroScores` defines them; calibration and coverage are those of the
/// model as it is, as `ConfidenceTally` and `ConfidenceCurve` define them. Pooled metrics are means
/// over predictions in which no client counts more than a limit, as `CappedPool` defines it.
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
  /// Clients with more predictions than the limit; nil when there is none.
  package let cappedClients: Int?
  /// Top-1 accuracy had there been no limit; nil when no client is above it.
  package let uncappedAccuracyTop1: Double?
  /// Clients on whom the predictor said what is no number; nil when there is none.
  package let lostClients: Int?
  /// The part of all weight in pooled metrics that one client has, where that is unusual; nil where it
  /// is not.
  package let largestClientShare: Double?

  /// Percent of all predictions.
  package static let coverages = [1, 2, 5, 10, 25, 50, 75, 90]

  /// Summarises one tally per client; nil when they hold no example at all.
  ///
  /// Sums run in the order given: pass clients in a fixed order for identical bits.
  ///
  /// - Parameter largestWeight: how often the median client a client counts at most in pooled
  ///   metrics; nil is no limit.
  package init?(clientTallies: some Sequence<PredictionTally>, largestWeight: Double? = nil) {
    let tallies = clientTallies.filter { $0.examples > 0 }
    self.init(
      tallies,
      weights: ClientWeights.limited(tallies.map { Double($0.examples) }, to: largestWeight))
  }

  /// - Parameter weights: what a prediction of each client weighs; nil where all weigh the same.
  init?(_ clientTallies: [PredictionTally], weights: [Double]?) {
    var whole = PredictionTally()
    var accuracies: [Double] = []
    let own = zip(clientTallies, weights ?? clientTallies.map { _ in 1 })
      .filter { $0.0.examples > 0 }
    let (tallies, limits) = (own.map(\.0), own.map(\.1))
    for tally in tallies {
      whole += tally
      accuracies.append(tally.ranking.accuracyTop1)
    }
    let lost = tallies.count { !$0.ranking.crossEntropySum.isFinite }
    lostClients = lost > 0 ? lost : nil
    let pooled = whole.ranking
    guard pooled.examples > 0 else { return nil }
    clients = accuracies.count
    examples = pooled.examples
    unseen = pooled.unseen
    let capped = limits.contains { $0 < 1 } ? CappedPool(tallies, weights: limits) : nil
    cappedClients = capped?.cappedClients
    largestClientShare = ClientWeights.unusualShare(own.map { Double($0.0.examples) * $0.1 })
    uncappedAccuracyTop1 = capped.map { _ in pooled.accuracyTop1 }
    clientAccuracyMean = accuracies.reduce(0, +) / Double(accuracies.count)
    accuracies.sort()
    clientAccuracyP10 = quantile(0.1, ofSorted: accuracies)
    clientAccuracyP50 = quantile(0.5, ofSorted: accuracies)
    clientAccuracyP90 = quantile(0.9, ofSorted: accuracies)
    if let capped {
      accuracyTop1 = capped.mean { Double($0.top1) }
      accuracyTop3 = capped.mean { Double($0.top3) }
      accuracyTop5 = capped.mean { Double($0.top5) }
      mrr = capped.mean(\.reciprocalRankSum)
      crossEntropy = capped.crossEntropy
      (precisionMacro, recallMacro, f1Macro) = capped.scores
      (expectedCalibrationError, accuracyAtCoverage) = capped.confidence(
        coverages: Self.coverages.map { Double($0) / 100 })
      return
    }
    accuracyTop1 = pooled.accuracyTop1
    accuracyTop3 = pooled.accuracyTop3
    accuracyTop5 = pooled.accuracyTop5
    mrr = pooled.mrr
    crossEntropy = pooled.crossEntropy
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
