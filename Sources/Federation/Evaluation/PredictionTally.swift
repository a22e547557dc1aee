/// What came of one predictor's predictions; tallies of disjoint predictions add up.
package struct PredictionTally: Codable, Equatable, Sendable {
  package private(set) var ranking = RankingTally()
  package private(set) var choices = ChoiceTally()
  /// Empty for predictors that do not state how sure they are.
  package private(set) var confidence = ConfidenceTally()

  package init() {}

  package init(ranking: RankingTally, choices: ChoiceTally, confidence: ConfidenceTally) {
    self.ranking = ranking
    self.choices = choices
    self.confidence = confidence
  }

  package var examples: Int { ranking.examples }

  /// Records one prediction.
  ///
  /// - Parameters:
  ///   - scores: one per candidate, as in `RankingTally`; the first choice is the highest, of
  ///     equals the earliest.
  ///   - candidates: app ids of the catalogue.
  ///   - target: position of the opened app among the candidates, negative if it is not there.
  package mutating func record(
    scores: UnsafeBufferPointer<Float>, candidates: ArraySlice<Int32>, target: Int, opened: Int32,
    by predictor: Predictor
  ) {
    ranking.record(scores: scores, target: target)
    let choice = RankingTally.firstChoice(in: scores)
    let predicted = choice.map { candidates[candidates.startIndex + $0] }
    choices.record(predicted: predicted, opened: opened)
    guard predictor.statesConfidence else { return }
    confidence.record(
      confidence: highestProbability(of: scores), isHit: predicted == opened)
  }

  package static func += (left: inout PredictionTally, right: PredictionTally) {
    left.ranking += right.ranking
    left.choices += right.choices
    left.confidence += right.confidence
  }
}
