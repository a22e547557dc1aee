import Federation
import LinearAlgebra

/// Calibration, coverage and macro scores of judged predictions, with intervals over clients.
///
/// The metrics are those of evaluation.csv; the intervals are a bootstrap over clients.
package struct ConfidenceMetrics {
  /// A value with its 95 % interval, a bootstrap over clients.
  package struct Estimate: Equatable, Sendable {
    package var value: Double
    package var low: Double
    package var high: Double
  }

  private static let resamples = 400

  /// With each phone's temperature.
  package private(set) var scaled = ConfidenceTally()
  /// As the model says it.
  package private(set) var unscaled = ConfidenceTally()
  package let scores: MacroScores
  package let clientCount: Int

  /// Shares of all predictions, the surest.
  private let coverages: [Double]
  /// Accuracy over each of these shares.
  package let accuracies: [Estimate]
  /// The confidence from which predictions belong to each of these shares.
  package let thresholds: [Double]
  /// The largest share of predictions, surest first, that is right as often as promised; 0 if none.
  package let coverage: Estimate

  /// - Parameters:
  ///   - coverages: shares of all predictions, above 0 and up to 1.
  ///   - promise: the accuracy that `coverage` is for.
  package init(
    _ judged: [JudgedPrediction], coverages: [Double], promise: Double, seed: UInt64
  ) {
    var choices = ChoiceTally()
    for prediction in judged {
      scaled.record(confidence: prediction.confidence, isHit: prediction.isHit)
      unscaled.record(confidence: prediction.unscaled, isHit: prediction.isHit)
      choices.record(predicted: prediction.predicted, opened: prediction.opened)
    }
    scores = choices.scores
    self.coverages = coverages
    let clients = Set(judged.map(\.client)).sorted()
    clientCount = clients.count
    let places = Dictionary(uniqueKeysWithValues: clients.enumerated().map { ($1, $0) })
    let sorted = zip(scaled.outcomes, judged.map { places[$0.client] ?? 0 })
      .sorted { $0.0 > $1.0 }
    let outcomes = sorted.map(\.0)
    let positions = sorted.map(\.1)

    /// The accuracies and, last, the coverage.
    func values(_ curve: ConfidenceCurve) -> [Double] {
      coverages.map { curve.accuracy(at: $0) ?? 0 } + [curve.coverage(at: promise)]
    }
    let whole = ConfidenceCurve(scaled)
    thresholds = coverages.map { whole.confidence(at: $0) ?? 0 }
    let drawn = (0..<Self.resamples).map { resample in
      var stream = RandomStream(seed: seed, purpose: .bootstrap, round: resample)
      // How often each client was drawn.
      var weights = [Int](repeating: 0, count: clients.count)
      for _ in clients { weights[stream.below(clients.count)] += 1 }
      return values(ConfidenceCurve(sorted: outcomes) { weights[positions[$0]] })
    }
    var estimates = values(whole).enumerated().map { index, value in
      let spread = drawn.map { $0[index] }.sorted()
      return clients.count > 1
        ? Estimate(
          value: value, low: quantile(0.025, ofSorted: spread),
          high: quantile(0.975, ofSorted: spread))
        : Estimate(value: value, low: value, high: value)
    }
    coverage = estimates.removeLast()
    accuracies = estimates
  }

  /// - Parameter coverage: one of those that were asked for.
  package func accuracy(at coverage: Double) -> Estimate {
    guard let index = coverages.firstIndex(of: coverage) else {
      preconditionFailure("nobody asked for a coverage of \(coverage)")
    }
    return accuracies[index]
  }

  package var examples: Int { scaled.examples }
}
