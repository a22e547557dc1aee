/// Dense numbers 0, 1, 2, … for the apps of one client, in order of first appearance.
struct AppSlots: Sendable {
  /// By slot: the app's id in the population's catalogue.
  private(set) var apps: [Int32] = []
  /// By app id: its slot, or -1.
  private var slots: [Int32] = []

  var count: Int { apps.count }

  /// The app's slot, or -1 when it has none yet.
  @inline(__always)
  func slot(of app: Int32) -> Int {
    app < slots.count ? Int(slots[Int(app)]) : -1
  }

  /// The app's slot, a new one if it has none.
  mutating func insert(_ app: Int32) -> Int {
    precondition(app >= 0, "an app id is 0 or more")
    let known = slot(of: app)
    if known >= 0 { return known }
    if app >= slots.count {
      slots.append(contentsOf: repeatElement(-1, count: Int(app) + 1 - slots.count))
    }
    slots[Int(app)] = Int32(apps.count)
    apps.append(app)
    return apps.count - 1
  }

  /// Forgets every app and keeps the memory.
  mutating func removeAll() {
    for app in apps { slots[Int(app)] = -1 }
    apps.removeAll(keepingCapacity: true)
  }
}
