import Models

/// Updates divided by how far their client's steps went, so that those who take more steps do not pull
/// the model towards themselves.
///
/// Wang et al., "Tackling the Objective Inconsistency Problem in Heterogeneous Federated Optimization",
/// NeurIPS 2020 (https://arxiv.org/abs/2007.07481): x ← x − τ Σ pᵢ dᵢ with dᵢ = (x − yᵢ)/‖aᵢ‖₁ and
/// τ = Σ pᵢ ‖aᵢ‖₁, where ‖aᵢ‖₁ is the number of steps, or with momentum ρ the sum of the weights with
/// which gradients enter the update. Clients report dᵢ times the norm of a client that has as many
/// examples as one may have, and beside it their own norm as a share of that one: clients of that many
/// examples report what FedAvg's do.
package struct FedNova: Algorithm {
  package static let name = "fednova"

  package init() {}

  package func layouts(_ settings: AlgorithmSettings) -> AlgorithmLayouts {
    var layouts = AlgorithmLayouts(model: settings.model)
    layouts.report.append("norm", 1)
    return layouts
  }

  package func validate(_ configuration: Configuration) throws(SettingError) {
    try configuration.requireSGD(for: Self.name)
  }

  package func train<M: Model>(
    _ client: inout ClientRound<M>, on examples: Examples,
    into report: UnsafeMutableBufferPointer<Float>
  ) -> LocalTraining {
    let (count, settings) = (client.settings.count, client.settings)
    let training = client.descend(on: examples, into: report)
    let share =
      Self.norm(training.steps, settings.local.momentum)
      / Self.norm(settings.mostSteps, settings.local.momentum)
    let scale = Float(1 / share)
    for index in 0..<count { report[index] *= scale }
    report[count] = Float(share)
    return training
  }

  /// ‖a‖₁ of so many steps.
  static func norm(_ steps: Int, _ momentum: Double) -> Double {
    guard momentum > 0 else { return Double(steps) }
    var (counter, norm) = (0.0, 0.0)
    for _ in 0..<steps {
      counter = momentum * counter + 1
      norm += counter
    }
    return norm
  }

  package func direction(_ mean: [Double], _ server: inout ServerVectors) -> [Double] {
    // In steps of 2^-30, like what was reported: of equal clients exactly theirs.
    let norm = (mean[server.settings.count] * 0x1p30).rounded() * 0x1p-30
    return mean[..<server.settings.count].map { $0 * norm }
  }
}
