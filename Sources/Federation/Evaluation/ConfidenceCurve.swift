/// How often a phone is right when it speaks only if it is sure enough.
///
/// Predictions of one confidence cannot be told apart: those that a coverage cuts through count
/// with their mean, whatever order they came in.
package struct ConfidenceCurve {
  /// Predictions of one confidence.
  private struct Level {
    var steps: UInt32
    var examples: Int
    var hits: Int
  }

  /// Surest first.
  private var levels: [Level] = []
  package private(set) var examples = 0

  package init(_ tally: ConfidenceTally) {
    for outcome in tally.outcomes.sorted(by: >) { append(outcome, count: 1) }
  }

  /// The curve of predictions that count several times or not at all.
  ///
  /// - Parameters:
  ///   - outcomes: as in `ConfidenceTally`, the surest first.
  ///   - count: by position in `outcomes`.
  package init(sorted outcomes: [UInt32], count: (Int) -> Int) {
    for (position, outcome) in outcomes.enumerated() { append(outcome, count: count(position)) }
  }

  private mutating func append(_ outcome: UInt32, count: Int) {
    guard count > 0 else { return }
    if levels.last?.steps != outcome >> 1 {
      levels.append(Level(steps: outcome >> 1, examples: 0, hits: 0))
    }
    examples += count
    levels[levels.count - 1].examples += count
    if outcome & 1 == 1 { levels[levels.count - 1].hits += count }
  }

  /// Accuracy over the surest share of all predictions, rounded to whole ones and one at least;
  /// nil when there is none.
  package func accuracy(at coverage: Double) -> Double? {
    precondition(0 < coverage && coverage <= 1, "a coverage lies above 0 and up to 1")
    guard examples > 0 else { return nil }
    let wanted = max(1, Int((coverage * Double(examples)).rounded()))
    var (seen, hits) = (0, 0)
    for level in levels {
      guard seen + level.examples < wanted else {
        let share = Double(wanted - seen) / Double(level.examples)
        return (Double(hits) + share * Double(level.hits)) / Double(wanted)
      }
      seen += level.examples
      hits += level.hits
    }
    return nil
  }

  /// The confidence of the least sure prediction of the surest share; nil when there is none.
  package func confidence(at coverage: Double) -> Double? {
    let wanted = max(1, Int((coverage * Double(examples)).rounded()))
    var seen = 0
    let level = levels.first { level in
      seen += level.examples
      return seen >= wanted
    }
    return level.map { Double($0.steps) / Double(ConfidenceTally.resolution) }
  }

  /// The largest share of predictions, surest first, that is right at least this often; 0 if none.
  package func coverage(at accuracy: Double) -> Double {
    var (seen, hits, best) = (0, 0, 0)
    for level in levels {
      seen += level.examples
      hits += level.hits
      if Double(hits) >= accuracy * Double(seen) { best = seen }
    }
    return Double(best) / Double(max(examples, 1))
  }
}
