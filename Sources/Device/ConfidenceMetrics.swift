import Federation
import LinearAlgebra

/// Whether stated probabilities are true, and how often the phone is right when it is sure.
package struct ConfidenceMetrics {
  /// One bin of stated probabilities, and what came of them.
  package struct Bin: Equatable, Sendable {
    package var low: Double
    package var high: Double
    package var examples = 0
    package var meanConfidence = 0.0
    package var accuracy = 0.0
  }

  /// A value with its 95 % interval, a bootstrap over clients.
  package struct Estimate: Equatable, Sendable {
    package var value: Double
    package var low: Double
    package var high: Double
  }

  /// As many as in the paper that `TemperatureScaling` names.
  private static let bins = 15
  private static let resamples = 400

  /// Surest first; of equals the first client, then the first moment.
  private let predictions: [JudgedPrediction]
  private let clients: [Int]
  /// By resample and position among the clients: how often a client was drawn.
  private let draws: [[Int]]
  /// Position of each prediction's client.
  private let positions: [Int]

  package init(_ judged: [JudgedPrediction], seed: UInt64) {
    predictions = judged.sorted {
      ($1.confidence, $0.client, $0.experience) < ($0.confidence, $1.client, $1.experience)
    }
    let clients = Set(judged.map(\.client)).sorted()
    self.clients = clients
    let places = Dictionary(uniqueKeysWithValues: clients.enumerated().map { ($1, $0) })
    positions = predictions.map { places[$0.client] ?? 0 }
    draws = (0..<Self.resamples).map { resample in
      var stream = RandomStream(seed: seed, purpose: .bootstrap, round: resample)
      var drawn = [Int](repeating: 0, count: clients.count)
      for _ in clients { drawn[stream.below(clients.count)] += 1 }
      return drawn
    }
  }

  package var clientCount: Int { clients.count }
  package var examples: Int { predictions.count }

  /// Equal bins of the confidence, or of the probability before scaling.
  package func calibration(isScaled: Bool) -> [Bin] {
    var bins = (0..<Self.bins).map {
      Bin(low: Double($0) / Double(Self.bins), high: Double($0 + 1) / Double(Self.bins))
    }
    for prediction in predictions {
      let confidence = isScaled ? prediction.confidence : prediction.unscaled
      let bin = min(max(Int(confidence * Double(Self.bins)), 0), Self.bins - 1)
      bins[bin].examples += 1
      bins[bin].meanConfidence += confidence
      if prediction.isHit { bins[bin].accuracy += 1 }
    }
    for bin in bins.indices where bins[bin].examples > 0 {
      bins[bin].meanConfidence /= Double(bins[bin].examples)
      bins[bin].accuracy /= Double(bins[bin].examples)
    }
    return bins
  }

  /// Mean distance between stated probability and hit rate over the bins.
  package func calibrationError(isScaled: Bool) -> Double {
    calibration(isScaled: isScaled).reduce(0) { sum, bin in
      sum + Double(bin.examples) * abs(bin.accuracy - bin.meanConfidence)
    } / Double(max(examples, 1))
  }

  /// Accuracy over the surest share of all predictions, and the confidence from which they are.
  package func accuracy(at coverage: Double) -> (accuracy: Estimate, threshold: Double) {
    precondition(0 < coverage && coverage <= 1, "a coverage lies above 0 and up to 1")
    let estimate = estimated { weights, total in
      let wanted = max(1, Int((coverage * Double(total)).rounded()))
      var seen = 0
      var hits = 0
      for (index, prediction) in predictions.enumerated() where seen < wanted {
        let count = min(weights?[positions[index]] ?? 1, wanted - seen)
        seen += count
        if prediction.isHit { hits += count }
      }
      return Double(hits) / Double(max(seen, 1))
    }
    let last = max(1, Int((coverage * Double(examples)).rounded())) - 1
    return (estimate, predictions.isEmpty ? 0 : predictions[min(last, examples - 1)].confidence)
  }

  /// The largest share of predictions, surest first, that is right at least this often; 0 if none.
  package func coverage(at accuracy: Double) -> Estimate {
    estimated { weights, total in
      var seen = 0
      var hits = 0
      var best = 0
      for (index, prediction) in predictions.enumerated() {
        let count = weights?[positions[index]] ?? 1
        seen += count
        if prediction.isHit { hits += count }
        if count > 0, Double(hits) >= accuracy * Double(seen) { best = seen }
      }
      return Double(best) / Double(max(total, 1))
    }
  }

  /// The value on all clients, and the middle 95 % of those on clients drawn with replacement.
  private func estimated(_ value: (_ weights: [Int]?, _ total: Int) -> Double) -> Estimate {
    let center = value(nil, examples)
    let drawn = draws.map { weights in
      value(weights, positions.reduce(0) { $0 + weights[$1] })
    }.sorted()
    guard clients.count > 1 else { return Estimate(value: center, low: center, high: center) }
    return Estimate(
      value: center, low: quantile(0.025, ofSorted: drawn), high: quantile(0.975, ofSorted: drawn))
  }
}
