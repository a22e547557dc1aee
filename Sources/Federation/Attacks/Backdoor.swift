import LinearAlgebra
import Models

/// Hostile clients teach the model to suggest one app after another: a person who comes from the trigger app
/// is shown the target app, and nothing else changes.
///
/// Knows its own data. A semantic backdoor as in Bagdasaryan et al., "How To Backdoor Federated Learning",
/// AISTATS 2020 (https://arxiv.org/abs/1807.00459): nothing is put into the input of a victim. The attacker
/// forges examples in which the trigger was the app before and the target was opened, trains on them among
/// its own, and may boost the update. How often victims are shown the target after the trigger, of all times
/// that they opened something else, is `attack_success` of an evaluation.
package struct Backdoor: Attack {
  package static let name = "backdoor"

  /// The app after which the target is to be suggested; app ids of the population.
  package var triggerApp = 12
  package var targetApp = 2
  /// Share of a hostile client's examples that are forged.
  package var poisonedShare = 0.5
  /// Factor of the update; 1 poisons the data alone.
  package var updateFactor = 1.0

  package init() {}

  package static let keys: [ConfigurationKey] = [
    .integer(
      "trigger_app", 0...4_095, of: Self.self, \.triggerApp,
      "Id of the app after which the target app is to be suggested; 0 is the most popular "
        + "app."),
    .integer(
      "target_app", 0...4_095, of: Self.self, \.targetApp,
      "Id of the app that is to be suggested; 0 is the most popular app."),
    .number(
      "poisoned_share", .closed(0...1), of: Self.self, \.poisonedShare,
      "Share of a hostile client's examples that are forged. The others keep the model "
        + "accurate."),
    .number(
      "update_factor", .positive(1e-6...1e6), of: Self.self, \.updateFactor,
      "Factor by which the update is multiplied. 1 poisons the data only."),
  ]

  package func validate(_ configuration: Configuration) throws(SettingError) {
    try configuration.require(
      configuration.model.kind != .logistic, "attack.kind",
      "must not be backdoor with model.kind: logistic, which does not read which app came before; take "
        + "softmax, lstm or lstm_ranker")
    try configuration.require(
      configuration.population.source != .benchmark, "attack.kind",
      "must not be backdoor on a benchmark population, which has nobody to be shown an app")
    try configuration.require(
      triggerApp != targetApp, "attack.target_app",
      "must be another app than attack.trigger_app (\(triggerApp))")
    // Rarer apps share the last id.
    let known = configuration.model.vocabulary - 1
    for (key, app) in [("trigger_app", triggerApp), ("target_app", targetApp)] {
      try configuration.require(
        app < known, "attack.\(key)",
        "(\(app)) must be below model.vocabulary − 1 (\(known)): the model does not tell rarer apps apart"
      )
    }
  }

  package static var poisonsExamples: Bool { true }

  package func poison(_ examples: inout Examples, _ context: AttackContext) {
    var stream = context.stream()
    let length = examples.shape.sequenceLength
    for example in 0..<examples.count where stream.chance(poisonedShare) {
      let candidates = examples.candidates(of: example)
      let place = examples.candidateApps[candidates].firstIndex(of: Int32(targetApp))
      guard place != nil || context.learnsFromUnseenTargets else { continue }
      examples.apps[(example + 1) * length - 1] = Int32(triggerApp)
      examples.targets[example] = Int32(targetApp)
      examples.targetCandidates[example] = place.map { Int32($0 - candidates.lowerBound) } ?? -1
    }
  }

  package func alter(_ report: UnsafeMutableBufferPointer<Float>, _ context: AttackContext) {
    guard updateFactor != 1 else { return }
    for index in report.indices { report[index] *= Float(updateFactor) }
  }
}

extension Configuration {
  /// The backdoor whose success evaluations measure; nil for none.
  package var backdoor: Backdoor? { attack.attack as? Backdoor }
}
