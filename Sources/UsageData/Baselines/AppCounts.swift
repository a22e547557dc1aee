/// How often each app of one client occurred.
struct AppCounts: Sendable {
  private var slots = AppSlots()
  private var counts: [Int] = []
  private var total = 0

  mutating func add(_ app: Int32) {
    let slot = slots.insert(app)
    if slot == counts.count { counts.append(0) }
    counts[slot] += 1
    total += 1
  }

  func count(of app: Int32) -> Int {
    let slot = slots.slot(of: app)
    return slot < 0 ? 0 : counts[slot]
  }

  /// Smoothed share, positive for an app never seen (half an occurrence each) and below 1.
  func share(of app: Int32) -> Float {
    (Float(count(of: app)) + 0.5) / (Float(total) + 0.5 * Float(counts.count + 1))
  }
}
