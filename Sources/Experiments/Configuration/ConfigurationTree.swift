import Federation
import Foundation
import Privacy
import SecureAggregation
import UsageData
import Yams

/// Configurations as trees of YAML nodes with snake_case keys, and back.
package enum ConfigurationTree {
  /// Every key with its default.
  static func defaults() throws -> Node { try node(from: Configuration()) }

  /// The resolved experiment file: every key there is, in a fixed order.
  package static func text(of configuration: Configuration) throws -> String {
    try Yams.serialize(node: node(from: configuration))
  }

  static func configuration(from node: Node) throws -> Configuration {
    try YAMLDecoder().decode(Configuration.self, from: renamed(node, by: camelCase))
  }

  static func node(from configuration: Configuration) throws -> Node {
    let empty = Node([(Node, Node)]())
    let ordered = try Yams.compose(yaml: YAMLEncoder().encode(configuration)) ?? empty
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .fedsim
    let json = String(decoding: try encoder.encode(configuration), as: UTF8.self)
    let exact = try Yams.compose(yaml: json) ?? empty
    return renamed(withNumbers(of: exact, in: ordered), by: snakeCase)
  }

  /// Every value of a tree by its key path, in order.
  static func settings(of node: Node, below path: String = "") -> [(keyPath: String, value: String)]
  {
    guard let mapping = node.mapping else { return [(path, node.string ?? "")] }
    return mapping.flatMap { key, value in
      settings(of: value, below: (path.isEmpty ? "" : "\(path).") + (key.string ?? ""))
    }
  }

  /// The same tree with every digit of its floats.
  ///
  /// Yams keeps the order of keys and rounds floats; JSON, which is YAML too, has all digits and no
  /// order.
  private static func withNumbers(of exact: Node, in node: Node) -> Node {
    guard let mapping = node.mapping else {
      guard node.tag == Tag(.float), let digits = exact.scalar?.string else { return node }
      return Node(digits, Tag(.float))
    }
    return Node(
      mapping.map { key, value in
        (key, key.string.flatMap { exact[$0] }.map { withNumbers(of: $0, in: value) } ?? value)
      })
  }

  private static func renamed(_ node: Node, by rename: (String) -> String) -> Node {
    guard let mapping = node.mapping else {
      // The encoder writes 0.1 as 1e-1; people do not.
      guard node.tag == Tag(.float), let number = node.scalar.flatMap({ Double($0.string) }) else {
        return node
      }
      return Node(number == .infinity ? ".inf" : "\(number)", Tag(.float))
    }
    return Node(
      mapping.map { (Node(rename($0.key.string ?? "")), renamed($0.value, by: rename)) })
  }

  /// Keys whose values are words from a list.
  static let choices: [String: [String]] = [
    "task": PredictionTask.allCases.map(\.rawValue),
    "population.source": PopulationConfiguration.Source.allCases.map(\.rawValue),
    "population.preset": PopulationPreset.allCases.map(\.rawValue),
    "population.drift.preset": PopulationPreset.allCases.map(\.rawValue),
    "model.kind": ModelConfiguration.Kind.allCases.map(\.rawValue),
    "algorithm.name": AlgorithmConfiguration.Name.allCases.map(\.rawValue),
    "training.sampling": TrainingConfiguration.Sampling.allCases.map(\.rawValue),
    "training.weighting": TrainingConfiguration.Weighting.allCases.map(\.rawValue),
    "training.local.optimizer": LocalConfiguration.Optimizer.allCases.map(\.rawValue),
    "training.server.optimizer": ServerConfiguration.Optimizer.allCases.map(\.rawValue),
    "lifecycle.monitor.reference": MonitorConfiguration.Reference.allCases.map(\.rawValue),
    "privacy.mechanism": PrivacyConfiguration.Mechanism.allCases.map(\.rawValue),
    "privacy.clipping": PrivacyConfiguration.ClippingRule.allCases.map(\.rawValue),
    "privacy.accountant": Accountant.allCases.map(\.rawValue),
    "privacy.randomness": PrivacyConfiguration.Randomness.allCases.map(\.rawValue),
    "secure_aggregation.protocol": SecureAggregationConfiguration.Kind.allCases.map(\.rawValue),
    "secure_aggregation.adversary": Adversary.allCases.map(\.rawValue),
  ]

  /// What a value of this type looks like to a person, or one of the same type as the default.
  static func description(of type: Any.Type?, default standard: Node?) -> String {
    switch type {
    case is Int.Type: "a whole number"
    case is UInt64.Type: "a whole number of at least 0"
    case is Double.Type: "a number"
    case is Bool.Type: "true or false"
    case is String.Type: "a text"
    default:
      switch standard?.tag {
      case Tag(.int): "a whole number"
      case Tag(.float): "a number"
      case Tag(.bool): "true or false"
      case Tag(.str): "a text"
      default: "of another type"
      }
    }
  }
}

/// A name of ours as it is written in files: cohortSize becomes cohort_size.
func snakeCase(_ name: String) -> String {
  name.reduce(into: "") { result, character in
    result += character.isUppercase ? "_\(character.lowercased())" : String(character)
  }
}

/// A key of a file as a name of ours: cohort_size becomes cohortSize.
func camelCase(_ name: String) -> String {
  let words = name.split(separator: "_")
  guard let first = words.first else { return name }
  return words.dropFirst().reduce(String(first)) { $0 + $1.prefix(1).uppercased() + $1.dropFirst() }
}
