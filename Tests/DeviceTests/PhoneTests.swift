import Federation
import Foundation
import LinearAlgebra
import Models
import Testing
import UsageData

import Device

/// What a phone answers, against the examples that training and evaluation make of the same log.
struct PhoneTests {
  static let history = SyntheticPopulation(seed: 7, clients: 3, days: 6, preset: .typical)
    .history(of: 1)

  static func configuration(
    _ kind: ModelConfiguration.Kind, _ task: PredictionTask
  ) -> Configuration {
    var configuration = Configuration()
    configuration.model.kind = kind
    configuration.task = task
    return configuration
  }

  /// Parameters unlike each other, so that every candidate gets a score of its own.
  static func parameters(_ count: Int) -> [Float] {
    var stream = RandomStream(seed: 3, purpose: .initialParameters)
    return (0..<count).map { _ in Float(0.3 * stream.normal()) }
  }

  /// Every labelled moment: the rank of the opened app and its share, by hand from the scores.
  static func expected(
    _ model: some Model, _ configuration: Configuration
  ) -> [(time: Int64, rank: Int?, probability: Double?)] {
    let moments = configuration.task.moments(in: history)
    var state = FeatureState(task: configuration.task, shape: configuration.exampleShape)
    var examples = Examples(shape: configuration.exampleShape)
    var candidates: [Int32] = []
    state.appendExamples(
      of: history, moments: moments, into: &examples, candidates: &candidates)
    var workspace = model.makeWorkspace(batch: 16)
    var scores = [Float](repeating: 0, count: candidates.count)
    model.score(
      parameters(model.layout.count), examples, range: 0..<examples.count, into: &scores,
      &workspace)
    return moments.indices.map { index in
      let own = scores[examples.candidates(of: index)].map(Double.init)
      let target = Int(examples.targetCandidates[index])
      guard target >= 0 else { return (moments[index].time, nil, nil) }
      let rank =
        1
        + own.enumerated().count { position, score in
          position < target ? score >= own[target] : score > own[target]
        }
      let total = own.reduce(0) { $0 + exp($1 - own[target]) }
      return (moments[index].time, rank, 1 / total)
    }
  }

  @Test(
    arguments: ModelConfiguration.Kind.allCases.filter { $0 != .worker }, PredictionTask.allCases)
  func aPhoneAnswersAsEvaluationDoes(
    kind: ModelConfiguration.Kind, task: PredictionTask
  ) throws {
    let configuration = Self.configuration(kind, task)
    try check(configuration.makeModel(), configuration)
  }

  private func check(_ model: some Model, _ configuration: Configuration) throws {
    let task = configuration.task
    var phone = Phone(
      model: model, parameters: Self.parameters(model.layout.count), task: task,
      shape: configuration.exampleShape)
    let all = try phone.forecasts(
      in: 0..<Int64.max, task: task, of: Self.history, top: FeatureState.maximumCandidates)
    let answers = all.filter { $0.opened != nil }
    let expected = Self.expected(model, configuration)
    try #require(answers.count == expected.count && answers.count > 50)
    for (answer, wanted) in zip(answers, expected) {
      #expect(answer.time == wanted.time && answer.rank == wanted.rank)
      // A phone that has seen nothing has nothing to offer.
      let total = answer.apps.reduce(0) { $0 + $1.probability }
      #expect(abs(total - 1) < 1e-4 || (answer.apps.isEmpty && answer == answers.first))
      if let rank = answer.rank, let probability = wanted.probability {
        #expect(abs(Double(answer.apps[rank - 1].probability) - probability) < 1e-4)
      }
    }
    // Unlocks that led to no app are answered too: the phone cannot know that.
    let unlocks = Self.history.sessions.count
    #expect(task == .nextApp || all.count == unlocks)
  }

  @Test func aMomentSeesOnlyWhatCameBefore() throws {
    let configuration = Self.configuration(.logistic, .firstApp)
    let model = CandidateRanker(shape: configuration.exampleShape)
    var phone = Phone(
      model: model, parameters: Self.parameters(model.layout.count), task: .firstApp,
      shape: configuration.exampleShape)
    let all = try phone.forecasts(in: 0..<Int64.max, task: .firstApp, of: Self.history, top: 5)
    let session = try #require(Self.history.sessions.dropFirst(40).first { !$0.opens.isEmpty })
    let index = try #require(all.firstIndex { $0.time == session.start })
    var cut = Self.history
    cut.opens.removeSubrange(session.opens.upperBound...)
    cut.sessions.removeAll { $0.start > session.start }
    cut.installs.removeAll { $0.time >= session.start }
    #expect(
      try phone.forecast(at: session.start, task: .firstApp, in: cut, top: 5) == all[index])

    // A second before, the phone was not unlocked: nobody knows what would have been opened.
    let before = try phone.forecast(
      at: session.start - 1, task: .firstApp, in: Self.history, top: 5)
    #expect(before.opened == nil && before.apps.count == 5)
    let after = try phone.forecast(at: nil, task: .firstApp, in: Self.history, top: 5)
    #expect(after.time == Self.history.sessions.map(\.end).max())
  }

  @Test func momentsWithoutAnAnswerAreErrors() throws {
    let configuration = Self.configuration(.logistic, .firstApp)
    let model = CandidateRanker(shape: configuration.exampleShape)
    var phone = Phone(
      model: model, parameters: Self.parameters(model.layout.count), task: .firstApp,
      shape: configuration.exampleShape)
    let begin = Self.history.sessions[0].start
    #expect(throws: ForecastError.beforeHistory(begin: begin)) {
      try phone.forecast(at: begin - 1, task: .firstApp, in: Self.history, top: 5)
    }
    #expect(throws: ForecastError.beforeHistory(begin: begin)) {
      try phone.forecasts(in: 0..<begin, task: .firstApp, of: Self.history, top: 5)
    }
    #expect(throws: ForecastError.emptyHistory) {
      try phone.forecast(at: nil, task: .firstApp, in: ClientHistory(), top: 5)
    }
    let end = try #require(Self.history.sessions.last).start
    #expect(throws: ForecastError.emptyPeriod(unlocks: begin...end)) {
      try phone.forecasts(in: (end + 1)..<(end + 9), task: .firstApp, of: Self.history, top: 5)
    }
  }

  /// By hand: 2 × 24 operations and 450 for features per candidate; 24 parameters are 12 words.
  @Test func costFollowsTheStatedFigures() {
    let cost = PredictionCost(
      of: Self.configuration(.logistic, .firstApp), parameters: 24, candidates: 10)
    #expect(cost.operations == 4_980)
    let joules = (4_980 * 70e-12 + 12 * 2.6e-9) / 0.6
    #expect(abs(cost.joules - joules) < 1e-12 * joules)
    #expect(abs(cost.rupees - joules / 3_600_000 * 8) < 1e-12 * cost.rupees)
    #expect(abs(cost.dollars - cost.rupees / 85) < 1e-12 * cost.dollars)
    // lstm_ranker: 8 steps of 16 + 8 inputs and 7 of 32 outputs into 128 gates, 32 × 256 at the end.
    let network = PredictionCost(
      of: Self.configuration(.lstmRanker, .firstApp), parameters: 24, candidates: 0)
    let products = 128 * (8 * 24 + 7 * 32) + 32 * 256
    #expect(network.operations == Double(2 * products))
  }
}
