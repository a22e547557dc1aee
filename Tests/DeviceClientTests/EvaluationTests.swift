import DeviceClient
import Federation
import Messages
import TestSupport
import Testing
import UsageData
import Wire

/// Which moments a worker's evaluation counts, and what it tells of the client.
struct EvaluationTests {
  /// Nine days with a test of two: the first week ends before it; one with a test of three: it does
  /// not.
  @Test(arguments: [2, 3])
  func aNewClientIsFollowedFromItsFirstUnlock(testDays: Int) async throws {
    var configuration = syntheticConfiguration()
    configuration.population.days = 9
    configuration.population.newClientShare = 0.5
    configuration.evaluation.testDays = testDays
    configuration.evaluation.localOnly = false
    let day = LocalClock.day
    let end = SyntheticPopulation.start + 9 * day
    let testStart = end - Int64(testDays) * day
    let population = SyntheticPopulation(
      seed: configuration.seed, clients: 6, days: 9, preset: .typical)
    let partition = ClientPartition(seed: configuration.seed, clients: 6, newClientShare: 0.5)
    let setup = Message.setup(
      try WorkerSetup(configuration: configuration, trainingEnd: testStart).encoded())
    let (answers, error) = try await WorkerTests.conversation([
      setup, configuration.model(), .evaluate(clients: Array(0..<6), isFirst: true),
    ])
    #expect(error == nil)
    let evaluations = answers.compactMap {
      if case .evaluated(let evaluation) = $0 { evaluation } else { nil as ClientEvaluation? }
    }
    try #require(evaluations.count == 6)
    for evaluation in evaluations {
      let history = population.history(of: evaluation.client)
      let isNew = partition.isHeldOut(evaluation.client)
      // Moments of first_app: sessions with an open.
      let times = history.sessions.filter { !$0.opens.isEmpty }.map(\.start)
      let week = history.sessions[0].start + 7 * day
      let expected: [(EvaluationPeriod, Int)] = [
        (.coldTest, times.count { $0 >= testStart && $0 < week }),
        (.test, times.count { $0 >= testStart && $0 >= week }),
        (.coldStart, isNew ? times.count { $0 < testStart && $0 < week } : 0),
      ]
      for (period, count) in expected {
        for predictor in [Predictor.federated, .bayesOptimal] {
          let tally = evaluation.tally(of: predictor, in: [period])
          #expect(tally.examples == count, "client \(evaluation.client), \(period)")
          #expect(tally.confidence.examples == count)
          #expect(tally.choices.apps.reduce(0) { $0 + $1.opened } == count)
          #expect(tally.choices.apps.reduce(0) { $0 + $1.hits } == tally.ranking.top1)
        }
        let markov = evaluation.tally(of: .markov, in: [period])
        #expect(markov.examples == (period == .coldStart ? 0 : count))
        #expect(markov.confidence.examples == 0)
      }
      #expect(evaluation.traits.archetype == population.archetype(of: evaluation.client))
      #expect(evaluation.traits.unlocks == history.sessions.count)
    }
  }
}
