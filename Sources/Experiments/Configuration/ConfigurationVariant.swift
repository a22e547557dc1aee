import Federation
import Synchronization
import Yams

/// The keys of an experiment and their defaults, given its algorithm: each algorithm has keys of its own.
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

  /// Of the algorithm of this name; of FedAvg where there is none.
  static func of(algorithm name: String?) throws -> ConfigurationVariant {
    let algorithm = name.flatMap(AlgorithmConfiguration.init(named:)) ?? AlgorithmConfiguration()
    if let variant = known.withLock({ $0[algorithm.name] }) { return variant }
    var configuration = Configuration()
    configuration.algorithm = algorithm
    let variant = ConfigurationVariant(try ConfigurationTree.node(from: configuration))
    known.withLock { $0[algorithm.name] = variant }
    return variant
  }

  /// Every key that some experiment may have.
  static func everything() throws -> Node {
    let defaults = try of(algorithm: nil).defaults
    let keys = Configuration.keys.filter { $0.path.hasPrefix("algorithm.") }
    return defaults.replacing(
      "algorithm",
      with: Node(keys.map { (Node(String($0.path.dropFirst("algorithm.".count))), Node("null")) }))
  }
}
