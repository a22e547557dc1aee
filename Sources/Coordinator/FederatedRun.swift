import Federation
import LinearAlgebra
import Privacy

/// Returns what the predictors that no round changes get on the clients of an evaluation, either
/// known already or by calling `measure`.
package typealias ConstantEvaluations = (
  _ measure: () throws -> [ClientEvaluation]
) throws -> [ClientEvaluation]

/// The rounds of one experiment: state, cohorts, workers; writes nothing.
package struct FederatedRun {
  package let configuration: Configuration
  package internal(set) var state: ServerState
  private let partition: ClientPartition
  private let sampler: CohortSampler
  /// Clients of the population; canaries have the ids that follow.
  let registered: Int
  /// Nil when no noise protects the clients.
  let privacy: PrivacyPlan?
  let pool: WorkerPool
  /// Drawn when they are first looked for.
  var canaryVectors: CanaryVectors?
  /// Finds what the predictors that no round changes get, or measures and keeps it; nil measures.
  private let constants: ConstantEvaluations?

  /// - Parameters:
  ///   - clients: registered clients of the population.
  ///   - privacy: of this configuration and population; nil exactly without a mechanism.
  package init(
    configuration: Configuration, clients: Int, state: ServerState, pool: WorkerPool,
    privacy: PrivacyPlan? = nil, constants: ConstantEvaluations? = nil
  ) {
    precondition((privacy == nil) == (configuration.privacy.mechanism == .none))
    self.configuration = configuration
    self.state = state
    self.privacy = privacy
    self.pool = pool
    self.constants = constants
    partition = ClientPartition(
      seed: configuration.populationSeed, clients: clients,
      newClientShare: configuration.population.newClientShare)
    registered = clients
    sampler = CohortSampler(
      configuration,
      partition: ClientPartition(
        seed: configuration.populationSeed, clients: clients,
        newClientShare: configuration.population.newClientShare,
        canaries: configuration.privacy.audit.canaries))
  }

  /// How cohorts are drawn, where a mechanism protects them; nil without one.
  package var sampling: SamplingEvent? { privacy?.schedule.sampling }

  /// Whether the last round is over, or another would exceed the privacy budget.
  package var isFinished: Bool {
    state.round >= configuration.training.rounds || state.privacy?.isSpent == true
  }

  /// Sample the cohort → send the model → clients train and clip → sum → noise → server step.
  package mutating func nextRound() throws -> RoundRecord {
    let round = state.round + 1
    let clock = ContinuousClock()
    let start = clock.now
    let cohort = state.draw(from: sampler).clients
    let configuration = roundConfiguration
    if privacy != nil { pool.clippingBound = configuration.privacy.clippingBound.value }
    if configuration.encodesUpdates {
      return try encodedRound(round, cohort: cohort, configuration)
    }
    let (outcomes, sum) = try pool.train(cohort, parameters: state.parameters, round: round)
    let trained = clock.now

    let modelBytes = MemoryLayout<Float>.size * state.parameters.count
    var record = RoundRecord(
      round: round, cohortSize: cohort.count, bytesToClients: cohort.count * modelBytes)
    record.count(outcomes, clippingBound: configuration.privacy.clippingBound.value)
    record.bytesFromClients = record.reported * modelBytes
    if let privacy {
      let mean = try release(
        sum.values, of: &record, privacy, reporting: record.reported, cohort: cohort)
      record.updateNorm = state.finishRound(along: mean)
    } else {
      record.updateNorm = state.finishRound(with: sum)
    }
    record.timing.train = (trained - start) / .seconds(1)
    record.timing.aggregate = (clock.now - trained) / .seconds(1)
    return record
  }

  /// Whether every parameter of the model is a number.
  package var isModelFinite: Bool {
    state.parameters.withUnsafeBufferPointer {
      Elementwise.isWithin(.greatestFiniteMagnitude, $0)
    }
  }

  /// Whether this round ends with an evaluation.
  package var isEvaluationDue: Bool {
    let every = configuration.evaluation.every
    return every > 0 && (state.round.isMultiple(of: every) || isFinished)
  }

  /// Measures the current model on the future of training clients and on held-out clients.
  package mutating func evaluate() throws -> EvaluationRecord {
    let isFirst = state.constantRows.isEmpty
    let future = evaluationClients(
      configuration.evaluation.clients, of: partition.trainingCount, partition.trainingClient)
    let new = evaluationClients(
      configuration.evaluation.newClients, of: partition.newCount, partition.newClient)
    let evaluations = try isFirst ? firstEvaluations(of: future + new) : federated(future + new)
    var record = EvaluationRecord(round: state.round)
    let largest = configuration.evaluation.largestClientWeight.value
    record.add(evaluations.prefix(future.count), split: .future, largestWeight: largest)
    record.add(
      evaluations.dropFirst(future.count), split: .newClients, largestWeight: largest)
    if isFirst { state.constantRows = record.rows.filter { $0.predictor != .federated } }
    record.rows = record.rows.filter { $0.predictor == .federated } + state.constantRows
    record.sortRows()
    return record
  }

  private func federated(_ clients: [Int]) throws -> [ClientEvaluation] {
    try pool.evaluate(
      clients, parameters: state.parameters, round: state.round, isFirst: false)
  }

  /// Every predictor: all measured here, or the constant ones taken from another run.
  private func firstEvaluations(of clients: [Int]) throws -> [ClientEvaluation] {
    func measure() throws -> [ClientEvaluation] {
      let all = try pool.evaluate(
        clients, parameters: state.parameters, round: state.round, isFirst: true)
      return try withPooled(all, partition)
    }
    guard let constants else { return try measure() }
    var measured: [ClientEvaluation]?
    let known = try constants {
      let all = try measure()
      measured = all
      return all.map { evaluation in
        var constant = evaluation
        constant.parts.removeAll { $0.predictor == .federated }
        return constant
      }
    }
    if let measured { return measured }
    return zip(try federated(clients), known).map { own, known in
      precondition(own.client == known.client, "evaluations of other clients")
      var all = own
      all.parts += known.parts
      return all
    }
  }

  private func evaluationClients(
    _ wanted: Int, of available: Int, _ client: (Int) -> Int
  ) -> [Int] {
    var stream = RandomStream(seed: configuration.seed, purpose: .evaluationClients)
    return CohortSampler.distinct(min(wanted, available), below: available, using: &stream)
      .map(client).sorted()
  }
}

extension RoundRecord {
  fileprivate mutating func count(_ outcomes: [ClientOutcome], clippingBound: Double?) {
    var lossSum = 0.0
    var (examples, clipped, idle, diverged) = (0, 0, 0, 0)
    for outcome in outcomes {
      switch outcome {
      case .reported(let own, _, let loss, let norm):
        reported += 1
        examples += own
        lossSum += loss * Double(own)
        if let clippingBound, norm > clippingBound { clipped += 1 }
      case .idle: idle += 1
      case .dropped: dropped += 1
      case .diverged: diverged += 1
      case .encoded, .noiseOnly: preconditionFailure("encoded updates are counted by their sum")
      }
    }
    (self.examples, self.clipped, self.idle, self.diverged) = (examples, clipped, idle, diverged)
    if examples > 0 { trainLoss = lossSum / Double(examples) }
  }
}
