import Experiments
import Federation

/// What a shell offers where neither files nor words of a list are meant.
enum Completion {
  /// Keys and groups of an experiment.
  @Sendable static func keys(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
    let all = Configuration.keys.map(\.path)
    let groups = Set(all.flatMap(groups))
    return (groups + all).filter { $0.hasPrefix(prefix) }.sorted()
  }

  /// `--set` takes a key and its value.
  @Sendable static func settings(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
    Configuration.keys.map(\.path).filter { $0.hasPrefix(prefix) }.map { "\($0)=" }
  }

  /// `training` and `training.local` of `training.local.epochs`.
  private static func groups(of path: String) -> [String] {
    let parts = path.split(separator: ".")
    return (1..<max(1, parts.count)).map { parts.prefix($0).joined(separator: ".") }
  }
}
