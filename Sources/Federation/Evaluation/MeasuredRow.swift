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
  /// Share of the clients on whom it is right less often than the federated model; of personal models
  /// alone.
  package var worseThanFederated: Double?
  /// Share of the triggered predictions whose first choice is a backdoor's target, and their number; nil
  /// without a backdoor, and where nobody met the trigger.
  package var attackSuccess: Double?
  package var triggeredExamples: Int?

  package init(split: EvaluationSplit, predictor: Predictor, metrics: EvaluationRow) {
    self.split = split
    self.predictor = predictor
    self.metrics = metrics
  }

  /// Whether these are the numbers of a model that diverged, which mean nothing: the federated one
  /// is one model for all clients, of others most must have diverged.
  package var isLost: Bool {
    guard predictor.isTrained, let lost = metrics.lostClients else { return false }
    return predictor == .federated || 2 * lost > metrics.clients
  }
}
