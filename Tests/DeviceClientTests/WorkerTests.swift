import DeviceClient
import Federation
import Foundation
import Messages
import Models
import TestSupport
import Testing
import UsageData
import Wire

/// The worker's side of the conversation, in this process, over real pipes.
@Suite(.timeLimit(.minutes(10)))
struct WorkerTests {
  /// Serves a conversation on a thread of its own.
  static func conversation(
    _ messages: [Message]
  ) async throws -> (answers: [Message], error: WireError?) {
    try await onThread { try serve(frames(messages)) }
  }

  /// The sum of a worker is the sum that FedAvg makes of the same clients' examples.
  @Test func aWorkerSumsWhatItsClientsReport() async throws {
    let configuration = benchmarkConfiguration()
    let clients = [4, 0, 29]
    let (answers, error) = try await Self.conversation([
      configuration.setup(), configuration.model(), .train(clients: clients), .collect,
    ])
    #expect(error == nil)
    #expect(answers.first == .ready(.own(parameters: configuration.parameterCount, build: "")))

    let population = BenchmarkPopulation(
      seed: configuration.seed, clients: 30, vocabulary: 8, sequenceLength: 1)
    let model = SoftmaxRegression(shape: population.shape, input: .steps)
    let parameters = configuration.initialParameters(of: model)
    var local = LocalRound(RoundPlan(configuration), model: model)
    var sum = UpdateSum(parameters: parameters.count)
    let expected = clients.map { client in
      TrainedClient(
        client: client,
        outcome: local.report(
          of: client, round: 1, RoundParameters(), from: parameters,
          on: population.examples(dataSet: population.dataSet(of: client)),
          with: ExactGrid(length: parameters.count), into: &sum
        ).outcome)
    }
    #expect(answers[1] == .trained(expected))
    #expect(answers[2...] == [.sum(sum)])
  }

  /// The bound that follows a model holds until the next one.
  @Test func updatesAreClippedToTheBoundThatWasSent() async throws {
    let configuration = benchmarkConfiguration()
    let (answers, error) = try await Self.conversation([
      configuration.setup(), configuration.model(), .round(RoundParameters(clippingBound: 1e-3)),
      .train(clients: [1]), .collect, .round(RoundParameters(clippingBound: 1e-4)),
      .train(clients: [1]), .collect,
    ])
    #expect(error == nil)
    let norms = answers.compactMap { answer -> Double? in
      guard case .sum(let sum) = answer else { return nil }
      return sum.mean().reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
    try #require(norms.count == 2)
    for (norm, bound) in zip(norms, [1e-3, 1e-4]) {
      #expect(norm <= bound && norm > bound * (1 - 1e-3))
    }
  }

  @Test func collectingStartsANewSum() async throws {
    let configuration = benchmarkConfiguration()
    let (answers, error) = try await Self.conversation([
      configuration.setup(), configuration.model(), .train(clients: [1]), .collect, .collect,
      .train(clients: [1]), configuration.model(), .train(clients: [1]), .collect,
    ])
    #expect(error == nil)
    let sums = answers.compactMap { if case .sum(let sum) = $0 { sum } else { nil } }
    let empty = UpdateSum(parameters: configuration.parameterCount)
    try #require(sums.count == 3)
    #expect(sums[0].count == 1)
    #expect(sums[1] == empty)
    // The model of a new phase drops what the phase before left uncollected.
    #expect(sums[2] == sums[0])
  }

  @Test func aDroppedClientAddsNothing() async throws {
    var configuration = benchmarkConfiguration()
    configuration.faults.dropoutRate = 1
    let (answers, _) = try await Self.conversation([
      configuration.setup(), configuration.model(), .train(clients: [7]), .collect,
    ])
    #expect(
      answers.dropFirst() == [
        .trained([.init(client: 7, outcome: .dropped)]),
        .sum(UpdateSum(parameters: configuration.parameterCount)),
      ])
  }

