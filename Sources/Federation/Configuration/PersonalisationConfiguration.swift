import Models
import Tables

/// How phones get models of their own: a variant, with the keys of that method alone.
package enum PersonalisationGroup: VariantGroup {
  /// Every method there is: a new one is one file and its name here.
  package static let all: [any Personalisation.Type] = [
    FineTune.self, FedPer.self, FedRep.self, Ditto.self, APFL.self,
  ]

  package static let path = "personalisation"
  package static let nameKey = "method"
  package static let meaning =
    "The method of personalisation; each one has keys of its own."
  package static var variants: [any Variant.Type] { all }
  package static let none: String? = "none"
  package static var standard: (any Personalisation)? { nil }
  package typealias Shared = PersonalisationSettings
  package static let sharedKeys: [ConfigurationKey] = [
    .number(
      "personalisation.held_back", .halfOpen(0..<1), \.personalisation.shared.heldBack,
      "Last share of a phone's own past by which it chooses between its own model, the "
        + "shared model and a model of its own past only. 0 always takes its own model."
    ),
    .optionalText(
      "personalisation.local", longest: 1_000, \.personalisation.shared.local,
      "Parameters that stay on each phone, such as `output` or `output.bias, lstm` (fedper, "
        + "fedrep). If left out, the model's last layer."),
  ]
  package static var choice: any WritableKeyPath<Configuration, VariantChoice<Self>> & Sendable {
    \.personalisation
  }
}

/// What all methods share.
package struct PersonalisationSettings: SharedSettings {
  package var heldBack = 0.4
  package var local = Setting<String>()

  package init() {}
}

package typealias PersonalisationConfiguration = VariantChoice<PersonalisationGroup>

extension VariantChoice where Group == PersonalisationGroup {
  package static var all: [any Personalisation.Type] { Group.all }
  /// Nil for none.
  package var method: (any Personalisation)? { value }

  /// Names of the parameters that stay with each phone, as `LocalSlices` knows them.
  func localNames(in model: ParameterLayout) -> [String] {
    shared.local.value.map(LocalSlices.split) ?? LocalSlices.standard(model)
  }
}

extension Configuration {
  /// Refuses personal models that cannot be, or that nobody would see.
  func validatePersonalisation() throws(SettingError) {
    let shared = personalisation.shared
    guard let method = personalisation.method else {
      let key = shared.local.value != nil ? "local" : "held_back"
      try require(
        shared == PersonalisationSettings(), "personalisation.\(key)",
        "has no effect with method: none; remove it or set personalisation.method")
      return
    }
    // A benchmark evaluates nothing, and measures what training costs.
    try require(
      evaluation.every > 0 || population.source == .benchmark, "personalisation.method",
      "has no effect without an evaluation; set evaluation.every above 0")
    try method.validate(self)
    guard method.keepsPartLocal else {
      try require(
        shared.local.value == nil, "personalisation.local",
        "has no effect with personalisation.method: \(personalisation.name), with which the whole model "
          + "travels; take it out")
      return
    }
    let model = makeModel().layout
    let (names, known) = (personalisation.localNames(in: model), LocalSlices.names(in: model))
    for name in names where !known.contains(name) {
      throw SettingError(
        keyPath: "personalisation.local",
        problem: "names '\(PrintableText.excerpt(name, longest: 60))', which model.kind: "
          + "\(self.model.kind.rawValue) does not have; it has \(known.joined(separator: ", "))")
    }
    let part = sharedPart(of: model)
    try require(
      !part.isWhole, "personalisation.local", "names nothing; name a slice or take the key out")
    try require(
      part.layout.count > 0, "personalisation.local",
      "names all of the model, so that nothing would travel; leave something out")
  }
}
