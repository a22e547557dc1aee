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
}
