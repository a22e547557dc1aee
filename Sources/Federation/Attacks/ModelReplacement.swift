import Models

/// A hostile client trains towards a model of its own, here one of wrong labels, and boosts the update so
/// that the average moves the whole way.
///
/// Knows its own data, the size of a cohort and the server's rate. Bagdasaryan et al., "How To Backdoor
/// Federated Learning", AISTATS 2020 (https://arxiv.org/abs/1807.00459): γ = n ÷ η, shared among the hostile
/// clients that a cohort has on average. Exact with the server's sgd and uniform weights.
package struct ModelReplacement: Attack {
  package static let name = "model_replacement"

  /// Nil for the one that replaces the model.
  package var boost = Setting<Double>()

  package init() {}

  package static let keys: [ConfigurationKey] = [
    .optionalNumber(
      "boost", .positive(1e-6...1e6), of: Self.self, \.boost,
      "Factor by which the update is multiplied. If left out, the factor with which the "
        + "average becomes the attacker's model."
    )
  ]

  package static var poisonsExamples: Bool { true }

  package func poison(_ examples: inout Examples, _ context: AttackContext) {
    LabelFlip.flip(&examples)
  }

  package func alter(_ report: UnsafeMutableBufferPointer<Float>, _ context: AttackContext) {
    let factor = Float(boost.value ?? Self.boost(context.configuration))
    for index in report.indices { report[index] *= factor }
  }

  /// n ÷ η, over the hostile clients of an average cohort.
  package static func boost(_ configuration: Configuration) -> Double {
    let training = configuration.training
    let cohort = Double(training.cohortSize)
    return cohort / training.server.learningRate
      / max(1, configuration.attack.shared.share * cohort)
  }
}
