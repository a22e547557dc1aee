import Models

/// The global model after some passes over the phone's own past: what every other method has to beat.
///
/// Nothing is kept between rounds, so phones that never trained are tuned like all others.
package struct FineTune: Personalisation {
  package static let name = "fine_tune"

  package var epochs = 5
  package var learningRate = 0.05

  package init() {}

  package static let keys: [ConfigurationKey] = [
    .integer(
      "epochs", 1...1_000, unit: "passes", of: Self.self, \.epochs,
      "Passes over the phone's own past."),
    .number(
      "learning_rate", .positive(1e-12...1e6), of: Self.self, \.learningRate,
      "Learning rate of these passes."),
  ]

  package func validate(_ configuration: Configuration) throws(SettingError) {
    try configuration.requireStableSteps(
      "training.local.weight_decay", rate: ("personalisation.learning_rate", learningRate))
  }

  package func tuning(_ local: LocalConfiguration) -> PersonalTuning {
    PersonalTuning(.epochs(epochs), learningRate: learningRate)
  }
}
