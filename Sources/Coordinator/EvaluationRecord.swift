import Federation

/// One evaluation: a row per split and predictor, and the clients behind the rows.
package struct EvaluationRecord: Sendable {
  package struct Client: Sendable {
    package var split: EvaluationSplit
    package var evaluation: ClientEvaluation
  }

  package let round: Int
  package var rows: [MeasuredRow] = []
  package var clients: [Client] = []
  /// Like the clients, those of predictors that no round changes come with the first evaluation.
  package var segments: [SegmentRow] = []
  /// Of a client program alone.
  package var metrics: [MetricRow] = []

  init(round: Int) { self.round = round }

  /// - Parameter largestWeight: as in `EvaluationRow`.
  mutating func add(
    _ evaluations: some Collection<ClientEvaluation>, split: EvaluationSplit,
    largestWeight: Double?, timekeeper: Timekeeper? = nil
  ) {
    clients += evaluations.map { Client(split: split, evaluation: $0) }
    for predictor in Predictor.allCases {
      let tallies = evaluations.lazy.map { $0.tally(of: predictor) }
      guard let metrics = EvaluationRow(clientTallies: tallies, largestWeight: largestWeight)
      else { continue }
      var row = MeasuredRow(split: split, predictor: predictor, metrics: metrics)
      if predictor == .personalised { row.worseThanFederated = Self.worse(evaluations) }
      let triggered = evaluations.reduce(into: RankingTally()) {
        $0 += $1.tally(of: predictor, in: [.triggered]).ranking
      }
      if triggered.examples > 0 {
        row.attackSuccess = triggered.accuracyTop1
        row.triggeredExamples = triggered.examples
      }
      rows.append(row)
    }
    metrics += MetricRow.rows(of: evaluations, split: split, largestWeight: largestWeight)
    // Nothing sets clients of a client program apart.
    guard evaluations.allSatisfy({ $0.metrics == nil }) else { return }
    segments += SegmentRow.rows(
      of: evaluations, split: split, largestWeight: largestWeight,
      speedQuartile: timekeeper.map { timekeeper in { timekeeper.speedQuartile(of: $0) } })
  }

  /// Share of the clients whose personal model is right less often than the federated one.
  private static func worse(_ evaluations: some Collection<ClientEvaluation>) -> Double {
    var (clients, worse) = (0, 0)
    for evaluation in evaluations {
      let own = evaluation.tally(of: .personalised).ranking
      guard own.examples > 0 else { continue }
      clients += 1
      if own.top1 < evaluation.tally(of: .federated).ranking.top1 { worse += 1 }
    }
    return clients > 0 ? Double(worse) / Double(clients) : 0
  }

  /// Future before new clients, predictors in their fixed order.
  mutating func sortRows() {
    rows.sort { left, right in
      (left.split.rawValue, left.predictor.rawValue)
        < (right.split.rawValue, right.predictor.rawValue)
    }
  }
}
