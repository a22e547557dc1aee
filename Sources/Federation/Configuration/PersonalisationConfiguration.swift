/// How phones get models of their own: a variant, with the keys of that method alone.
package enum PersonalisationGroup: VariantGroup {
  /// Every method there is: a new one is one file and its name here.
  package static let all: [any Personalisation.Type] = [FineTune.self, Ditto.self]

  package static let path = "personalisation"
  package static let nameKey = "method"
  package static let meaning =
    "How phones get models of their own; each method has keys of its own."
  package static var variants: [any Variant.Type] { all }
  package static let none: String? = "none"
  package static var standard: (any Personalisation)? { nil }
  package static var choice: any WritableKeyPath<Configuration, VariantChoice<Self>> & Sendable {
    \.personalisation
  }
}

package typealias PersonalisationConfiguration = VariantChoice<PersonalisationGroup>

extension VariantChoice where Group == PersonalisationGroup {
  package static var all: [any Personalisation.Type] { Group.all }
  /// Nil for none.
  package var method: (any Personalisation)? { value }
}
