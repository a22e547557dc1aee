import Federation
import LinearAlgebra

/// The rounds of one experiment: state, cohorts, workers; writes nothing.
package struct FederatedRun {
  package let configuration: Configuration
  package internal(set) var state: ServerState
  private let partition: ClientPartition
  private let sampler: CohortSampler
  let pool: WorkerPool

  /// - Parameter clients: registered clients of the population.
  package init(configuration: Configuration, clients: Int, state: ServerState, pool: WorkerPool) {
    self.configuration = configuration
    self.state = state
    self.pool = pool
    partition = ClientPartition(
      seed: configuration.seed, clients: clients,
      newClientShare: configuration.population.newClientShare)
    sampler = CohortSampler(configuration, partition: partition)
  }

  package var isFinished: Bool { state.round >= configuration.training.rounds }

  /// Sample the cohort → send the model → clients train → sum → server step.
  package mutating func nextRound() throws -> RoundRecord {
    let round = state.round + 1
    let clock = ContinuousClock()
    let start = clock.now
    let cohort = state.draw(from: sampler).clients
    if configuration.encodesUpdates { return try encodedRound(round, cohort: cohort) }
    let (outcomes, sum) = try pool.train(cohort, parameters: state.parameters, round: round)
    let trained = clock.now

    let modelBytes = MemoryLayout<Float>.size * state.parameters.count
    var record = RoundRecord(
      round: round, cohortSize: cohort.count, bytesToClients: cohort.count * modelBytes)
    record.count(outcomes, clippingBound: configuration.privacy.clippingBound.value)
    record.bytesFromClients = record.reported * modelBytes
    record.updateNorm = state.finishRound(with: sum)
    record.timing.train = (trained - start) / .seconds(1)
    record.timing.aggregate = (clock.now - trained) / .seconds(1)
    return record
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
    let evaluations = try pool.evaluate(
      future + new, parameters: state.parameters, round: state.round, isFirst: isFirst)
    var record = EvaluationRecord(round: state.round)
    record.add(evaluations.prefix(future.count), split: .future)
    record.add(evaluations.dropFirst(future.count), split: .newClients)
    if isFirst { state.constantRows = record.rows.filter { $0.predictor != .federated } }
    record.rows = record.rows.filter { $0.predictor == .federated } + state.constantRows
    record.sortRows()
    return record
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
    for outcome in outcomes {
      switch outcome {
      case .reported(let examples, _, let loss, let norm):
        reported += 1
        self.examples += examples
        lossSum += loss * Double(examples)
        if let clippingBound, norm > clippingBound { clipped += 1 }
      case .idle: idle += 1
      case .dropped: dropped += 1
      case .diverged: diverged += 1
      case .encoded: preconditionFailure("encoded updates are counted by their sum")
      }
    }
    if examples > 0 { trainLoss = lossSum / Double(examples) }
  }
}
