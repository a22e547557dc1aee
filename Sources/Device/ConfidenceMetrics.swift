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

  /// The outcomes of `scaled`, the surest first, and the position of each one's client.
  private let outcomes: [UInt32]
  private let positions: [Int]
  /// By resample and position among the clients: how often a client was drawn.
  private let draws: [[Int]]

  package init(_ judged: [JudgedPrediction], seed: UInt64) {
    var choices = ChoiceTally()
    for prediction in judged {
      scaled.record(confidence: prediction.confidence, isHit: prediction.isHit)
      unscaled.record(confidence: prediction.unscaled, isHit: prediction.isHit)
      choices.record(predicted: prediction.predicted, opened: prediction.opened)
    }
    scores = choices.scores
    let clients = Set(judged.map(\.client)).sorted()
    clientCount = clients.count
    let places = Dictionary(uniqueKeysWithValues: clients.enumerated().map { ($1, $0) })
    let sorted = zip(scaled.outcomes, judged.map { places[$0.client] ?? 0 })
      .sorted { $0.0 > $1.0 }
    outcomes = sorted.map(\.0)
    positions = sorted.map(\.1)
    draws = (0..<Self.resamples).map { resample in
      var stream = RandomStream(seed: seed, purpose: .bootstrap, round: resample)
      var drawn = [Int](repeating: 0, count: clients.count)
      for _ in clients { drawn[stream.below(clients.count)] += 1 }
      return drawn
    }
  }

  package var examples: Int { outcomes.count }

  /// Accuracy over the surest share of all predictions, and the confidence from which they are.
  package func accuracy(at coverage: Double) -> (accuracy: Estimate, threshold: Double) {
    (
      estimated { $0.accuracy(at: coverage) ?? 0 },
      ConfidenceCurve(scaled).confidence(at: coverage) ?? 0
    )
  }

  /// The largest share of predictions, surest first, that is right at least this often; 0 if none.
  package func coverage(at accuracy: Double) -> Estimate {
    estimated { $0.coverage(at: accuracy) }
  }

  /// The value on all clients, and the middle 95 % of those on clients drawn with replacement.
  private func estimated(_ value: (ConfidenceCurve) -> Double) -> Estimate {
    let center = value(ConfidenceCurve(scaled))
    guard clientCount > 1 else { return Estimate(value: center, low: center, high: center) }
    let drawn = draws.map { weights in
      value(ConfidenceCurve(sorted: outcomes) { weights[positions[$0]] })
    }.sorted()
    return Estimate(
      value: center, low: quantile(0.025, ofSorted: drawn), high: quantile(0.975, ofSorted: drawn))
  }
}
