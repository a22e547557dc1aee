/// Events, in time order.
extension FeatureState {
  /// An app appeared on the phone.
  package mutating func observe(install: AppInstall) {
    discover(install.app, at: install.time)
  }

  /// The phone was unlocked; an app that shows a notification is known to be on it.
  package mutating func observeUnlock(at time: Int64, context: DeviceContext) {
    session = SessionRecord(start: time, end: time, context: context)
    if context.notification >= 0 { discover(context.notification, at: time) }
  }

  /// An app came to the foreground.
  package mutating func observe(open: AppOpen) {
    let isRepeat = !recency.isEmpty && slots.apps[Int(recency[0])] == open.app
    if !isRepeat || task == .firstApp {
      let time = position == 0 ? session.start : open.time
      steps.append(step(at: time))
      let slot = addSlot(for: open.app, at: open.time)
      if let factor = decay.advance(to: open.time) { rescaleCounts(by: factor) }
      let weight = decay.weight(at: open.time)
      if isTarget { learn(target: slot, at: time, decay: weight) }
      apps[slot].usage.addOpen(weight)
      totals.addOpen(weight)
      moveToFront(slot)
    }
    apps[Int(recency[0])].lastUse = open.time
    session.opens += 1
    lastEvent = open.time
  }

  /// The phone was locked.
  package mutating func observeLock(at time: Int64) {
    session.end = time
    previousSession = session
    lastEvent = time
  }

  /// Whether the next open, if no repeat, is one that the task asks for.
  private var isTarget: Bool {
    task == .firstApp ? position == 0 : !recency.isEmpty
  }

  private mutating func discover(_ app: Int32, at time: Int64) {
    guard slots.slot(of: app) < 0 else { return }
    newApps.insert(Int32(addSlot(for: app, at: time)), at: 0)
  }

  /// The app's slot, a new one if it has none.
  private mutating func addSlot(for app: Int32, at time: Int64) -> Int {
    let slot = slots.insert(app)
    guard slot == apps.count else { return slot }
    let popularity = FeatureMath.log(Float(app) + 1) / 2 - 1
    apps.append(AppRecord(lastUse: time, popularity: popularity))
    for position in contexts.indices {
      contexts[position].addSlot()
      _ = afterLast.addRow()
    }
    scratch.addSlot()
    return slot
  }

  private mutating func rescaleCounts(by factor: DecayClock.Weights) {
    for slot in apps.indices { apps[slot].usage.rescale(by: factor) }
    totals.rescale(by: factor)
  }

  private mutating func moveToFront(_ slot: Int) {
    let moved = Int32(slot)
    var index = recency.firstIndex(of: moved) ?? recency.count
    if index == recency.count {
      recency.append(moved)
      if let position = newApps.firstIndex(of: moved) { newApps.remove(at: position) }
    }
    while index > 0 {
      recency[index] = recency[index - 1]
      index -= 1
    }
    recency[0] = moved
  }
}
