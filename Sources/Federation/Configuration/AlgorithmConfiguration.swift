/// How updates become a new model: a variant, with the keys of that algorithm alone.
package enum AlgorithmGroup: VariantGroup {
  /// Every algorithm there is: a new one is one file and its name here.
  package static let all: [any Algorithm.Type] = [
    FedAvg.self, FedProx.self, Scaffold.self, FedDyn.self, FedNova.self, MimeLite.self,
    QFedAvg.self,
  ]

  package static let path = "algorithm"
  package static let nameKey = "name"
  package static let meaning =
    "The federated algorithm; each one has keys of its own."
  package static var variants: [any Variant.Type] { all }
  package static var standard: any Algorithm { FedAvg() }
  package static let isAlwaysWritten = true
  package static var choice: any WritableKeyPath<Configuration, VariantChoice<Self>> & Sendable {
    \.algorithm
  }
}

package typealias AlgorithmConfiguration = VariantChoice<AlgorithmGroup>

extension VariantChoice where Group == AlgorithmGroup {
  package static var all: [any Algorithm.Type] { Group.all }
  package var algorithm: any Algorithm { value }
}
