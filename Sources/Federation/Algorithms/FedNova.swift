import Models

/// Updates divided by how far their client's steps went, so that those who take more steps do not pull
/// the model towards themselves.
///
/// Wang et al., "Tackling the Objective Inconsistency Problem in Heterogeneous Federated Optimization",
/// NeurIPS 2020 (https://arxiv.org/abs/2007.07481): x ← x − τ Σ pᵢ dᵢ with dᵢ = (x − yᵢ)/‖aᵢ‖₁ and
/// τ = Σ pᵢ ‖aᵢ‖₁, where ‖aᵢ‖₁ is the number of steps, or with momentum ρ the sum of the weights with
/// which gradients enter the update. Clients report dᵢ times the norm of a client that has as many
/// examples as one may have, and beside it their own part of τ as a share of that one: clients of that
/// many examples report what FedAvg's do.
///
/// With μ > 0 the local loss gets FedProx's term, ‖a‖₁ counts what it leaves of every gradient, and τ is
/// the mean number of steps.
package struct FedNova: Algorithm {
  package static let name = "fednova"

  /// Weight μ of the distance to the model that was sent.
  package var mu = 0.0

  package init() {}

  package static let keys: [ConfigurationKey] = [
    .number("mu", .closed(0...1e6), of: Self.self, \.mu, "Weight of the proximal term.")
  ]

  package func layouts(_ settings: AlgorithmSettings) -> AlgorithmLayouts {
    var layouts = AlgorithmLayouts(model: settings.model)
    layouts.reportScalar("norm")
    return layouts
  }

  package func validate(_ configuration: Configuration) throws(SettingError) {
    try configuration.requireSGD(for: Self.name)
    guard mu > 0 else { return }
    try configuration.require(
      configuration.training.local.momentum == 0, "training.local.momentum",
      "must be 0 with algorithm.mu above 0: the weights of gradients are known for one of both")
    try configuration.require(
      mu * configuration.training.local.learningRate < 1, "algorithm.mu",
      "must be below 1 ÷ training.local.learning_rate, or a step leaves nothing of earlier gradients"
    )
    try configuration.requireStableSteps(pull: mu, "algorithm.mu")
  }

  package func train<M: Model>(
    _ client: inout ClientRound<M>, on examples: Examples,
    into report: UnsafeMutableBufferPointer<Float>
  ) -> LocalTraining {
    let (count, settings) = (client.settings.count, client.settings)
    let training = descend(&client, on: examples, into: report)
    let largest = norm(settings.mostSteps, settings.local)
    let own = norm(training.steps, settings.local)
    let scale = Float(largest / own)
    for index in 0..<count { report[index] *= scale }
    report[count] = Float((mu > 0 ? Double(training.steps) : own) / largest)
    return training
  }

  private func descend<M: Model>(
    _ client: inout ClientRound<M>, on examples: Examples,
    into report: UnsafeMutableBufferPointer<Float>
  ) -> LocalTraining {
    guard mu > 0 else { return client.descend(on: examples, into: report) }
    let mu = Float(mu)
    return client.descend(on: examples, proximal: mu, into: report) { drift, model, _ in
      for index in drift.indices { drift[index] = -mu * model[index] }
    }
  }

  /// ‖a‖₁ of so many steps.
  package func norm(_ steps: Int, _ local: LocalConfiguration) -> Double {
    guard mu > 0 || local.momentum > 0 else { return Double(steps) }
    let kept = 1 - local.learningRate * mu
    var (counter, norm) = (0.0, 0.0)
    for _ in 0..<steps {
      counter = local.momentum * counter + 1
      norm = kept * norm + counter
    }
    return norm
  }

  package func direction(_ mean: [Double], _ server: inout ServerVectors) -> [Double] {
    // In steps of 2^-30, like what was reported: of equal clients exactly theirs.
    let norm = (mean[server.settings.count] * 0x1p30).rounded() * 0x1p-30
    return mean[..<server.settings.count].map { $0 * norm }
  }
}
