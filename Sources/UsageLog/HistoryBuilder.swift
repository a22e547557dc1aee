import UsageData

/// Cuts one client's events, fed in order of time, into sessions; `InstantOrder` orders those of one
/// instant.
///
/// A session that an unlock began lasts to the lock or to the next unlock. An unlock goes on with a session
/// that has none and has opened nothing, because the screen goes on before the phone is unlocked. Where no unlock is
/// logged, a session begins with the first event and ends at a lock or after the idle gap. A log
/// with session ids keeps its own sessions. System apps prolong a session and open nothing.
struct HistoryBuilder {
  private(set) var mergedOpens = 0
  /// Of all clients so far.
  private(set) var unlocks = 0
  private(set) var order: InstantOrder
  private let usesSessionIDs: Bool
  private let gap: Int64
  private let mergeSeconds: Int64
  /// What a full battery is logged as.
  private let fullBattery: Float

  private var history = ClientHistory()
  /// The events of the latest instant, and of the one before it, which waits for what follows.
  private var latest: [LogEvent] = []
  private var instant: [LogEvent] = []
  /// 1, 2, … in order of first visit: a number must not tell what the client does later.
  private var placeNumbers: [UInt64: UInt8] = [:]
  private var isOpen = false
  private var hasUnlock = false
  private var sessionID: UInt64 = 0
  /// The app in use and when it was last seen so.
  private var currentApp: Int32 = -1
  private var currentAppTime: Int64 = 0

  init(
    usesSessionIDs: Bool, gap: Int64, mergeSeconds: Int64, fullBattery: Float,
    keepsDuplicates: Bool = false
  ) {
    order = InstantOrder(keepsDuplicates: keepsDuplicates)
    self.usesSessionIDs = usesSessionIDs
    self.gap = gap
    self.mergeSeconds = mergeSeconds
    self.fullBattery = fullBattery
  }

  /// Adds the client's next event.
  ///
  /// - Parameter names: those of the events' apps.
  mutating func add(_ event: LogEvent, names: ByteInterner) {
    if let last = latest.last, !event.isTied(with: last) {
      addInstant(before: latest, names)
      swap(&instant, &latest)
      latest.removeAll(keepingCapacity: true)
    }
    latest.append(event)
  }

  /// The finished history; the builder is then ready for the next client.
  mutating func take(names: ByteInterner) -> ClientHistory {
    addInstant(before: latest, names)
    swap(&instant, &latest)
    addInstant(before: [], names)
    defer {
      instant.removeAll(keepingCapacity: true)
      latest.removeAll(keepingCapacity: true)
      history = ClientHistory()
      placeNumbers.removeAll(keepingCapacity: true)
      isOpen = false
      currentApp = -1
    }
    return history
  }

  /// Adds the events of `instant`, which those of `next` follow.
  private mutating func addInstant(before next: [LogEvent], _ names: ByteInterner) {
    if instant.count > 1 {
      let situation = InstantOrder.Situation(
        isOpen: isOpen, sessionID: usesSessionIDs ? sessionID : nil, app: currentApp, next: next)
      order.sort(&instant, situation, names: names)
    }
    for event in instant { add(event) }
  }

  private mutating func add(_ event: LogEvent) {
    if event.kind == .install {
      if !event.isSystem {
        history.installs.append(AppInstall(time: event.time, app: event.app))
      }
      return
    }
    if event.kind == .unlock { unlocks += 1 }
    if usesSessionIDs {
      if !isOpen || event.session != sessionID { begin(event) }
    } else {
      switch event.kind {
      case .unlock:
        if isWaitingForUnlock(event) { updateContext(event) } else { begin(event) }
        hasUnlock = true
      case .lock, .close:
        // Neither starts anything: what they end may lie before the log began.
        guard isOpen else { return }
      default:
        if !isOpen || (!hasUnlock && event.time - lastActivity > gap) { begin(event) }
      }
    }
    history.sessions[history.sessions.count - 1].end = event.time
    if event.kind == .lock, !usesSessionIDs { isOpen = false }
    if event.app >= 0, !event.isSystem { use(event) }
  }

  /// Whether an unlock goes on with the session that the screen began just before it.
  private func isWaitingForUnlock(_ event: LogEvent) -> Bool {
    guard isOpen, !hasUnlock, let session = history.sessions.last else { return false }
    return session.opens.isEmpty && event.time - session.end <= gap
  }

  private var lastActivity: Int64 { history.sessions[history.sessions.count - 1].end }

  private mutating func context(of event: LogEvent) -> DeviceContext {
    var context = DeviceContext()
    context.place = number(ofPlace: event.place)
    context.battery = event.battery < 0 ? -1 : event.battery / fullBattery
    context.isCharging = event.isCharging
    context.network = event.network
    context.notification = event.notification
    return context
  }

  /// The context is that of the unlock, as far as its row says it.
  private mutating func updateContext(_ event: LogEvent) {
    var context = context(of: event)
    let earlier = history.sessions[history.sessions.count - 1].context
    if context.place == 0 { context.place = earlier.place }
    if context.battery < 0 {
      context.battery = earlier.battery
      context.isCharging = context.isCharging || earlier.isCharging
    }
    if context.network == .unknown { context.network = earlier.network }
    if context.notification < 0 { context.notification = earlier.notification }
    history.sessions[history.sessions.count - 1].context = context
  }

  private mutating func begin(_ event: LogEvent) {
    let context = context(of: event)
    let opens = history.opens.count..<history.opens.count
    history.sessions.append(
      Session(start: event.time, end: event.time, opens: opens, context: context))
    isOpen = true
    hasUnlock = false
    sessionID = event.session
    currentApp = -1
  }

  /// Records an open unless it goes on with the app already in use.
  private mutating func use(_ event: LogEvent) {
    let isSameUse =
      mergeSeconds > 0 && event.app == currentApp
      && event.time - currentAppTime <= mergeSeconds
    if event.kind == .open {
      if isSameUse {
        mergedOpens += 1
      } else {
        history.opens.append(AppOpen(time: event.time, app: event.app))
        let session = history.sessions.count - 1
        history.sessions[session].opens =
          history.sessions[session].opens.lowerBound..<history.opens.count
        currentApp = event.app
      }
    }
    if event.app == currentApp {
      currentAppTime = event.time
    } else if event.kind == .activity {
      currentApp = -1
    }
  }

  /// 0 where the place is unknown; places after the 254th share the last number.
  private mutating func number(ofPlace place: UInt64) -> UInt8 {
    guard place != 0 else { return 0 }
    if let number = placeNumbers[place] { return number }
    let number = UInt8(min(placeNumbers.count + 1, Int(UInt8.max)))
    placeNumbers[place] = number
    return number
  }
}
