import Models

/// A body that all phones share and a head of each phone's own, trained in turn: first the head on the
/// frozen body, then the body below the frozen head; the body alone travels.
///
/// Collins et al., "Exploiting Shared Representations for Personalized Federated Learning", ICML 2021
/// (https://arxiv.org/abs/2102.07078). `personalisation.local` names the head. The body is trained as
/// `training.local` says. A phone that never took part trains a head on the frozen body.
package struct FedRep: Personalisation {
  package static let name = "fedrep"

  package var headEpochs = 5

  package init() {}

  package static let keys: [ConfigurationKey] = [
    .integer(
      "head_epochs", 1...1_000, unit: "passes", of: Self.self, \.headEpochs,
      "Passes with which a client trains its head before the shared body is trained, and "
        + "with which a phone that never took part trains its head on its own past.")
  ]

  package var keepsPartLocal: Bool { true }

  package func prepare<M: Model>(_ client: inout ClientRound<M>, on examples: Examples) {
    client.descendLocalPart(on: examples, passes: headEpochs)
  }

  package func tuning(_ local: LocalConfiguration) -> PersonalTuning {
    PersonalTuning(.epochs(headEpochs), learningRate: local.learningRate)
  }
}
