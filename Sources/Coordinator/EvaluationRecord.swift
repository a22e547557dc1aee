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

  init(round: Int) { self.round = round }

  /// - Parameter largestWeight: as in `EvaluationRow`.
  mutating func add(
    _ evaluations: some Collection<ClientEvaluation>, split: EvaluationSplit,
    largestWeight: Double?
  ) {
    clients += evaluations.map { Client(split: split, evaluation: $0) }
    for predictor in Predictor.allCases {
      let tallies = evaluations.lazy.map { $0.tally(of: predictor) }
      guard let metrics = EvaluationRow(clientTallies: tallies, largestWeight: largestWeight)
      else { continue }
      rows.append(MeasuredRow(split: split, predictor: predictor, metrics: metrics))
    }
    segments += SegmentRow.rows(of: evaluations, split: split, largestWeight: largestWeight)
  }

  /// Future before new clients, predictors in their fixed order.
  mutating func sortRows() {
    rows.sort { left, right in
      (left.split.rawValue, left.predictor.rawValue)
        < (right.split.rawValue, right.predictor.rawValue)
    }
  }
}
