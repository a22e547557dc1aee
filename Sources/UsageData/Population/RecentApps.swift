/// The last three different apps of a client, by slot; -1 where there is none yet.
struct RecentApps: Sendable {
  /// The app opened last.
  private(set) var current = -1
  private(set) var previous = -1
  private(set) var beforePrevious = -1

  mutating func observe(_ slot: Int) {
    guard slot != current else { return }
    if slot != previous { beforePrevious = previous }
    previous = current
    current = slot
  }
}
