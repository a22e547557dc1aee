import Federation
import LinearAlgebra
import Privacy
import SecureAggregation

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
  let sampler: CohortSampler
  /// Clients of the population; canaries have the ids that follow.
  let registered: Int
  let plan: RoundPlan
  /// Nil where clients keep nothing.
  let states: ClientStates?
  /// Held-out clients whose data the server trains on.
  let rootClients: [Int]
  let pool: WorkerPool
  /// Nil without an attack.
  package let hostile: HostileClients?
  /// Drawn when they are first looked for.
  var canaryVectors: CanaryVectors?
  /// Nil where time is not simulated.
  var timekeeper: Timekeeper?
  /// By client of the round: the first stage whose message comes too late, or never.
  var absences: [Int: AggregationStage] = [:]
  /// What the updates of the round were trained from.
  var baseModels = BaseModels()
  /// Finds what the predictors that no round changes get, or measures and keeps it; nil measures.
  private let constants: ConstantEvaluations?

  /// - Parameters:
  ///   - clients: registered clients of the population.
  ///   - privacy: of this configuration and population; nil exactly without a mechanism.
  package init(
    configuration: Configuration, clients: Int, state: ServerState, pool: WorkerPool,
    privacy: PrivacyPlan? = nil, states: ClientStates? = nil, timekeeper: Timekeeper? = nil,
    constants: ConstantEvaluations? = nil
  ) {
    precondition((timekeeper != nil) == configuration.simulatesTime)
    self.timekeeper = timekeeper
    precondition((privacy == nil) == (configuration.privacy.mechanism == .none))
    self.configuration = configuration
    self.state = state
    plan = RoundPlan(configuration, privacy: privacy)
    precondition((states == nil) == (plan.layouts.clientState.count == 0))
    self.states = states
    self.pool = pool
    self.constants = constants
    partition = ClientPartition(
      seed: configuration.populationSeed, clients: clients,
      newClientShare: configuration.population.newClientShare)
    rootClients = (0..<min(configuration.rootClients, partition.newCount)).map(
      partition.newClient)
    registered = clients
    hostile = HostileClients(configuration, clients: clients)
    sampler = CohortSampler(
      configuration,
      partition: ClientPartition(
        seed: configuration.populationSeed, clients: clients,
        newClientShare: configuration.population.newClientShare,
        canaries: configuration.privacy.audit.canaries))
  }

  /// How cohorts are drawn, where a mechanism protects them; nil without one.
  package var sampling: SamplingEvent? { plan.privacy?.schedule.sampling }

  /// Whether the last round is over, another would exceed the privacy budget, or an evaluation ended the
  /// training.
  package var isFinished: Bool { state.isFinished(configuration) }

  /// Sample the cohort → tell it the model and the bound → clients train, clip, encode → sum → noise,
  /// average → server step.
  package mutating func nextRound() throws -> RoundRecord {
    let round = state.round + 1
    let drawn = try draw()
    let cohort = drawn.cohort
    var told = plan.parameters(round: round, cohort: cohort, state.privacy)
    told.starts = baseModels.starts
    var record = RoundRecord(
      round: round, cohortSize: cohort.count,
      bytesToClients: (drawn.buffer?.started ?? cohort.count) * MemoryLayout<Float>.size
        * plan.layouts.broadcast.count)
    if let hostile {
      record.hostile =
        round < configuration.attack.shared.fromRound ? 0 : cohort.count(where: hostile.contains)
    }
    var aggregate: RoundSum?
    var kept: [Int: [Float]] = [:]
    do {
      try requireReports(drawn, &record)
      aggregate = try receive(told, from: cohort, &record, &kept)
    } catch let error as SecureAggregationError {
      record.abandonment = "\(error)"
    }
    passTime(drawn, isLost: aggregate == nil, &record)
    let start = ContinuousClock.now
    let mean = mixed(try release(aggregate, of: &record, cohort: cohort), drawn)
    record.updateNorm = state.finishRound(
      along: mean, plan, population: partition.trainingCount,
      reported: plan.privacy == nil ? record.reported : configuration.training.cohortSize)
    // A client keeps what it has become only if its report was counted, and must if it was.
    if aggregate != nil { try states?.commit(kept) }
    record.timing.aggregate += (ContinuousClock.now - start) / .seconds(1)
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

  /// Whether the model is to be measured before anything is trained.
  package var isInitialEvaluationDue: Bool {
    configuration.evaluation.initial && configuration.evaluation.every > 0 && state.round == 0
      && !isFinished
  }

  /// Measures the current model on the future of training clients and on held-out clients.
  ///
  /// - Parameter counted: told how many of the clients are evaluated, from any thread.
  package mutating func evaluate(
    counted: (@Sendable (_ done: Int, _ clients: Int) -> Void)? = nil
  ) throws -> EvaluationRecord {
    let isFirst = state.constantRows.isEmpty
    let future = evaluationClients(
      configuration.evaluation.clients, of: partition.trainingCount, partition.trainingClient)
    let new = evaluationClients(
      configuration.evaluation.newClients, of: partition.newCount - rootClients.count
    ) { partition.newClient($0 + rootClients.count) }
    let clients = future + new
    let evaluations =
      try isFirst ? firstEvaluations(of: clients, counted) : federated(clients, counted)
    var record = EvaluationRecord(round: state.round)
    let largest = configuration.evaluation.largestClientWeight.value
    record.add(
      evaluations.prefix(future.count), split: .future, largestWeight: largest,
      timekeeper: timekeeper)
    record.add(
      evaluations.dropFirst(future.count), split: .newClients, largestWeight: largest,
      timekeeper: timekeeper)
    if timekeeper != nil {
      let participation = (state.clock ?? VirtualClock()).participation
      record.segments = record.segments.map { $0.with(participation) }
    }
    if isFirst {
      state.constantRows = record.rows.filter { !$0.predictor.changesWithRounds }
    }
    record.rows = record.rows.filter(\.predictor.changesWithRounds) + state.constantRows
    record.sortRows()
    state.note(record.rows, configuration)
    return record
  }

  private func federated(
    _ clients: [Int], _ counted: (@Sendable (_ done: Int, _ clients: Int) -> Void)?
  ) throws -> [ClientEvaluation] {
    try pool.evaluate(
      clients, parameters: state.parameters, round: state.round, isFirst: false,
      states: personalStates, counted: counted)
  }

  /// Where personal models lie; nil where clients keep none.
  private var personalStates: (@Sendable (_ client: Int) throws -> [Float]?)? {
    plan.layouts.personal == nil ? nil : states?.load
  }

  /// Every predictor: all measured here, or the constant ones taken from another run.
  private func firstEvaluations(
    of clients: [Int], _ counted: (@Sendable (_ done: Int, _ clients: Int) -> Void)?
  ) throws -> [ClientEvaluation] {
    func measure() throws -> [ClientEvaluation] {
      let all = try pool.evaluate(
        clients, parameters: state.parameters, round: state.round, isFirst: true,
        states: personalStates, counted: counted)
      return try withPooled(all, partition)
    }
    guard let constants else { return try measure() }
    var measured: [ClientEvaluation]?
    let known = try constants {
      let all = try measure()
      measured = all
      return all.map { evaluation in
        var constant = evaluation
        constant.parts.removeAll { $0.predictor.changesWithRounds }
        return constant
      }
    }
    if let measured { return measured }
    return zip(try federated(clients, counted), known).map { own, known in
      precondition(own.client == known.client, "evaluations of other clients")
      var all = own
      all.parts += known.parts
      return all
    }
  }

  private func evaluationClients(
    _ wanted: Int, of available: Int, _ client: (Int) -> Int
  ) -> [Int] {
    var stream = RandomStream(seed: configuration.evaluationSeed, purpose: .evaluationClients)
    return CohortSampler.distinct(min(wanted, available), below: available, using: &stream)
      .map(client).sorted()
  }
}
