import Federation
import Models
import Privacy
import SecureAggregation
import Testing
import UsageData

/// Every algorithm with every mechanism, codec and weighting: each runs two rounds, by the code of a run
/// but for its processes and masks, or is refused with the key that is in the way.
struct CombinationTests {
  struct Way: CustomTestStringConvertible, Sendable {
    var mechanism: PrivacyConfiguration.Mechanism
    var isMasked = false
    var weighting = TrainingConfiguration.Weighting.uniform
    var hasSteps = false

    var testDescription: String {
      "\(mechanism.rawValue) \(isMasked ? "secagg_plus " : "")\(weighting.rawValue)"
        + (hasSteps ? " steps" : "")
    }

    static let all: [Way] =
      [.none, .gaussian, .tree, .banded, .blt, .discreteGaussian, .skellam, .localGaussian]
      .flatMap { mechanism in
        [
          Way(mechanism: mechanism), Way(mechanism: mechanism, isMasked: true),
          Way(mechanism: mechanism, hasSteps: true),
          Way(mechanism: mechanism, weighting: .examples),
        ]
      }
  }

  static func configuration(_ algorithm: any Algorithm, _ way: Way) -> Configuration {
    var configuration = Configuration()
    configuration.algorithm = AlgorithmConfiguration(algorithm)
    configuration.population.source = .benchmark
    configuration.population.clients = 30
    configuration.population.newClientShare = 0
    configuration.model.kind = .softmax
    configuration.model.vocabulary = 6
    configuration.model.sequenceLength = 1
    configuration.evaluation.every = 0
    configuration.training.rounds = 2
    configuration.training.cohortSize = 10
    configuration.training.maxExamples = 64
    configuration.training.weighting = way.weighting
    if way.hasSteps { configuration.training.local.steps = Setting(3) }
    configuration.secureAggregation.dropoutFraction = 0
    if way.isMasked { configuration.secureAggregation.protocol = .secaggPlus }
    configuration.privacy.mechanism = way.mechanism
    guard way.mechanism != .none else { return configuration }
    configuration.privacy.clippingBound = Setting(0.5)
    configuration.privacy.noiseMultiplier = Setting(0.5)
    configuration.privacy.delta = Setting(1e-3)
    if configuration.privacy.isCorrelated {
      configuration.training.sampling = .minSeparation
      configuration.training.minSeparation = Setting(2)
    }
    if configuration.distributedNoise != nil {
      configuration.secureAggregation.encoding.bits = Setting(18)
    }
    return configuration
  }

  @Test(arguments: Way.all) func eachRunsOrIsRefused(way: Way) throws {
    for type in AlgorithmConfiguration.all {
      let configuration = Self.configuration(type.init(), way)
      do {
        try configuration.validate()
      } catch {
        let sentence = "\(error)"
        #expect(Configuration.key(error.keyPath) != nil, "\(sentence)")
        // One sentence that names what is in the way.
        #expect(sentence.contains("must ") && !sentence.contains("\n"), "\(sentence)")
        let isWeighting = way.weighting == .examples && error.keyPath == "training.weighting"
        let isLocal = way.mechanism == .localGaussian && way.isMasked
        #expect(isWeighting || isLocal, "\(type.name), \(way.testDescription): \(sentence)")
        continue
      }
      let state = try Self.twoRounds(configuration)
      #expect(state.round == 2 && state.parameters.allSatisfy(\.isFinite), "\(type.name)")
      #expect(state.parameters.contains { $0 != 0 }, "\(type.name) learned nothing")
    }
  }

  static func twoRounds(_ configuration: Configuration) throws -> ServerState {
    let clients = configuration.population.clients
    let privacy = try PrivacyPlan(configuration, clients: clients)
    let plan = RoundPlan(configuration, privacy: privacy)
    let model = SoftmaxRegression(shape: configuration.exampleShape, input: .steps)
    let population = BenchmarkPopulation(
      seed: 1, clients: clients, vocabulary: configuration.model.vocabulary,
      sequenceLength: configuration.model.sequenceLength)
    let sampler = CohortSampler(
      configuration, partition: ClientPartition(seed: 1, clients: clients, newClientShare: 0))
    var state = ServerState(
      parameters: configuration.initialParameters(of: model),
      server: configuration.training.server,
      privacy: privacy.map { PrivacyState(configuration, plan: $0) },
      vectors: plan.layouts.serverState.count)
    var local = LocalRound(plan, model: model)
    var states: [Int: [Float]] = [:]
    for round in 1...2 {
      let cohort = state.draw(from: sampler).clients
      let told = plan.parameters(round: round, cohort: cohort, state.privacy)
      let codec = try plan.configuration.codec(
        round: round, cohortSize: cohort.count, length: plan.layouts.report.count, told)
      var sum = UpdateSum(parameters: codec.length)
      for client in cohort {
        let note = local.report(
          of: client, round: round, told, from: state.broadcast(plan),
          state: states[client] ?? [],
          on: population.examples(dataSet: population.dataSet(of: client)), with: codec,
          into: &sum)
        #expect(note.fate == .reported)
        #expect((local.keptState != nil) == (plan.layouts.clientState.count > 0))
        states[client] = local.keptState
      }
      var received = try codec.decode(sum, participants: cohort.count)
      _ = try state.release(
        &received, norms: .init(unclipped: 5, reported: cohort.count), reporting: cohort.count,
        plan)
      _ = state.finishRound(
        along: received.mean, plan, population: clients, reported: cohort.count)
    }
    return state
  }
}
