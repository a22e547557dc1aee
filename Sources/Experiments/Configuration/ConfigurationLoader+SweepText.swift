import Yams

/// The `sweep` group as text and as a tree: one key path for every value.
extension ConfigurationLoader {
  /// Keys whose values are paths.
  static let paths = [
    "population.path", "population.seal_key_file", "population.vocabulary_file", "privacy.ledger",
  ]

  /// The whole sweep as a file that stands on its own, with every default filled in.
  func sweepText() throws -> String {
    var single = self
    single.remove("sweep")
    var whole = try single.merged()
    for keyPath in Self.paths {
      guard let file = Self.node(at: keyPath, in: whole), file.tag != Tag(.null) else { continue }
      let keys = keyPath.split(separator: ".").map(String.init)
      whole[keys[0]]?[keys[1]] = Node(absolutePath(of: file.string ?? "", at: keyPath))
    }
    whole = ConfigurationTree.withoutUnused(whole)
    whole["sweep"] = user["sweep"].map(withAbsolutePaths)
    return try Yams.serialize(node: whole)
  }

  private func withAbsolutePaths(_ group: Node) -> Node {
    guard let mapping = group.mapping else { return group }
    return Node(
      mapping.map { key, value in
        // Of random search the path has a word before it.
        let prefix = Self.isOfRandomSearch(key.string) ? "random." : ""
        guard let keyPath = (key.string?.dropFirst(prefix.count)).map(String.init),
          Self.paths.contains(keyPath)
        else {
          return (key, withAbsolutePaths(value))
        }
        let paths = (value.sequence.map(Array.init) ?? [value]).map {
          $0.tag == Tag(.null) ? $0 : Node(absolutePath(of: $0.string ?? "", at: keyPath))
        }
        return (key, value.sequence == nil ? paths[0] : Node(paths))
      })
  }

  // MARK: - Nested keys

  /// Writes nested groups of the sweep as key paths, so that a value has one place.
  mutating func normalizeSweep() throws {
    guard let sweep = user["sweep"]?.mapping else { return }
    var flat: [(Node, Node)] = []
    for (key, value) in sweep {
      switch key.string {
      case "paired": flat.append((key, try flattened(value)))
      case "variants":
        let variants = try value.mapping?.map { ($0, try flattened($1)) }
        flat.append((key, variants.map { group($0, value.mark) } ?? value))
      default: flat += try keyPaths(key, value, below: "")
      }
    }
    user["sweep"] = try unique(flat, sweep.mark)
  }

  private func flattened(_ node: Node) throws -> Node {
    guard let group = node.mapping else { return node }
    return try unique(group.flatMap { try keyPaths($0, $1, below: "") }, group.mark)
  }

  private func keyPaths(_ key: Node, _ value: Node, below path: String) throws -> [(Node, Node)] {
    let keyPath = path + (key.string ?? "")
    guard let group = value.mapping else {
      return [(.scalar(Node.Scalar(keyPath, .implicit, .any, key.mark)), value)]
    }
    return try group.flatMap { try keyPaths($0, $1, below: "\(keyPath).") }
  }

  private func group(_ pairs: [(Node, Node)], _ mark: Mark?) -> Node {
    .mapping(Node.Mapping(pairs, .implicit, .block, mark))
  }

  private func unique(_ pairs: [(Node, Node)], _ mark: Mark?) throws -> Node {
    var seen = Set<String>()
    for (key, value) in pairs where !seen.insert(key.string ?? "").inserted {
      throw wrong("sweep.\(key.string ?? "")", value, "is given twice")
    }
    return group(pairs, mark)
  }

  /// The keys under which `--set sweep.…` finds a value: `sweep`, then one key path.
  func sweepKeys(_ keys: [String]) -> [String] {
    guard keys.first == "sweep", keys.count > 1 else { return keys }
    let groups = ["paired": 2, "variants": 3][keys[1]] ?? 1
    let path = keys.dropFirst(groups).joined(separator: ".")
    return keys.prefix(groups) + (path.isEmpty ? [] : [path])
  }
}
