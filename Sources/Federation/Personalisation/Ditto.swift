import Models

/// A personal model beside the global one, held near it: v ← v − η (∇f(v) + λ (v − x)) in every round in
/// which the phone takes part.
///
/// Li et al., "Ditto: Fair and Robust Federated Learning Through Personalization", ICML 2021
/// (https://arxiv.org/abs/2012.04221); x is the model that the round was sent, and the batches are those
/// of the global steps. The round itself is untouched. A phone that never took part trains v from x on
/// its own past when it is evaluated.
package struct Ditto: Personalisation {
  package static let name = "ditto"

  /// Weight λ of the distance to the global model.
  package var lambda = 1.0

  package init() {}

  package static let keys: [ConfigurationKey] = [
    .number(
      "lambda", .closed(0...1e6), of: Self.self, \.lambda,
      "Weight of the squared distance between the personal and the global model.")
  ]

  package func kept(_ shared: SharedPart) -> ParameterLayout { shared.model }

  package func train<M: Model>(_ client: inout ClientRound<M>, on examples: Examples) {
    client.descendPersonal(on: examples, proximal: Float(lambda))
  }

  package func validate(_ configuration: Configuration) throws(SettingError) {
    if lambda > 0 {
      try configuration.requireStableSteps(pull: lambda, "personalisation.lambda")
    }
  }

  package func tuning(_ local: LocalConfiguration) -> PersonalTuning {
    PersonalTuning(local.work, learningRate: local.learningRate, proximal: lambda)
  }
}
