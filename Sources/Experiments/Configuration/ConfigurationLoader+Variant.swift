import Federation
import Yams

/// Keys that one variant of a group has and another has not.
extension ConfigurationLoader {
  /// What groups call the key that says which variant; people take one for the other.
  static let wordsForNames: Set<String> = [
    "name", "kind", "method", "mechanism", "protocol", "type",
  ]

  /// Takes out what the file says of the variant that another name replaces, and what the new one has not.
  ///
  /// What was typed, or is set by a sweep, stays, and is refused where it means nothing.
  ///
  /// - Parameters:
  ///   - keyPath: what was set, of the name of a variant or of anything else.
  ///   - before: what the user gave before it was set.
  mutating func dropKeysOfVariant(replacedAt keyPath: String, before: Node) {
    guard let group = Configuration.variantGroups.first(where: { $0.nameKey == keyPath }),
      let new = Self.node(at: keyPath, in: user)?.string, group.names.contains(new),
      let given = Self.node(at: group.path, in: before)?.mapping
    else { return }
    let old = Self.node(at: keyPath, in: before)?.string ?? group.standardName
    // The standard variant has nothing of what the others share.
    let own = group.ownKeys(of: new) + (new == group.standardName ? [] : group.sharedKeys)
    let replaced = group.ownKeys(of: old) + group.sharedKeys
    for key in given.keys.compactMap({ $0.scalar?.string })
    where replaced.contains(key) && !own.contains(key) {
      let path = "\(group.path).\(key)"
      if override(of: path) == nil { remove(path) }
    }
  }

  /// Says of which variants a key of a group is, where it is one of another than that which was named.
  func refuseKeyOfAnotherVariant(_ key: String, in path: String) throws {
    guard let group = Configuration.variantGroups.first(where: { $0.path == path }),
      let row = group.keys.first(where: { $0.name == key && !$0.variants.isEmpty })
    else { return }
    let given = Self.node(at: group.nameKey, in: user)
    // A name that is none is what went wrong.
    if let given { _ = try value(given, at: group.nameKey) }
    let name = given?.string ?? group.standardName
    guard group.names.contains(name) else { return }
    let owners = row.variants.map { $0.name }
    let list =
      owners.count < 2
      ? owners.joined() : owners.dropLast().joined(separator: ", ") + " and " + (owners.last ?? "")
    // Who wants the other half of the comparison has no such key for it.
    let share = Self.node(at: row.path, in: user)?.float ?? 0
    let value = share > 0 && share <= 1 ? share : 0.5
    let isPartialWork = row.path == "algorithm.partial_work" && name == group.standardName
    let twin =
      isPartialWork
      ? " (FedAvg that keeps partial work is {name: fedprox, mu: 0, partial_work: \(value)})"
      : ""
    throw ExperimentError(
      .invalidConfiguration,
      "\(place(of: row.path)): \(row.path) is a key of \(list), not of \(name); remove it or take "
        + "\(owners.count < 2 ? "that" : "one of those") as \(group.nameKey)\(twin).")
  }

  /// The keys of a group that has variants, given what a step of a sweep sets, and the end of a sentence
  /// that names them; nil for another group.
  func keysOfVariant(
    in path: String, setting names: [String: String] = [:]
  ) throws -> (keys: [String], advice: String)? {
    guard let group = Configuration.variantGroups.first(where: { $0.path == path }) else {
      return nil
    }
    let given = names[group.nameKey] ?? Self.node(at: group.nameKey, in: user)?.string
    let name = given.flatMap { group.names.contains($0) ? $0 : nil } ?? group.standardName
    let variant = try ConfigurationVariant.named { key in
      key == group.nameKey ? name : Self.node(at: key, in: user)?.string
    }
    let keys = variant.groups[path] ?? []
    return (
      keys.isEmpty ? [group.nameKey.split(separator: ".").last.map(String.init) ?? ""] : keys,
      "the keys of \(name) are \(keys.joined(separator: ", "))"
    )
  }
}

extension VariantSlot {
  /// Names of the keys that the variant of this name has, alone or with some others.
  fileprivate func ownKeys(of name: String) -> [String] {
    keys.filter { $0.variants.contains { $0.name == name } }.map(\.name)
  }
}
