import Federation
import LinearAlgebra

/// What centralized training would bring: a model of the same kind, trained where all examples of
/// all training clients lie in one place.
extension FederatedRun {
  /// Clients whose examples a worker holds and shuffles at a time.
  private static var group: Int { 32 }

  /// The evaluations with `pooled` added, if the experiment asks for it.
  func withPooled(
    _ evaluations: [ClientEvaluation], _ partition: ClientPartition
  ) throws -> [ClientEvaluation] {
    guard configuration.evaluation.pooledEpochs > 0, !evaluations.isEmpty else {
      return evaluations
    }
    let pooled = try pool.evaluate(
      evaluations.map(\.client), parameters: try pooledModel(partition), round: state.round,
      isFirst: false)
    return zip(evaluations, pooled).map { evaluation, own in
      var evaluation = evaluation
      evaluation.parts += own.parts.map { .init(.pooled, $0.period, $0.tally) }
      return evaluation
    }
  }

  /// Mini-batches of `training.local`, at a learning rate that falls to nothing in equal steps.
  ///
  /// Each pass takes the clients in a new order, and from each as many examples as in a round.
  private func pooledModel(_ partition: ClientPartition) throws -> [Float] {
    var parameters = configuration.initialParameters(of: configuration.makeModel())
    var clients = (0..<partition.trainingCount).map(partition.trainingClient)
    let passes = configuration.evaluation.pooledEpochs
    let steps = passes * ((clients.count + Self.group - 1) / Self.group)
    var step = 0
    for pass in 1...passes {
      var stream = RandomStream(
        seed: configuration.seed, purpose: .pooledClients, round: pass)
      stream.shuffle(&clients)
      for start in stride(from: 0, to: clients.count, by: Self.group) {
        let rate =
          configuration.training.local.learningRate * Double(steps - step) / Double(steps)
        parameters = try pool.trainPooled(
          Array(clients[start..<min(start + Self.group, clients.count)]), pass: pass,
          learningRate: rate, from: parameters)
        step += 1
      }
    }
    return parameters
  }
}
