import UsageData

/// Orders the events of one client and instant by what they say, never by their place in the file.
///
/// Sessions stay whole: a lock ends the session that is open, then comes the unlock, then what the
/// new session does; without an unlock in that instant a lock comes last. With session ids the
/// session that is open goes first and the one that goes on last, others by id. Within a session come
/// the unlock, what the app in use still does, opens by the name of the app, what other apps do, the
/// lock.
struct InstantOrder {
  /// Where a history stands before the instant, and what its next event is.
  struct Situation {
    /// Whether a session has begun and not ended.
    var isOpen: Bool
    /// The session, where sessions have ids; nil where they have none.
    var sessionID: UInt64?
    /// The app in use, or -1.
    var app: Int32
    /// The client's events of the next instant; empty after the last.
    var next: [LogEvent]
  }

  /// Rows that say the same as another.
  private(set) var duplicates = 0
  /// Opens that share their instant with an open of another app.
  private(set) var tiedOpens = 0
  /// Whether all rows that say the same stay, or one of them.
  private let keepsDuplicates: Bool

  init(keepsDuplicates: Bool) { self.keepsDuplicates = keepsDuplicates }

  /// - Parameter names: the names of the event's apps.
  mutating func sort(_ events: inout [LogEvent], _ situation: Situation, names: ByteInterner) {
    let ranks = Ranks(situation)
    events.sort { Self.compare($0, $1, ranks, names) < 0 }
    // Several locks and unlocks of one second are sessions without length.
    let hasBounds =
      events.contains { $0.kind == .unlock } && events.contains { $0.kind == .lock }
    var kept = 1
    for index in 1..<events.count {
      let kind = events[index].kind
      let isBound = hasBounds && (kind == .unlock || kind == .lock)
      if Self.compare(events[kept - 1], events[index], ranks, names) == 0,
        keepsDuplicates || !isBound
      {
        duplicates += 1
        guard keepsDuplicates else { continue }
      }
      events[kept] = events[index]
      kept += 1
    }
    events.removeLast(events.count - kept)
    let opens = events.filter { $0.kind == .open && !$0.isSystem }
    if opens.contains(where: { $0.app != opens[0].app }) { tiedOpens += opens.count }
    if situation.sessionID == nil { events = Self.bounded(events, situation) }
  }

  /// Puts unlocks and locks around what the other events, which are in order, do.
  private static func bounded(_ events: [LogEvent], _ situation: Situation) -> [LogEvent] {
    var unlocks = events.filter { $0.kind == .unlock }[...]
    var locks = events.filter { $0.kind == .lock }[...]
    var rest = events.filter { $0.kind != .unlock && $0.kind != .lock }
    guard !unlocks.isEmpty else { return rest + locks }
    var ordered: [LogEvent] = []
    if situation.isOpen {
      // What closes now was open before.
      ordered = rest.filter { $0.kind == .close }
      rest.removeAll { $0.kind == .close }
    }
    // What follows without an unlock goes on with a session of this instant.
    let goesOn =
      situation.next.contains { $0.kind != .install }
      && !situation.next.contains { $0.kind == .unlock }
    if situation.isOpen || (goesOn && locks.count >= unlocks.count), let lock = locks.popFirst() {
      ordered.append(lock)
    }
    while let unlock = unlocks.popFirst() {
      ordered.append(unlock)
      if !unlocks.isEmpty, let lock = locks.popFirst() { ordered.append(lock) }
    }
    return ordered + rest + locks
  }

  /// Negative where `a` comes first, positive where `b` does, 0 where they say the same.
  private static func compare(
    _ a: LogEvent, _ b: LogEvent, _ ranks: Ranks, _ names: ByteInterner
  ) -> Int {
    var result = difference(ranks.session(of: a), ranks.session(of: b))
    if result == 0 { result = difference(a.session, b.session) }
    if result == 0 { result = difference(ranks.kind(of: a), ranks.kind(of: b)) }
    if result == 0 { result = difference(a.kind.rawValue, b.kind.rawValue) }
    if result == 0 { result = names.compare(Int(a.app), Int(b.app)) }
    if result == 0 { result = difference(a.isSystem ? 1 : 0, b.isSystem ? 1 : 0) }
    if result == 0 { result = difference(a.place, b.place) }
    if result == 0 { result = difference(a.battery, b.battery) }
    if result == 0 { result = difference(a.isCharging ? 1 : 0, b.isCharging ? 1 : 0) }
    if result == 0 { result = difference(a.network.rawValue, b.network.rawValue) }
    if result == 0 { result = names.compare(Int(a.notification), Int(b.notification)) }
    return result
  }

  private static func difference<Value: Comparable>(_ a: Value, _ b: Value) -> Int {
    a < b ? -1 : a > b ? 1 : 0
  }
}

/// The ranks of events in one situation.
private struct Ranks {
  let situation: InstantOrder.Situation
  private let nextSessions: Set<UInt64>

  init(_ situation: InstantOrder.Situation) {
    self.situation = situation
    nextSessions = situation.sessionID == nil ? [] : Set(situation.next.map(\.session))
  }

  /// The session that is open first, the one that goes on last.
  func session(of event: LogEvent) -> Int {
    guard let current = situation.sessionID, event.kind != .install else { return 0 }
    if situation.isOpen, event.session == current { return 1 }
    return nextSessions.contains(event.session) ? 3 : 2
  }

  func kind(of event: LogEvent) -> Int {
    switch event.kind {
    case .install: 0
    case .unlock: 1
    case .close, .activity: event.app >= 0 && event.app == situation.app ? 2 : 4
    case .open: 3
    case .lock: 5
    }
  }
}
