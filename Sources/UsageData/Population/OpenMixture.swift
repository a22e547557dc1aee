import Glibc
import LinearAlgebra

/// The distribution of the next app that a client opens, as a mixture.
///
/// Histories are drawn from it and the ceiling states its probabilities: nothing else describes
/// what a client opens. Which of its sources fires is what the phone cannot see.
struct OpenMixture: Sendable {
  private enum Source {
    case app(slot: Int)
    case table(Int)
    case preferences
  }

  /// Weights sum to 1.
  private var sources: [(weight: Double, source: Source)] = []

  /// Becomes the distribution of the first app after an unlock.
  ///
  /// `gap` is in seconds since the last lock; `preferences` stand at the unlock.
  mutating func setFirstOpen(
    of client: ClientProfile, preferences: AppPreferences, recent: RecentApps,
    at time: Int64, gap: Int64, context: DeviceContext
  ) {
    sources.removeAll(keepingCapacity: true)
    let trigger: Double
    if context.notification >= 0 {
      trigger = client.responsiveness
      add(.app(slot: Int(client.slots[Int(context.notification)])), trigger)
    } else {
      trigger = client.unseenTriggers
      add(.table(ClientProfile.notificationTable), trigger)
    }
    let untriggered = 1 - trigger
    if recent.current >= 0 {
      let halvings = Double(gap) / 1800
      add(.app(slot: recent.current), untriggered * client.stickiness * exp2(-halvings))
    }
    let cell = HabitCell.at(time, place: context.place, routine: client.places)
    add(.table(cell), untriggered * client.habit)
    if let newest = preferences.newest {
      let days = Double(time - newest.time) / Double(LocalClock.day)
      add(.app(slot: newest.slot), untriggered * client.novelty * exp2(-days))
    }
    addRest()
  }

  /// Becomes the distribution of the app that a client goes to from another one.
  mutating func setSwitch(of client: ClientProfile, recent: RecentApps) {
    sources.removeAll(keepingCapacity: true)
    // Two of three returns go to the app just before.
    if recent.previous >= 0 { add(.app(slot: recent.previous), client.returns * 2 / 3) }
    if recent.beforePrevious >= 0 { add(.app(slot: recent.beforePrevious), client.returns / 3) }
    if recent.current < client.regularApps {
      add(.table(ClientProfile.followersTable(of: recent.current)), client.followers)
    }
    addRest()
  }

  /// Draws a slot other than `excluded` (-1 excludes none).
  func draw(
    _ client: ClientProfile, _ preferences: AppPreferences, excluding excluded: Int,
    using stream: inout RandomStream
  ) -> Int {
    while true {
      let slot = draw(client, preferences, using: &stream)
      if slot != excluded { return slot }
    }
  }

  /// Overwrites `probabilities` (by slot) with the distribution, conditional on another slot than
  /// `excluded` (-1 excludes none).
  func state(
    _ client: ClientProfile, _ preferences: AppPreferences, excluding excluded: Int,
    in probabilities: inout [Double]
  ) {
    let own = sources[sources.count - 1].weight
    probabilities.removeAll(keepingCapacity: true)
    for share in preferences.shares { probabilities.append(own * share) }
    for (weight, source) in sources {
      switch source {
      case .app(let slot): probabilities[slot] += weight
      case .table(let table): client.tables.add(table, weight: weight, to: &probabilities)
      case .preferences: break
      }
    }
    guard excluded >= 0 else { return }
    let scale = 1 / (1 - probabilities[excluded])
    probabilities[excluded] = 0
    for slot in probabilities.indices { probabilities[slot] *= scale }
  }

  private func draw(
    _ client: ClientProfile, _ preferences: AppPreferences, using stream: inout RandomStream
  ) -> Int {
    var target = stream.uniform()
    for (weight, source) in sources {
      target -= weight
      guard target < 0 else { continue }
      switch source {
      case .app(let slot): return slot
      case .table(let table): return client.tables.choose(from: table, at: stream.uniform())
      case .preferences: break
      }
    }
    return preferences.choose(at: stream.uniform())
  }

  private mutating func add(_ source: Source, _ weight: Double) {
    sources.append((weight, source))
  }

  /// What is left goes to the client's own preferences; they come last.
  private mutating func addRest() {
    add(.preferences, 1 - sources.reduce(0) { $0 + $1.weight })
  }
}
