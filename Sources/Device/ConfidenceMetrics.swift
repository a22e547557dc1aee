import Federation
import LinearAlgebra
import Statistics

/// Calibration, coverage and macro scores of judged predictions, with intervals over clients.
///
/// The metrics are those of evaluation.csv, in which no client counts more than its weight allows; the
/// intervals are a bootstrap over clients.
package struct ConfidenceMetrics {
  /// A value with its 95 % interval, a bootstrap over clients.
  package struct Estimate: Equatable, Sendable {
    package var value: Double
    package var low: Double
    package var high: Double
  }

  private static let resamples = 400

  /// All predictions, with each phone's temperature.
  package private(set) var scaled = ConfidenceTally()
  /// All predictions, as the model says it.
  package private(set) var unscaled = ConfidenceTally()
  /// Expected calibration errors of both; nil without predictions.
  package let scaledError: Double?
  package let unscaledError: Double?
  package let scores: (apps: Int, precision: Double, recall: Double, f1: Double)
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
  ///   - weights: of a prediction of a client, up to 1; empty where all weigh the same.
  package init(
    _ judged: [JudgedPrediction], coverages: [Double], promise: Double, seed: UInt64,
    weights: [Int: Double] = [:]
  ) {
    var choices = ChoiceTally()
    for prediction in judged {
      scaled.record(confidence: prediction.confidence, isHit: prediction.isHit)
      unscaled.record(confidence: prediction.unscaled, isHit: prediction.isHit)
      choices.record(predicted: prediction.predicted, opened: prediction.opened)
    }
    let clients = Set(judged.map(\.client)).sorted()
    if clients.contains(where: { weights[$0, default: 1] < 1 }) {
      let pool = Self.pool(judged, clients, weights, \.confidence)
      let (precision, recall, f1) = pool.scores
      scores = (choices.apps.count, precision, recall, f1)
      scaledError = pool.confidence(coverages: []).calibrationError
      unscaledError =
        Self.pool(judged, clients, weights, \.unscaled).confidence(coverages: []).calibrationError
    } else {
      let whole = choices.scores
      scores = (whole.apps, whole.precision, whole.recall, whole.f1)
      scaledError = scaled.calibrationError
      unscaledError = unscaled.calibrationError
    }
    self.coverages = coverages
    clientCount = clients.count
    let places = Dictionary(uniqueKeysWithValues: clients.enumerated().map { ($1, $0) })
    let sorted = zip(scaled.outcomes, judged.map { places[$0.client] ?? 0 })
      .sorted { $0.0 > $1.0 }
    let outcomes = sorted.map(\.0)
    let positions = sorted.map(\.1)
    // A whole number, as curves count; 1 where all weigh the same.
    let units = clients.map { client in
      weights.isEmpty ? 1 : Int((weights[client, default: 1] * Self.unit).rounded(.up))
    }

    /// The accuracies and, last, the coverage.
    func values(_ curve: ConfidenceCurve) -> [Double] {
      coverages.map { curve.accuracy(at: $0) ?? 0 } + [curve.coverage(at: promise)]
    }
    let whole = ConfidenceCurve(sorted: outcomes) { units[positions[$0]] }
    thresholds = coverages.map { whole.confidence(at: $0) ?? 0 }
    let drawn = (0..<Self.resamples).map { resample in
      var stream = RandomStream(seed: seed, purpose: .bootstrap, round: resample)
      // How often each client was drawn.
      var times = [Int](repeating: 0, count: clients.count)
      for _ in clients { times[stream.below(clients.count)] += 1 }
      return values(
        ConfidenceCurve(sorted: outcomes) { times[positions[$0]] * units[positions[$0]] })
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

  /// A weight of 1 in a curve of weighted predictions.
  private static let unit = Double(1 << 20)

  private static func pool(
    _ judged: [JudgedPrediction], _ clients: [Int], _ weights: [Int: Double],
    _ confidence: KeyPath<JudgedPrediction, Double>
  ) -> CappedPool {
    var choices: [Int: ChoiceTally] = [:]
    var outcomes: [Int: ConfidenceTally] = [:]
    for prediction in judged {
      choices[prediction.client, default: ChoiceTally()].record(
        predicted: prediction.predicted, opened: prediction.opened)
      outcomes[prediction.client, default: ConfidenceTally()].record(
        confidence: prediction[keyPath: confidence], isHit: prediction.isHit)
    }
    let tallies = clients.map { client in
      PredictionTally(
        ranking: RankingTally(), choices: choices[client] ?? ChoiceTally(),
        confidence: outcomes[client] ?? ConfidenceTally())
    }
    return CappedPool(tallies, weights: clients.map { weights[$0, default: 1] })
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
