import Federation
import Synchronization
import Yams

/// The keys of an experiment and their defaults, given its variants: each has keys of its own.
///
/// Trees of Yams are values, though they do not say that they may be shared.
struct ConfigurationVariant: @unchecked Sendable {
  let defaults: Node
  /// The keys of every group by its key path, in order; the whole file has the path "".
  let groups: [String: [String]]
  let values: [String: Node]

  private init(_ defaults: Node) {
    self.defaults = defaults
    groups = ConfigurationTree.groups(of: defaults)
    values = ConfigurationTree.values(of: defaults)
  }

  private static let known = Mutex<[String: ConfigurationVariant]>([:])

  /// Of the variants whose names lie under these key paths; of the standard ones where nothing does, or
  /// no name of a variant.
  static func named(_ name: (_ keyPath: String) -> String?) throws -> ConfigurationVariant {
    var configuration = Configuration()
    for group in Configuration.variantGroups {
      if let name = name(group.nameKey) { group.choose(name, in: &configuration) }
    }
    let names = Configuration.variantGroups.map { $0.name(in: configuration) }
      .joined(separator: " ")
    if let variant = known.withLock({ $0[names] }) { return variant }
    let variant = ConfigurationVariant(try ConfigurationTree.node(from: configuration))
    known.withLock { $0[names] = variant }
    return variant
  }

  /// Every key that some experiment may have.
  static func everything() throws -> Node {
    try Configuration.variantGroups.reduce(named { _ in nil }.defaults) { tree, group in
      let names = group.keys.map { String($0.path.dropFirst(group.path.count + 1)) }
      return tree.replacing(group.path, with: Node(names.map { (Node($0), Node("null")) }))
    }
  }
}
