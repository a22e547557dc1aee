import LinearAlgebra
import Models
import Privacy

/// What hostile clients do in a training round.
///
/// An attack changes what a hostile phone trains on or what it reports, or, knowing the honest updates of
/// the round, replaces what it sent. The value holds the settings. One file each in this folder, registered
/// in `AttackGroup.all`.
package protocol Attack: Variant where Group == AttackGroup {
  /// What the attacker must know.
  static var knowledge: AttackKnowledge { get }
  /// Whether it also changes single numbers that an algorithm asks for beside vectors. They say how the update
  /// is meant: with both reversed a server that divides one by the other, or multiplies, would move as it
  /// should.
  static var altersScalars: Bool { get }
  /// Whether it changes examples, and not what is reported alone.
  static var poisonsExamples: Bool { get }

  /// Refuses what does not go with the rest of the experiment, with a key path.
  func validate(_ configuration: Configuration) throws(SettingError)

  /// Changes the examples that a hostile client trains on.
  func poison(_ examples: inout Examples, _ context: AttackContext)

  /// Changes what a hostile client reports, after training and before clipping: the update and the vectors
  /// beside it, and single numbers as well where `altersScalars`.
  func alter(_ report: UnsafeMutableBufferPointer<Float>, _ context: AttackContext)

  /// What every hostile client sends, given the honest updates of the round in the order of their clients;
  /// nil leaves them as they are. Single numbers of the report are then those of the honest mean.
  ///
  /// - Parameter hostile: clients that send it.
  func forge(honest: [[Double]], hostile: Int) -> [Double]?
}

/// What an attacker knows.
package enum AttackKnowledge: Equatable, Sendable {
  /// The phone that it holds: its data, the model that was sent, and the settings of the experiment.
  case ownData
  /// The update of every honest client of the round as well.
  case honestUpdates
}

extension Attack {
  package static var knowledge: AttackKnowledge { .ownData }
  package static var altersScalars: Bool { false }
  package static var poisonsExamples: Bool { false }

  package func validate(_ configuration: Configuration) throws(SettingError) {}

  package func poison(_ examples: inout Examples, _ context: AttackContext) {}

  package func alter(_ report: UnsafeMutableBufferPointer<Float>, _ context: AttackContext) {}

  package func forge(honest: [[Double]], hostile: Int) -> [Double]? { nil }
}

/// The hostile client and its round.
package struct AttackContext: Sendable {
  package var configuration: Configuration
  package var client: Int
  package var round: Int
  /// Whether the model learns from an example whose target is not among the candidates.
  package var learnsFromUnseenTargets: Bool

  package init(
    _ configuration: Configuration, client: Int, round: Int, learnsFromUnseenTargets: Bool
  ) {
    self.configuration = configuration
    self.client = client
    self.round = round
    self.learnsFromUnseenTargets = learnsFromUnseenTargets
  }

  /// For the draws of this client in this round.
  package func stream() -> RandomStream {
    configuration.stream(.attack, round: round, client: client)
  }
}

/// The attack of an experiment: a variant, with the keys of that attack alone.
package enum AttackGroup: VariantGroup {
  /// Every attack there is: a new one is one file and its name here.
  package static let all: [any Attack.Type] = [
    SignFlip.self, LabelFlip.self, GaussianUpdates.self, NotANumber.self, InnerProduct.self,
    LittleIsEnough.self, ModelReplacement.self, Backdoor.self,
  ]

  package static let path = "attack"
  package static let nameKey = "kind"
  package static let meaning =
    "What hostile clients do; each attack has keys of its own."
  package static var variants: [any Variant.Type] { all }
  package static let none: String? = "none"
  package static var standard: (any Attack)? { nil }
  package static var choice: any WritableKeyPath<Configuration, VariantChoice<Self>> & Sendable {
    \.attack
  }

  package typealias Shared = AttackSettings

  package static let sharedKeys: [ConfigurationKey] = [
    .number(
      "attack.share", .halfOpen(0..<1), \.attack.shared.share,
      "Share of the training clients that are hostile; the same clients in every round."
    ),
    .flag(
      "attack.ignores_clip", \.attack.shared.ignoresClip,
      "Whether hostile clients send updates that are not clipped to the round's bound, "
        + "and, where clients weight themselves (geometric_median behind secure aggregation), "
        + "take more weight than they should."
    ),
    .integer(
      "attack.from_round", 1...1_000_000, unit: "rounds", \.attack.shared.fromRound,
      "First round of the attack. Before it hostile clients behave like all others."),
  ]
}

/// What all attacks have.
package struct AttackSettings: SharedSettings {
  /// Of the clients that may train.
  package var share = 0.1
  package var ignoresClip = true
  package var fromRound = 1

  package init() {}
}

package typealias AttackConfiguration = VariantChoice<AttackGroup>

extension VariantChoice where Group == AttackGroup {
  package static var all: [any Attack.Type] { Group.all }
  /// Nil for none.
  package var attack: (any Attack)? { value }
  /// What hostile clients must know; nil for none.
  package var knowledge: AttackKnowledge? { value.map { type(of: $0).knowledge } }
}
