/// Predictions of all clients in one heap, to which no client brings more than a limit.
///
/// A client with more predictions than the limit counts with all of them, each at the same weight
/// below 1, so that together they weigh as much as the limit. Sums run over the clients in the order
/// given: the same clients give the same bits.
package struct CappedPool {
  private let tallies: [PredictionTally]
  /// By client, above 0 and up to 1.
  private let weights: [Double]
  /// Of all predictions.
  private let total: Double

  /// - Parameters:
  ///   - tallies: each with an example or more.
  ///   - weights: of a prediction of each.
  package init(_ tallies: [PredictionTally], weights: [Double]) {
    self.tallies = tallies
    self.weights = weights
    total = zip(tallies, weights).reduce(0) { $0 + Double($1.0.examples) * $1.1 }
  }

  var cappedClients: Int { weights.count { $0 < 1 } }

  /// The mean over predictions of what a tally has the sum of.
  func mean(_ sum: (RankingTally) -> Double) -> Double { weighted(sum) / total }

  /// Nats per prediction whose target is a candidate; nil when there is none.
  var crossEntropy: Double? {
    let seen = weighted { Double($0.examples - $0.unseen) }
    return seen > 0 ? weighted(\.crossEntropySum) / seen : nil
  }

  private func weighted(_ sum: (RankingTally) -> Double) -> Double {
    zip(tallies, weights).reduce(0) { $0 + sum($1.0.ranking) * $1.1 }
  }

  // MARK: - Over apps

  /// As `MacroScores` defines them.
  package var scores: (precision: Double, recall: Double, f1: Double) {
    var apps: [Int32: (predicted: Double, opened: Double, hits: Double)] = [:]
    for (tally, weight) in zip(tallies, weights) {
      for own in tally.choices.apps {
        var app = apps[own.app] ?? (0, 0, 0)
        app.predicted += Double(own.predicted) * weight
        app.opened += Double(own.opened) * weight
        app.hits += Double(own.hits) * weight
        apps[own.app] = app
      }
    }
    var sums = (precision: 0.0, recall: 0.0, f1: 0.0)
    for (_, app) in apps.sorted(by: { $0.key < $1.key }) where app.hits > 0 {
      sums.precision += app.hits / app.predicted
      sums.recall += app.hits / app.opened
      sums.f1 += 2 * app.hits / (app.predicted + app.opened)
    }
    let count = Double(max(apps.count, 1))
    return (sums.precision / count, sums.recall / count, sums.f1 / count)
  }

  // MARK: - Confidence

  /// Predictions of one confidence.
  private struct Level {
    var steps: UInt32
    var weight = 0.0
    var hits = 0.0
  }

  /// Surest first.
  private var levels: [Level] {
    var levels: [UInt32: Level] = [:]
    for (tally, weight) in zip(tallies, weights) {
      for outcome in tally.confidence.outcomes {
        let steps = outcome >> 1
        levels[steps, default: Level(steps: steps)].weight += weight
        if outcome & 1 == 1 { levels[steps, default: Level(steps: steps)].hits += weight }
      }
    }
    return levels.values.sorted { $0.steps > $1.steps }
  }

  /// As in `ConfidenceTally` and `ConfidenceCurve`; nil and empty where nobody says how sure it is.
  package func confidence(coverages: [Double]) -> (calibrationError: Double?, accuracies: [Double])
  {
    let levels = levels
    let all = levels.reduce(0) { $0 + $1.weight }
    guard all > 0 else { return (nil, []) }
    var distances = [Double](repeating: 0, count: ConfidenceTally.bins)
    for level in levels {
      let confidence = Double(level.steps) / Double(ConfidenceTally.resolution)
      distances[ConfidenceTally.bin(of: level.steps)] += confidence * level.weight - level.hits
    }
    let error = distances.reduce(0) { $0 + abs($1) } / all
    return (error, coverages.map { Self.accuracy(of: levels, surest: max(1, $0 * all)) })
  }

  private static func accuracy(of levels: [Level], surest wanted: Double) -> Double {
    var (seen, hits) = (0.0, 0.0)
    for level in levels {
      guard seen + level.weight < wanted else {
        return (hits + (wanted - seen) / level.weight * level.hits) / wanted
      }
      seen += level.weight
      hits += level.hits
    }
    return seen > 0 ? hits / seen : 0
  }
}
