import Federation
import LinearAlgebra
import Models
import SecureAggregation
import UsageData
import Wire

/// All clients of one worker, one at a time: their data is made, used and forgotten.
struct SimulatedClients<M: Model>: ~Copyable {
  let model: M
  private(set) var setup: WorkerSetup
  let population: Population
  private let partition: ClientPartition
  var data: ClientData
  private var averaging: FederatedAveraging<M>
  var evaluator: ClientEvaluator<M>
  private var sum: UpdateSum
  private var round = 0
  private var parameters: [Float] = []
  /// What phones may have; the model of the phase is the first.
  private(set) var versions: [[Float]] = []
  private var encoded: EncodedRound?

  init(model: M, setup: WorkerSetup, population: Population) {
    self.model = model
    self.setup = setup
    self.population = population
    partition = ClientPartition(
      seed: setup.configuration.populationSeed, clients: population.clients,
      newClientShare: setup.configuration.population.newClientShare)
    data = ClientData(setup: setup, population: population)
    averaging = FederatedAveraging(setup.configuration, model: model)
    evaluator = ClientEvaluator(setup.configuration, model: model)
    sum = UpdateSum(parameters: model.layout.count)
  }

  /// Takes the model of a phase; an uncollected sum of an earlier phase is dropped.
  mutating func begin(round: Int, parameters: [Float]) {
    self.round = round
    self.parameters = parameters
    versions = [parameters]
    encoded = nil
    sum.reset()
  }

  /// Phones may have these beside the model of the phase.
  mutating func add(_ more: [[Float]]) { versions += more }

  /// Clips updates to another bound from now on.
  mutating func clip(to bound: Double) {
    setup.configuration.privacy.clippingBound = Setting(bound)
    averaging.clip(to: bound)
  }

  /// Opens an encoded round over the model of the phase.
  mutating func begin(cohort: [Int], identifier: [UInt8]) throws(SecureAggregationError) {
    let round = try EncodedRound(
      setup.configuration, round: round, cohort: cohort, identifier: identifier, model: parameters)
    encoded = round
    sum = UpdateSum(parameters: round.encoding.vectorLength)
  }

  /// Whether the round is one whose updates are encoded, and it has begun.
  var hasBegunEncodedRound: Bool { encoded != nil }

  /// One client's answer to a message of its session.
  mutating func answer(_ participant: Int, _ message: [UInt8], isReplay: Bool) throws -> Answer {
    guard var round = encoded else { preconditionFailure("a round was begun") }
    // One owner while it changes: a copy of the clients' keys for every message would be large.
    encoded = nil
    defer { encoded = round }
    let encoding = round.encoding
    var isNoiseOnly = false
    let answer = try round.answer(participant, message, isReplay: isReplay) { client in
      // Nobody reads the answer to a replayed message, so nothing is trained for it.
      guard !isReplay else {
        return ResidueVector(zeros: encoding.vectorLength, modulus: encoding.modulus)
      }
      let vector = try encodedUpdate(of: client, with: encoding)
      isNoiseOnly = isUpdateNoiseOnly
      return vector
    }
    guard isNoiseOnly, case .message(let bytes) = answer else { return answer }
    return .noiseOnlyMessage(bytes)
  }

  /// Whether the update that was encoded last holds what a client adds to hide it, and no more.
  private var isUpdateNoiseOnly: Bool {
    setup.configuration.distributedNoise != nil && !averaging.hasLearned
  }

  private mutating func encodedUpdate(
    of client: Int, with encoding: UpdateEncoding
  ) throws -> ResidueVector {
    let canary = setup.configuration.canary(client, clients: population.clients)
    if canary == nil { try data.loadTraining(of: client, round: round) }
    return averaging.encodedUpdate(
      of: client, canary: canary, round: round, from: parameters, on: data.examples, with: encoding)
  }

  mutating func train(_ client: Int) throws -> ClientOutcome {
    if FederatedAveraging<M>.drops(client, round: round, setup.configuration) { return .dropped }
    if let encoded {
      sum.add(try encodedUpdate(of: client, with: encoded.encoding).exactSum)
      return isUpdateNoiseOnly ? .noiseOnly : .encoded
    }
    let canary = setup.configuration.canary(client, clients: population.clients)
    if canary == nil { try data.loadTraining(of: client, round: round) }
    return averaging.update(
      of: client, canary: canary, round: round, from: parameters, on: data.examples, into: &sum)
  }

  /// Makes data that later rounds need; false when there is nothing to make ahead.
  mutating func makeAhead() -> Bool { data.makeAhead() }

  /// The sum of all updates since `begin` or the last collection.
  mutating func collect() -> UpdateSum {
    let collected = sum
    sum.reset()
    return collected
  }

  /// The model of the phase after training on the examples of these clients in one heap.
  mutating func pooled(
    _ clients: [Int], pass: Int, learningRate: Double
  ) throws -> [Float] {
    try data.loadPooled(clients, pass: pass)
    return evaluator.trainedPooled(
      parameters, pass: pass, client: clients.first ?? 0, learningRate: learningRate,
      on: data.examples)
  }

  /// - Parameter isFirst: whether predictors that no round changes are measured as well.
  mutating func evaluate(_ client: Int, isFirst: Bool) throws -> ClientEvaluation {
    let subject = try data.subject(client)
    let test = TestMoments.test(of: subject)
    // A client that trained has lent its first week to the model.
    let firstWeek = partition.isHeldOut(client) ? TestMoments.firstWeek(of: subject) : nil
    var early: [ClientEvaluation.Part] = []
    if let firstWeek {
      data.load(firstWeek, of: subject)
      early = evaluator.parts(.federated, parameters, on: data, of: firstWeek)
    }
    var local: [Float]?
    if isFirst, setup.configuration.evaluation.localOnly {
      data.loadPast(of: subject)
      local = evaluator.trainedLocally(client: client, on: data.examples)
    }
    data.load(test, of: subject)
    var parts = evaluator.parts(.federated, parameters, on: data, of: test) + early
    if let local { parts += evaluator.parts(.localOnly, local, on: data, of: test) }
    if isFirst {
      parts += data.baselines(of: subject, on: test)
      parts += data.ceiling(of: subject, client: client, on: test)
      if let firstWeek { parts += data.ceiling(of: subject, client: client, on: firstWeek) }
    }
    return ClientEvaluation(
      client: client, traits: data.traits(of: client, subject), parts: parts)
  }
}
