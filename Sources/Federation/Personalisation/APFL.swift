import Models

/// A model v of each phone's own that is mixed with the global one: v̄ = α v + (1 − α) w.
///
/// Deng et al., "Adaptive Personalized Federated Learning", 2020 (https://arxiv.org/abs/2003.13461). As in
/// the paper parameters are mixed, not outputs, and each phone has one α. In every local step, with w the
/// local copy of the global model before its own step: v ← v − η α ∇f(v̄), where the factor α comes of the
/// chain rule; α ← α − η ⟨v − w, ∇f(v̄)⟩, kept within 0…1, if it adapts. The round itself is untouched.
///
/// A phone's model is mixed of its v and the global model as it is now. A phone that never took part
/// trains v from the global model on its own past, and mixes it with the α that all phones begin with.
package struct APFL: Personalisation {
  package static let name = "apfl"

  package var alpha = 0.5
  package var adaptsAlpha = true

  package init() {}

  private enum CodingKeys: String, CodingKey {
    case alpha
    case adaptsAlpha = "adapt"
  }

  package static let keys: [ConfigurationKey] = [
    .number(
      "alpha", .closed(0...1), of: Self.self, \.alpha,
      "Initial share of the phone's own model in the mixture."),
    .flag(
      "adapt", of: Self.self, \.adaptsAlpha, "Whether each phone learns its own share."),
  ]

  package var stepsAlong: Bool { true }

  package func kept(_ shared: SharedPart) -> ParameterLayout {
    var layout = ParameterLayout()
    layout.append(shared.model, as: "model")
    layout.append("alpha", 1)
    return layout
  }

  package func first(of model: [Float], _ shared: SharedPart) -> [Float] { model + [Float(alpha)] }

  package func model(_ kept: [Float], _ model: [Float], _ shared: SharedPart) -> [Float] {
    let alpha = kept[model.count]
    return model.indices.map { alpha * kept[$0] + (1 - alpha) * model[$0] }
  }

  package func step(
    _ kept: UnsafeMutableBufferPointer<Float>, along parameters: UnsafePointer<Float>, rate: Float,
    _ gradient: (UnsafePointer<Float>) -> UnsafePointer<Float>
  ) {
    let count = kept.count - 1
    let alpha = kept[count]
    withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { mixed in
      guard let point = mixed.baseAddress else { return }
      for index in 0..<count {
        mixed.initializeElement(
          at: index, to: alpha * kept[index] + (1 - alpha) * parameters[index])
      }
      let slope = gradient(point)
      var product = 0.0
      for index in 0..<count {
        product += Double(kept[index] - parameters[index]) * Double(slope[index])
        kept[index] -= rate * alpha * slope[index]
      }
      if adaptsAlpha { kept[count] = min(1, max(0, alpha - rate * Float(product))) }
    }
  }

  package func tuning(_ local: LocalConfiguration) -> PersonalTuning {
    PersonalTuning(local.work, learningRate: local.learningRate, weight: alpha)
  }

  package func validate(_ configuration: Configuration) throws(SettingError) {
    let local = configuration.training.local
    guard local.optimizer == .sgd, local.momentum == 0, local.weightDecay == 0 else {
      throw SettingError(
        keyPath: "personalisation.method",
        problem: "apfl steps by plain gradients; set training.local.optimizer to sgd, and "
          + "training.local.momentum and training.local.weight_decay to 0")
    }
  }
}
