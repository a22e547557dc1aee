import Federation
import Foundation
import Yams

/// Configurations as trees of YAML nodes with snake_case keys, and back.
package enum ConfigurationTree {
  /// The keys of every group by its key path, in order; the whole file has the path "".
  static func groups(of node: Node, below path: String = "") -> [String: [String]] {
    guard let mapping = node.mapping else { return [:] }
    let keys: [String] = mapping.compactMap { $0.key.scalar?.string }
    return mapping.reduce(into: [path: keys]) { groups, pair in
      let inner = (path.isEmpty ? "" : "\(path).") + (pair.key.scalar?.string ?? "")
      groups.merge(self.groups(of: pair.value, below: inner)) { first, _ in first }
    }
  }

  /// The nodes of all keys by key path.
  static func values(of node: Node, below path: String = "") -> [String: Node] {
    guard let mapping = node.mapping else { return [path: node] }
    return mapping.reduce(into: [:]) { values, pair in
      let inner = (path.isEmpty ? "" : "\(path).") + (pair.key.scalar?.string ?? "")
      values.merge(self.values(of: pair.value, below: inner)) { first, _ in first }
    }
  }

  /// The resolved experiment file: every key there is, in a fixed order.
  package static func text(of configuration: Configuration) throws -> String {
    let whole = try node(from: configuration)
    // Where workers are is no part of an experiment: its manifest says it.
    let tree = WorkerPlacement.keyPaths.reduce(whole) { tree, keyPath in
      without(keyPath.split(separator: ".").map(String.init)[...], tree)
    }
    return try Yams.serialize(node: withoutUnused(tree))
  }

  /// Keys and groups that are written where they are used alone: they change no result, and a file
  /// without them stays the file that it was before there were such keys.
  private static let unwritten =
    [
      "privacy.ledger", "privacy.ledger_people", "privacy.ledger_budget", "training.local.steps",
      "training.stop", "evaluation.keep_best", "training.local.beta1", "training.local.beta2",
      "training.local.epsilon", "model.parameters", "workers.program",
    ] + Configuration.variantGroups.filter { !$0.isAlwaysWritten }.map(\.path)

  static func withoutUnused(_ tree: Node) -> Node {
    unwritten.reduce(tree) { tree, keyPath in
      let keys = keyPath.split(separator: ".").map(String.init)
      guard let own = keys.reduce(Optional(tree), { $0?.child($1) }) else { return tree }
      let isUsed = settings(of: own, below: keyPath).contains { path, value in
        let standard = Configuration.key(path)?.value(Configuration()).description
        // A number may be written in two ways: 0 and 0.0.
        let isEqual = standard.flatMap(Double.init).map { Double(value) == $0 } ?? false
        return value != standard && !isEqual
      }
      return isUsed ? tree : without(keys[...], tree)
    }
  }

  private static func without(_ keys: ArraySlice<String>, _ tree: Node) -> Node {
    guard let key = keys.first else { return tree }
    let rest = keys.dropFirst()
    return tree.replacing(key, with: rest.isEmpty ? nil : tree.child(key).map { without(rest, $0) })
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
