/// How well each predictor did on one client.
package struct ClientEvaluation: Codable, Equatable, Sendable {
  /// One predictor in one part of the client's life.
  package struct Part: Codable, Equatable, Sendable {
    package var predictor: Predictor
    package var period: EvaluationPeriod
    package var tally: PredictionTally

    package init(_ predictor: Predictor, _ period: EvaluationPeriod, _ tally: PredictionTally) {
      self.predictor = predictor
      self.period = period
      self.tally = tally
    }
  }

  package var client: Int
  package var traits: ClientTraits
  /// In the order of `Predictor.allCases`; predictors and periods without an example are absent.
  package var parts: [Part]

  package init(client: Int, traits: ClientTraits, parts: [Part] = []) {
    self.client = client
    self.traits = traits
    self.parts = parts
  }

  /// Everything a predictor got in these periods.
  package func tally(
    of predictor: Predictor, in periods: Set<EvaluationPeriod> = EvaluationPeriod.tested
  ) -> PredictionTally {
    var sum = PredictionTally()
    for part in parts where part.predictor == predictor && periods.contains(part.period) {
      sum += part.tally
    }
    return sum
  }

  /// The predictors that were measured, each once.
  package var predictors: [Predictor] {
    Predictor.allCases.filter { predictor in parts.contains { $0.predictor == predictor } }
  }
}

/// When in a client's life predictions were made; raw values are written on the wire.
package enum EvaluationPeriod: UInt8, Codable, Sendable, CaseIterable {
  /// In the test period, and less than a week after the client's first unlock.
  case coldTest = 1
  /// In the test period, later.
  case test
  /// The first week of a client held out of training, as far as it lies before the test period: a
  /// model that comes to a new phone. Counted in segments alone.
  case coldStart
  /// Moments of the test period at which a backdoor's trigger is there, and what it is to bring about in
  /// place of what was opened: how often that is suggested. Counted as the attack's success alone.
  case triggered

  /// What evaluation.csv is made of.
  package static let tested: Set = [coldTest, .test]
  package static let firstWeek: Set = [coldTest, coldStart]

  /// Whole days after its first unlock in which a client counts as new.
  package static let coldStartDays = 7
}
