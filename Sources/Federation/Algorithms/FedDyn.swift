import Models

/// A penalty that moves with each client, so that the minimum of all is a fixed point of every one.
///
/// Acar et al., "Federated Learning Based on Dynamic Regularization", ICLR 2021
/// (https://arxiv.org/abs/2111.04263): a client minimises f(θ) − ⟨gᵢ, θ⟩ + α/2 · ‖θ − x‖² and sets
/// gᵢ ← gᵢ − α (θᵢ − x); the server sets h ← h − (α/N) Σ (θᵢ − x) and x ← mean θᵢ − h/α, with N all
/// clients that may take part. What is evaluated is x, the model that is sent.
///
/// The paper's x is that of a server's rate of 1. With another one x moves by so much of the way there, from
/// where it is; h is the same.
package struct FedDyn: Algorithm {
  package static let name = "feddyn"

  /// Weight α of the penalty.
  package var alpha = 0.1

  package init() {}

  package static let keys: [ConfigurationKey] = [
    .number(
      "alpha", .positive(1e-6...1e3), of: Self.self, \.alpha, "Weight of the dynamic regularizer.")
  ]

  package func layouts(_ settings: AlgorithmSettings) -> AlgorithmLayouts {
    var layouts = AlgorithmLayouts(model: settings.model)
    layouts.clientState.append(settings.model, as: "gradient")
    layouts.serverState.append(settings.model, as: "h")
    return layouts
  }

  package func validate(_ configuration: Configuration) throws(SettingError) {
    try configuration.requireUniformWeights(for: Self.name)
    try configuration.requireStableSteps(pull: alpha, "algorithm.alpha")
    guard configuration.training.server.optimizer != .sgd else { return }
    throw SettingError(
      keyPath: "training.server.optimizer",
      problem: "must be sgd with algorithm.name: feddyn, whose server has a step of its own")
  }

  package func train<M: Model>(
    _ client: inout ClientRound<M>, on examples: Examples,
    into report: UnsafeMutableBufferPointer<Float>
  ) -> LocalTraining {
    let alpha = Float(alpha)
    return client.descend(on: examples, proximal: alpha, into: report) { drift, model, state in
      for index in drift.indices { drift[index] = -state[index] - alpha * model[index] }
    }
  }

  package func keep<M: Model>(
    _ client: inout ClientRound<M>, _ report: UnsafeBufferPointer<Float>
  ) {
    let alpha = Float(alpha)
    for index in report.indices { client.state[index] -= alpha * report[index] }
  }

  package func direction(_ mean: [Double], _ server: inout ServerVectors) -> [Double] {
    let share = alpha * server.reported / server.population
    return mean.indices.map { index in
      server.vectors[index] -= share * mean[index]
      return mean[index] - server.vectors[index] / alpha
    }
  }
}
