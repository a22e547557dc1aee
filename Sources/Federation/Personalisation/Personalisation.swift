import Models

/// How each phone gets a model of its own out of the global one.
///
/// What a phone keeps never leaves it: it is in no report, and no ε covers or needs to cover it. One file
/// each in this folder, registered in `PersonalisationGroup.all`.
package protocol Personalisation: Variant where Group == PersonalisationGroup {
  /// Whether a client keeps a model of its own between its rounds, as long as the global one.
  var keepsModel: Bool { get }

  /// Trains what the client keeps, beside its part in the round.
  func train<M: Model>(_ client: inout ClientRound<M>, on examples: Examples)

  /// How the global model becomes that of a phone which has kept nothing, such as one that was never
  /// drawn: by training on its own past.
  func tuning(_ local: LocalConfiguration) -> PersonalTuning
}

/// Training that makes the global model a personal one.
package struct PersonalTuning: Equatable, Sendable {
  package var work: LocalWork
  /// Of the local steps.
  package var learningRate: Double
  /// Weight of the distance to the global model.
  package var proximal = 0.0

  package init(_ work: LocalWork, learningRate: Double, proximal: Double = 0) {
    self.work = work
    self.learningRate = learningRate
    self.proximal = proximal
  }
}

extension Personalisation {
  package var keepsModel: Bool { false }

  package func train<M: Model>(_ client: inout ClientRound<M>, on examples: Examples) {}
}
