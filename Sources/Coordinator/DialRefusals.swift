/// Connections that were refused, told of once a minute and kind.
struct DialRefusals: Sendable {
  enum Kind: Int, CaseIterable, Sendable {
    case silent, unfinished, rubbish, unknown, wrong, used

    var description: String {
      switch self {
      case .silent: "sent nothing"
      case .unfinished: "did not finish a first frame"
      case .rubbish: "sent no first frame of a worker"
      case .unknown: "named a key that no worker was given"
      case .wrong: "did not have the key that they named"
      case .used: "named a key that was used before"
      }
    }
  }

  private struct Count: Sendable {
    var waiting = 0
    var all = 0
    var peer = ""
    var last: ContinuousClock.Instant?
  }

  private static let interval = Duration.seconds(60)
  private var counts = [Count](repeating: Count(), count: Kind.allCases.count)

  mutating func add(_ kind: Kind, from peer: String) {
    counts[kind.rawValue].waiting += 1
    counts[kind.rawValue].all += 1
    counts[kind.rawValue].peer = peer
  }

  /// When there is something to tell; nil when there is nothing.
  var nextReport: ContinuousClock.Instant? {
    counts.filter { $0.waiting > 0 }.map { $0.last.map { $0 + Self.interval } ?? .now }.min()
  }

  /// What was refused and not told of.
  ///
  /// - Parameter all: also what was told of less than a minute ago.
  mutating func sentences(all: Bool) -> [String] {
    let now = ContinuousClock.now
    return Kind.allCases.compactMap { kind in
      var count = counts[kind.rawValue]
      guard count.waiting > 0, all || count.last.map({ now - $0 >= Self.interval }) ?? true else {
        return nil
      }
      let connections = count.waiting == 1 ? "1 connection" : "\(count.waiting) connections"
      let total = count.all > count.waiting ? ", \(count.all) in all" : ""
      let sentence =
        "Refused \(connections)\(total), from \(count.peer), that \(kind.description); workers go on."
      (count.waiting, count.last) = (0, now)
      counts[kind.rawValue] = count
      return sentence
    }
  }
}
