import Federation
import Synchronization
import Yams

/// The keys of an experiment and their defaults, given its algorithm and how it makes personal models:
/// each has keys of its own.
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

  /// Of what these names say; of FedAvg without personal models where they say nothing.
  static func of(algorithm: String?, method: String?) throws -> ConfigurationVariant {
    var configuration = Configuration()
    configuration.algorithm =
      algorithm.flatMap(AlgorithmConfiguration.init(named:)) ?? AlgorithmConfiguration()
    configuration.personalisation =
      method.flatMap(PersonalisationConfiguration.init(named:)) ?? PersonalisationConfiguration()
    let name = "\(configuration.algorithm.name) \(configuration.personalisation.name)"
    if let variant = known.withLock({ $0[name] }) { return variant }
    let variant = ConfigurationVariant(try ConfigurationTree.node(from: configuration))
    known.withLock { $0[name] = variant }
    return variant
  }

  /// Every key that some experiment may have.
  static func everything() throws -> Node {
    try ["algorithm", "personalisation"].reduce(of(algorithm: nil, method: nil).defaults) {
      tree, group in
      let keys = Configuration.keys.map(\.path).filter { $0.hasPrefix("\(group).") }
      return tree.replacing(
        group, with: Node(keys.map { (Node(String($0.dropFirst(group.count + 1))), Node("null")) }))
    }
  }
}
