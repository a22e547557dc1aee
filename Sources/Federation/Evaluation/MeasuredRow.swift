/// On whom and when predictions are measured; always in the period after training.
package enum EvaluationSplit: String, Codable, Sendable, CaseIterable {
  /// Clients that may have trained.
  case future
  /// Clients held out of training whole.
  case newClients = "new_clients"
}

/// How one predictor did on one split.
package struct MeasuredRow: Codable, Equatable, Sendable {
  package var split: EvaluationSplit
  package var predictor: Predictor
  package var metrics: EvaluationRow

  package init(split: EvaluationSplit, predictor: Predictor, metrics: EvaluationRow) {
    self.split = split
    self.predictor = predictor
    self.metrics = metrics
  }
}
