import ArgumentParser
import Experiments
import Report
import UsageLog

/// Which runs and sweeps are listed.
struct RunFilter {
  static let states = [
    "running", "finished", "interrupted", "failed", "killed", "stopped", "damaged",
  ]

  private let name: String?
  private let status: String?
  private let tags: [String]
  private let settings: [(key: String, value: String)]

  /// - Parameter settings: each `KEY=VALUE`.
  init(name: String?, status: String?, tags: [String], settings: [String]) {
    self.name = name
    self.status = status
    self.tags = tags
    self.settings = settings.map { setting in
      let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
    }
  }

  var isEmpty: Bool { name == nil && status == nil && tags.isEmpty && settings.isEmpty }

  func keeps(_ run: RunList.Entry, _ own: Settings) -> Bool {
    keeps(name: run.name, state: run.state, tags: run.tags)
      && settings.allSatisfy { wanted in
        own.keys.contains {
          Self.isMeant($0, by: wanted.key) && Self.isEqual(own[$0], wanted.value)
        }
      }
  }

  /// A sweep has no single value of a setting; its runs have.
  func keeps(_ sweep: SweepList.Entry) -> Bool {
    settings.isEmpty && keeps(name: sweep.name, state: sweep.state, tags: sweep.tags)
  }

  private func keeps(name: String, state: String, tags: [String]) -> Bool {
    (self.name.map { $0 == name } ?? true) && (status.map { $0 == state } ?? true)
      && self.tags.allSatisfy(tags.contains)
  }

  /// Throws for a key that no run has, with the nearest one.
  func requireKnownKeys(in runs: ListedRuns) throws {
    let known = runs.keys
    guard !known.isEmpty else { return }
    for (key, _) in settings where !known.contains(where: { Self.isMeant($0, by: key) }) {
      let nearest = known.sorted().min { editDistance(key, $0) < editDistance(key, $1) } ?? ""
      throw ValidationError("--where \(key): no run has this key; the nearest is '\(nearest)'.")
    }
  }

  /// Whether a key is the one a person wrote: its path, or the last words of it.
  private static func isMeant(_ key: String, by wanted: String) -> Bool {
    key == wanted || key.hasSuffix(".\(wanted)")
  }

  private static func isEqual(_ value: String?, _ wanted: String) -> Bool {
    guard let value else { return false }
    let (one, other) = (KeyLabel.plain(value), KeyLabel.plain(wanted))
    if one == other { return true }
    guard let left = Double(one), let right = Double(other) else { return false }
    return left == right
  }
}
