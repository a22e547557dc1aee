/// What one phone has learned from the opens so far: counts by app and situation.
///
/// An event costs the same at any age of the history.
struct UsageMemory: Sendable {
  let task: PredictionTask

  var slots = AppSlots()
  /// By slot.
  var apps: [AppRecord] = []
  var totals = UsageCounts()
  var decay = DecayClock()
  /// Slots of the apps opened so far, most recent first.
  var recency: [Int32] = []
  /// Slots of the apps on the phone that were never opened, newest first.
  var newApps: [Int32] = []

  /// After an unlock, and inside a session.
  var contexts = [ContextCounts(), ContextCounts()]
  /// Rows by the app before and the position, see `lastRow`.
  var afterLast = FollowerCounts()
  /// Rows by the last two apps and the position, see `pairKey`.
  var afterLastTwo = FollowerCounts()
  var pairRows: [UInt64: Int] = [:]
  var notifications = NotificationCounts()
  var mixture = MixtureWeights()

  init(task: PredictionTask) {
    self.task = task
  }

  /// The app opened last, or -1.
  var lastApp: Int32 { recency.isEmpty ? -1 : slots.apps[Int(recency[0])] }

  /// Index in `recency` of the most recent app that can come next.
  var firstCandidate: Int { task == .nextApp ? 1 : 0 }

  /// Forgets everything and keeps the allocations.
  mutating func removeAll() {
    slots.removeAll()
    apps.removeAll(keepingCapacity: true)
    totals = UsageCounts()
    decay = DecayClock()
    recency.removeAll(keepingCapacity: true)
    newApps.removeAll(keepingCapacity: true)
    for position in contexts.indices { contexts[position].removeAll() }
    afterLast.removeAll()
    afterLastTwo.removeAll()
    pairRows.removeAll(keepingCapacity: true)
    notifications = NotificationCounts()
    mixture.removeAll()
  }

  /// Notes that an app is on the phone.
  mutating func discover(_ app: Int32, at time: Int64) {
    guard slots.slot(of: app) < 0 else { return }
    newApps.insert(Int32(addSlot(for: app, at: time)), at: 0)
  }

  /// Counts a target, before its open is counted; `moment` is when it had to be predicted.
  mutating func observe(target open: AppOpen, at moment: PredictionMoment) {
    let slot = addSlot(for: open.app, at: open.time)
    // Before the decay clock goes on: the moment holds factors of the clock as it was.
    let liking = apps[slot].isOpened ? explain(target: slot, at: moment) : 1
    advance(to: open.time)
    count(target: slot, liking: liking, at: moment)
  }

  /// Counts an open.
  mutating func observe(open: AppOpen) {
    let slot = addSlot(for: open.app, at: open.time)
    advance(to: open.time)
    apps[slot].usage.addOpen(decay.weight)
    totals.addOpen(decay.weight)
    moveToFront(slot)
  }

  /// Notes that the app opened last was used at a time.
  mutating func noteUse(at time: Int64) {
    guard let last = recency.first else { return }
    apps[Int(last)].lastUse = time
  }

  private mutating func advance(to time: Int64) {
    guard let factor = decay.advance(to: time) else { return }
    for slot in apps.indices { apps[slot].usage.rescale(by: factor) }
    totals.rescale(by: factor)
  }

  /// The app's slot, a new one if it has none.
  private mutating func addSlot(for app: Int32, at time: Int64) -> Int {
    let slot = slots.insert(app)
    guard slot == apps.count else { return slot }
    let popularity = FeatureMath.log(Float(app) + 1) / 2 - 1
    apps.append(AppRecord(lastUse: time, popularity: popularity))
    for position in contexts.indices {
      contexts[position].addSlot()
      afterLast.addRow()
    }
    return slot
  }

  private mutating func moveToFront(_ slot: Int) {
    let moved = Int32(slot)
    var index = recency.firstIndex(of: moved) ?? recency.count
    if index == recency.count {
      recency.append(moved)
      if let place = newApps.firstIndex(of: moved) { newApps.remove(at: place) }
    }
    while index > 0 {
      recency[index] = recency[index - 1]
      index -= 1
    }
    recency[0] = moved
  }
}
