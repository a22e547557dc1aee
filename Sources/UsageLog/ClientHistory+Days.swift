import UsageData

/// A history in whole days, which can be kept and deleted one by one.
extension ClientHistory {
  /// The part of each day since 1970 on which something happened, in order.
  ///
  /// A session, with its opens, belongs to the day on which it began.
  func days() -> [(day: Int64, part: ClientHistory)] {
    var parts: [Int64: ClientHistory] = [:]
    for session in sessions {
      parts[session.start / LocalClock.day, default: ClientHistory()]
        .append(session, opens: opens[session.opens])
    }
    for install in installs {
      parts[install.time / LocalClock.day, default: ClientHistory()].installs.append(install)
    }
    return parts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// Goes on with the part of a later day.
  mutating func append(_ part: ClientHistory) {
    for session in part.sessions { append(session, opens: part.opens[session.opens]) }
    installs += part.installs
  }

  private mutating func append(_ session: Session, opens more: ArraySlice<AppOpen>) {
    var session = session
    session.opens = opens.count..<(opens.count + more.count)
    opens += more
    sessions.append(session)
  }

  // MARK: - Bytes

  /// Numbers as `NumberWriter` writes them: how many sessions; of each start, end, place, bits of
  /// the battery level, charging, network, notification and how many opens, then time and app of
  /// each open; then how many installs, and time and app of each.
  var encoded: [UInt8] {
    var writer = NumberWriter()
    writer.append(sessions.count)
    for session in sessions {
      let context = session.context
      writer.append(session.start)
      writer.append(session.end)
      writer.append(context.place)
      writer.append(context.battery.bitPattern)
      writer.append(context.isCharging ? 1 : 0)
      writer.append(context.network.rawValue)
      writer.append(context.notification)
      writer.append(session.opens.count)
      for open in opens[session.opens] {
        writer.append(open.time)
        writer.append(open.app)
      }
    }
    writer.append(installs.count)
    for install in installs {
      writer.append(install.time)
      writer.append(install.app)
    }
    return writer.bytes
  }

  /// Nil when the bytes are no history.
  init?(encoded bytes: [UInt8]) {
    self.init()
    var reader = NumberReader(bytes)
    guard let sessionCount = reader.next(Int.self), sessionCount >= 0 else { return nil }
    for _ in 0..<sessionCount {
      guard let session = Session(from: &reader), let openCount = reader.next(Int.self),
        openCount >= 0
      else { return nil }
      var more: [AppOpen] = []
      for _ in 0..<openCount {
        guard let time = reader.next(Int64.self), let app = reader.next(Int32.self)
        else { return nil }
        more.append(AppOpen(time: time, app: app))
      }
      append(session, opens: more[...])
    }
    guard let installCount = reader.next(Int.self), installCount >= 0 else { return nil }
    for _ in 0..<installCount {
      guard let time = reader.next(Int64.self), let app = reader.next(Int32.self)
      else { return nil }
      installs.append(AppInstall(time: time, app: app))
    }
    guard reader.isAtEnd else { return nil }
  }
}

extension Session {
  /// A session without its opens.
  fileprivate init?(from reader: inout NumberReader) {
    guard let start = reader.next(Int64.self), let end = reader.next(Int64.self),
      let place = reader.next(UInt8.self), let battery = reader.next(UInt32.self),
      let charging = reader.next(UInt8.self), let network = reader.next(UInt8.self),
      let notification = reader.next(Int32.self)
    else { return nil }
    var context = DeviceContext()
    context.place = place
    context.battery = Float(bitPattern: battery)
    context.isCharging = charging != 0
    context.network = Network(rawValue: network) ?? .unknown
    context.notification = notification
    self.init(start: start, end: end, opens: 0..<0, context: context)
  }
}
