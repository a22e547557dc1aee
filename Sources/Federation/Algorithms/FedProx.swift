import Models

/// FedAvg with a term that keeps clients near the model they were sent, and with partial work: slow
/// clients do fewer passes and are kept.
///
/// Li et al., "Federated Optimization in Heterogeneous Networks", MLSys 2020
/// (https://arxiv.org/abs/1812.06127): the local loss gets μ/2 · ‖w − x‖². With μ = 0 and without slow
/// clients it is FedAvg to the bit.
package struct FedProx: Algorithm {
  package static let name = "fedprox"

  /// Weight μ of the distance to the model that was sent.
  package var mu = 0.01
  /// Share of the clients of a round that are slow.
  package var partialWork = 0.0

  package init() {}

  package static let keys: [ConfigurationKey] = [
    .number("mu", .closed(0...1e6), of: Self.self, \.mu, "Weight of the proximal term."),
    .number(
      "partial_work", .closed(0...1), of: Self.self, \.partialWork,
      "Share of a round's clients that are slow. Each of them does fewer passes (or local "
        + "steps), a random number from 1 to one less than all, and its update is kept."),
  ]

  package func validate(_ configuration: Configuration) throws(SettingError) {
    if mu > 0 { try configuration.requireStableSteps(pull: mu, "algorithm.mu") }
    let local = configuration.training.local
    guard partialWork > 0, (local.steps.value ?? local.epochs) < 2 else { return }
    throw SettingError(
      keyPath: "algorithm.partial_work",
      problem:
        "needs training.local.\(local.steps.value == nil ? "epochs" : "steps") of at least 2: "
        + "a slow client does fewer")
  }

  package func train<M: Model>(
    _ client: inout ClientRound<M>, on examples: Examples,
    into report: UnsafeMutableBufferPointer<Float>
  ) -> LocalTraining {
    if partialWork > 0 { client.slowDown(chance: partialWork) }
    guard mu > 0 else { return client.descend(on: examples, into: report) }
    let mu = Float(mu)
    return client.descend(on: examples, proximal: mu, into: report) { drift, model, _ in
      for index in drift.indices { drift[index] = -mu * model[index] }
    }
  }
}
