/// How well each predictor did on one client.
package struct ClientEvaluation: Equatable, Sendable {
  package var client: Int
  /// In the order of `Predictor.allCases`; predictors that do not apply are absent.
  package var tallies: [(predictor: Predictor, tally: RankingTally)]

  package init(client: Int, tallies: [(Predictor, RankingTally)]) {
    self.client = client
    self.tallies = tallies.map { (predictor: $0, tally: $1) }
  }

  package static func == (left: Self, right: Self) -> Bool {
    left.client == right.client && left.tallies.elementsEqual(right.tallies) { $0 == $1 }
  }
}
