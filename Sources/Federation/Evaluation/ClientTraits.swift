import UsageData

/// What sets a client apart from others; splits evaluations into segments.
package struct ClientTraits: Equatable, Sendable, Codable {
  /// Index into `Archetype.all`; nil for people who were not made up.
  package let archetype: Int?
  /// Over the client's whole log.
  package let unlocks: Int
  /// Days from the first unlock to the last lock, each begun day counted.
  package let days: Int

  /// - Parameter archetype: of a synthetic client.
  package init(archetype: Int?, history: ClientHistory) {
    let span = history.sessions.first.map { first in
      history.sessions.reduce(first.end) { max($0, $1.end) } - first.start
    }
    self.archetype = archetype
    unlocks = history.sessions.count
    days = max(1, Int(((span ?? 0) + LocalClock.day - 1) / LocalClock.day))
  }

  /// Of a client of another program.
  static let unknown = ClientTraits()

  private init() { (archetype, unlocks, days) = (nil, 0, 1) }

  /// Traits as they came over the wire; nil when nobody can have them.
  package init?(archetype: Int?, unlocks: Int, days: Int) {
    guard archetype.map(Archetype.all.indices.contains) ?? true, unlocks >= 0, days > 0 else {
      return nil
    }
    self.archetype = archetype
    self.unlocks = unlocks
    self.days = days
  }

  package var unlocksPerDay: Double { Double(unlocks) / Double(days) }
}