  @Test func theFirstEvaluationHasEveryPredictor() async throws {
    let configuration = syntheticConfiguration()
    let (answers, error) = try await Self.conversation([
      configuration.setup(), configuration.model(), .evaluate(clients: [2], isFirst: true),
      .evaluate(clients: [2], isFirst: false),
    ])
    #expect(error == nil)
    let evaluations = answers.compactMap {
      if case .evaluated(let evaluation) = $0 { evaluation } else { nil }
    }
    try #require(evaluations.count == 2)
    let predictors = evaluations[0].predictors
    #expect(predictors == Predictor.allCases.filter(predictors.contains))
    for predictor in [Predictor.federated, .localOnly, .mostFrequent, .markov, .bayesOptimal] {
      #expect(predictors.contains(predictor), "\(predictor.name)")
    }
    let examples = predictors.map { evaluations[0].tally(of: $0).examples }
    #expect(examples[0] > 0 && Set(examples).count == 1)
    #expect(evaluations[1].predictors == [.federated])
    #expect(
      evaluations[1].tally(of: .federated) == evaluations[0].tally(of: .federated))
  }

  /// One client's heap is its own examples: the model learns from all clients of a larger one.
  @Test func pooledTrainingLearnsFromEveryClient() async throws {
    let configuration = syntheticConfiguration()
    func pooled(_ clients: [Int]) async throws -> [Float] {
      let (answers, error) = try await Self.conversation([
        configuration.setup(), configuration.model(),
        .pool(clients: clients, pass: 1, learningRate: 0.1),
      ])
      #expect(error == nil)
      guard case .pooled(let parameters) = answers.last else { return [] }
      return parameters
    }
    let both = try await pooled([2, 4])
    #expect(both.count == configuration.parameterCount)
    #expect(try await pooled([2, 4]) == both)
    #expect(try await pooled([2]) != both)
    #expect(try await pooled([2, 3]) != both)
  }

  // MARK: - What the other side must not send

  @Test func aBenchmarkIsNotPooled() async throws {
    let configuration = benchmarkConfiguration()
    for (clients, pass) in [([1], 1), ([], 1), ([30], 1), ([1], 0)] {
      let (answers, error) = try await Self.conversation([
        configuration.setup(), configuration.model(),
        .pool(clients: clients, pass: pass, learningRate: 0.1),
      ])
      #expect(answers.count == 1 && error != nil)
    }
  }

  @Test(arguments: [-1, 30, Int.min, Int.max])
  func aClientOutsideThePopulationIsAnError(client: Int) async throws {
    let configuration = benchmarkConfiguration()
    for request in [
      Message.train(clients: [0, client]), .evaluate(clients: [client], isFirst: true),
    ] {
      let (answers, error) = try await Self.conversation([
        configuration.setup(), configuration.model(), request,
      ])
      #expect(answers.count == 1)
      #expect(error == .malformed("client \(client) of a population of 30"))
    }
  }

  @Test func aModelThatCannotBeIsAnError() async throws {
    let configuration = benchmarkConfiguration()
    let count = configuration.parameterCount
    for (round, size) in [(-1, count), (Int.min, count), (1, count - 1), (1, count + 1), (1, 0)] {
      let parameters = [Float](repeating: 0, count: size)
      let (answers, error) = try await Self.conversation([
        configuration.setup(), .model(round: round, parameters: parameters),
        .train(clients: [0]),
      ])
      #expect(answers.count == 1)
      #expect(error == .malformed("a model of \(size) parameters in round \(round)"))
    }
  }

  @Test func workBeforeAModelIsAnError() async throws {
    let configuration = benchmarkConfiguration()
    for request in [
      Message.train(clients: [0]), .evaluate(clients: [0], isFirst: false), .collect,
    ] {
      let (_, error) = try await Self.conversation([configuration.setup(), request])
      #expect(error == .unexpected("\(request.name) before a model"))
    }
  }

  @Test func aMessageOutOfTurnIsAnError() async throws {
    let configuration = benchmarkConfiguration()
    let setup = try configuration.setup()
    #expect(
      try await Self.conversation([.collect]).error
        == .unexpected("the first message is not setup"))
    #expect(
      try await Self.conversation([setup, configuration.model(), setup]).error
        == .unexpected("setup"))
    #expect(
      try await Self.conversation([
        setup, configuration.model(), .ready(.own(parameters: 1, build: "")),
      ]).error
        == .unexpected("ready"))
  }

  /// A setup that cannot be is no accident: the coordinator is told not to try again.
  @Test func aSetupThatCannotBeIsAFailure() async throws {
    let wrong: [(String, (inout Configuration) -> Void)] = [
      ("population.clients", { $0.population.clients = 0 }),
      ("model.vocabulary", { $0.model.vocabulary = 1 << 40 }),
      ("model.hidden", { $0.model.hidden = -5 }),
      ("training.local.batch_size", { $0.training.local.batchSize = 0 }),
      ("training.server.beta1", { $0.training.server.beta1 = 1 }),
      ("model.kind", { $0.model.kind = .logistic }),
      ("no-such-log.sqlite", { $0.population = Self.missingLog }),
    ]
    for (words, change) in wrong {
      var configuration = benchmarkConfiguration()
      change(&configuration)
      let (answers, error) = try await Self.conversation([configuration.setup()])
      #expect(error == nil)
      guard answers.count == 1, case .failed(let exitCode, let reason) = answers[0] else {
        Issue.record("\(words): \(answers)")
        continue
      }
      #expect(exitCode == 65)
      #expect(reason.contains(words), "\(reason)")
    }
    let (answers, _) = try await Self.conversation([.setup(Array("{}".utf8))])
    #expect(answers.count == 1)
  }

  static var missingLog: PopulationConfiguration {
    var population = Configuration().population
    population.source = .file
    population.path = Setting("/nowhere/no-such-log.sqlite")
    return population
  }
}
