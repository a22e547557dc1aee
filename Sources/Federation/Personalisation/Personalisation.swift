import Models

/// How each phone gets a model of its own out of the global one.
///
/// What a phone keeps never leaves it: it is in no report, and no ε covers or needs to cover it. One file
/// each in this folder, registered in `PersonalisationGroup.all`.
package protocol Personalisation: Variant where Group == PersonalisationGroup {
  /// Whether a part of the model stays with each client, and the rest alone travels.
  var keepsPartLocal: Bool { get }
  /// Whether local training moves that part along with the rest.
  var movesLocalPart: Bool { get }

  /// What a client keeps between its rounds; empty for nothing.
  func kept(_ shared: SharedPart) -> ParameterLayout
  /// What a client keeps before its first round.
  ///
  /// - Parameter model: the whole one that its first round begins with.
  func first(of model: [Float], _ shared: SharedPart) -> [Float]
  /// The model of a client that has kept this.
  ///
  /// - Parameter model: the global one; what does not travel of it is as it was before the first round.
  func model(_ kept: [Float], _ model: [Float], _ shared: SharedPart) -> [Float]

  /// Trains what the client keeps before its part in the round.
  func prepare<M: Model>(_ client: inout ClientRound<M>, on examples: Examples)
  /// Whether what the client keeps is trained in step with its part in the round.
  var stepsAlong: Bool { get }
  /// One step of what the client keeps, beside one of the local model.
  ///
  /// - Parameters:
  ///   - parameters: of the local model, before its step.
  ///   - gradient: as in `CompanionStep`.
  func step(
    _ kept: UnsafeMutableBufferPointer<Float>, along parameters: UnsafePointer<Float>, rate: Float,
    _ gradient: (UnsafePointer<Float>) -> UnsafePointer<Float>)
  /// Trains what the client keeps after its part in the round.
  func train<M: Model>(_ client: inout ClientRound<M>, on examples: Examples)

  /// How the global model becomes that of a phone which has kept nothing, such as one that was never
  /// drawn: by training on its own past.
  func tuning(_ local: LocalConfiguration) -> PersonalTuning

  /// Refuses what does not go with the rest of the experiment, with a key path.
  func validate(_ configuration: Configuration) throws(SettingError)
}

/// Training that makes the global model a personal one.
package struct PersonalTuning: Equatable, Sendable {
  package var work: LocalWork
  /// Of the local steps.
  package var learningRate: Double
  /// Weight of the distance to the global model.
  package var proximal = 0.0
  /// Of the result; the rest is that of the global model.
  package var weight = 1.0

  package init(
    _ work: LocalWork, learningRate: Double, proximal: Double = 0, weight: Double = 1
  ) {
    self.work = work
    self.learningRate = learningRate
    self.proximal = proximal
    self.weight = weight
  }

  /// How often the global model is tuned, and may be taken as it is then.
  package var passes: Int {
    switch work {
    case .epochs(let passes): passes
    case .steps: 1
    }
  }

  /// One of those times.
  package var pass: LocalWork {
    switch work {
    case .epochs: .epochs(1)
    case .steps: work
    }
  }
}

extension Personalisation {
  package var keepsPartLocal: Bool { false }
  package var movesLocalPart: Bool { false }
  package var stepsAlong: Bool { false }

  package func kept(_ shared: SharedPart) -> ParameterLayout {
    var layout = ParameterLayout()
    if keepsPartLocal { layout.append("local", shared.localCount) }
    return layout
  }

  package func first(of model: [Float], _ shared: SharedPart) -> [Float] {
    keepsPartLocal ? shared.localPart(of: model) : model
  }

  package func model(_ kept: [Float], _ model: [Float], _ shared: SharedPart) -> [Float] {
    guard keepsPartLocal else { return kept }
    var own = model
    shared.scatterLocal(kept, into: &own)
    return own
  }

  package func prepare<M: Model>(_ client: inout ClientRound<M>, on examples: Examples) {}

  package func step(
    _ kept: UnsafeMutableBufferPointer<Float>, along parameters: UnsafePointer<Float>, rate: Float,
    _ gradient: (UnsafePointer<Float>) -> UnsafePointer<Float>
  ) {}

  package func train<M: Model>(_ client: inout ClientRound<M>, on examples: Examples) {}

  package func validate(_ configuration: Configuration) throws(SettingError) {}
}
