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

  /// What a client program measured beside or in place of predictions.
  package struct Metric: Codable, Equatable, Sendable {
    package var name: String
    /// A mean over the client's examples.
    package var value: Double

    package init(_ name: String, _ value: Double) {
      self.name = name
      self.value = value
    }
  }

  package var client: Int
  package var traits: ClientTraits
  /// In the order of `Predictor.allCases`; predictors and periods without an example are absent.
  package var parts: [Part]
  /// Of a client program, in its order; nil of fedsim's own clients.
  package var metrics: [Metric]?
  /// Examples that the metrics are means over.
  package var measuredExamples: Int?

  package init(client: Int, traits: ClientTraits, parts: [Part] = []) {
    self.client = client
    self.traits = traits
    self.parts = parts
  }

  /// What a client program measured: its accuracy, a share of the examples, and its loss, in nats, are those
  /// of predictions.
  package init(client: Int, examples: Int, metrics: [Metric]) {
    var parts: [Part] = []
    if examples > 0, let accuracy = metrics.first(where: { $0.name == "accuracy" }) {
      let loss = metrics.first { $0.name == "loss" }?.value
      let hits = Int((accuracy.value * Double(examples)).rounded())
      let ranking = RankingTally(
        examples: examples, unseen: loss == nil ? examples : 0, top1: hits, top3: hits, top5: hits,
        reciprocalRankSum: 0, crossEntropySum: (loss ?? 0) * Double(examples))
      parts.append(
        Part(
          .federated, .test,
          PredictionTally(ranking: ranking, choices: ChoiceTally(), confidence: ConfidenceTally())))
    }
    self.init(client: client, traits: .unknown, parts: parts)
    self.metrics = metrics
    measuredExamples = examples
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
