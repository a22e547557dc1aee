/// How sure a predictor was of its first choices, and how often it was right.
///
/// Whole numbers alone, and what is computed from them does not depend on their order: tallies of
/// disjoint predictions add up in any order and grouping to the same metrics, bit by bit.
package struct ConfidenceTally: Codable, Equatable, Sendable {
  /// Steps of a probability; a `Float` near 1 has no finer ones.
  static let resolution = 1 << 30

  /// A word per prediction: its confidence in steps, doubled, and 1 more for a hit.
  package private(set) var outcomes: [UInt32] = []

  package init() {}

  /// A tally as it came over the wire; nil when a word is above the largest there is.
  package init?(outcomes: [UInt32]) {
    guard outcomes.allSatisfy({ $0 >> 1 <= Self.resolution }) else { return nil }
    self.outcomes = outcomes
  }

  /// Records one prediction.
  ///
  /// - Parameter confidence: the probability it gave its first choice, 0…1.
  package mutating func record(confidence: Double, isHit: Bool) {
    let steps = UInt32((min(max(confidence, 0), 1) * Double(Self.resolution)).rounded())
    outcomes.append(steps << 1 | (isHit ? 1 : 0))
  }

  package static func += (left: inout ConfidenceTally, right: ConfidenceTally) {
    left.outcomes += right.outcomes
  }

  package var examples: Int { outcomes.count }

  // MARK: - Calibration

  /// As many as in Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks",
  /// ICML 2017 (https://arxiv.org/abs/1706.04599).
  static let bins = 15

  /// The predictions by confidence, in equal bins; a prediction on an edge counts above it.
  package var calibration: [CalibrationBin] {
    var bins = (0..<Self.bins).map {
      CalibrationBin(
        low: Double($0) / Double(Self.bins), high: Double($0 + 1) / Double(Self.bins))
    }
    for outcome in outcomes {
      bins[Self.bin(of: outcome >> 1)].record(
        steps: Int(outcome >> 1), isHit: outcome & 1 == 1)
    }
    return bins
  }

  /// The bin of a confidence in steps.
  static func bin(of steps: UInt32) -> Int { min(Int(steps) * bins / resolution, bins - 1) }

  /// Expected calibration error: the mean distance between stated probability and hit rate over
  /// the bins, weighted by their predictions; nil when there is none.
  package var calibrationError: Double? {
    guard examples > 0 else { return nil }
    let distance = calibration.reduce(0) { $0 + $1.distance }
    return Double(distance) / (Double(Self.resolution) * Double(examples))
  }
}

/// Predictions whose stated probability lies between two bounds, and what came of them.
package struct CalibrationBin: Equatable, Sendable {
  package let low: Double
  package let high: Double
  package private(set) var examples = 0
  private var hits = 0
  /// Sum of confidences.
  private var steps = 0

  init(low: Double, high: Double) {
    self.low = low
    self.high = high
  }

  mutating func record(steps: Int, isHit: Bool) {
    examples += 1
    self.steps += steps
    if isHit { hits += 1 }
  }

  /// Nil when the bin is empty.
  package var meanConfidence: Double? {
    examples > 0 ? Double(steps) / Double(ConfidenceTally.resolution) / Double(examples) : nil
  }

  /// Share of hits; nil when the bin is empty.
  package var accuracy: Double? { examples > 0 ? Double(hits) / Double(examples) : nil }

  /// |Σ confidence − hits|, in steps.
  fileprivate var distance: Int { abs(steps - hits * ConfidenceTally.resolution) }
}
