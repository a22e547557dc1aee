import Models

/// A body that all phones share and a head of each phone's own, trained together; the body alone travels.
///
/// Arivazhagan et al., "Federated Learning with Personalization Layers", 2019
/// (https://arxiv.org/abs/1912.00818). `personalisation.local` names the head. A phone that never took
/// part trains a head on the frozen body, from the one that all phones begin with.
package struct FedPer: Personalisation {
  package static let name = "fedper"

  /// Of a phone that never took part.
  package var newHeadEpochs = 5

  package init() {}

  package static let keys: [ConfigurationKey] = [
    .integer(
      "new_head_epochs", 1...1_000, unit: "passes", of: Self.self, \.newHeadEpochs,
      "Passes over its own past with which a phone that never took part trains its head.")
  ]

  package var keepsPartLocal: Bool { true }
  package var movesLocalPart: Bool { true }

  package func tuning(_ local: LocalConfiguration) -> PersonalTuning {
    PersonalTuning(.epochs(newHeadEpochs), learningRate: local.learningRate)
  }
}
