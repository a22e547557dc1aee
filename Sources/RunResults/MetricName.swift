/// A metric by the name that sweep.csv gives it: `<split>_<predictor>_<column>`.
package struct MetricName: Hashable, Sendable {
  package var split: String
  package var predictor: String
  /// Of evaluation.csv.
  package var column: String

  package init(split: String, predictor: String, column: String) {
    self.split = split
    self.predictor = predictor
    self.column = column
  }

  package var text: String { "\(split)_\(predictor)_\(column)" }

  /// Whether it is a mean over predictions, in which clients weigh what they bring.
  package var isOverPredictions: Bool {
    ["accuracy_top1", "accuracy_top3", "accuracy_top5", "mrr"].contains(column)
  }

  /// Losses are better when they are lower.
  package var isBetterLower: Bool {
    column == "cross_entropy" || column == "expected_calibration_error"
  }

  package var isShare: Bool {
    column.contains("accuracy") || column.hasSuffix("_macro")
      || column == "expected_calibration_error"
  }

  /// What the metric cannot leave.
  package var bounds: ClosedRange<Double>? {
    if column == "cross_entropy" { return 0...(.infinity) }
    let isBounded =
      isShare || ["mrr", "attack_success", "worse_than_federated"].contains(column)
    return isBounded ? 0...1 : nil
  }

  /// What a difference of two such metrics cannot leave.
  package var differenceBounds: ClosedRange<Double>? {
    guard let bounds, bounds.upperBound.isFinite else { return nil }
    let width = bounds.upperBound - bounds.lowerBound
    return -width...width
  }

  /// The same metric of another predictor.
  package func of(_ predictor: String) -> MetricName {
    MetricName(split: split, predictor: predictor, column: column)
  }
}
