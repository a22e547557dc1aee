import UsageData

/// What a phone notices, one thing at a time.
package enum PhoneEvent: Equatable, Sendable {
  case install(AppInstall)
  case unlock(time: Int64, context: DeviceContext)
  case open(AppOpen)
  case lock(time: Int64)
}

extension ClientHistory {
  /// The log as it happened.
  ///
  /// Apps that appear between an unlock and its first open are noticed after that open: what is
  /// predicted at the unlock may not know of them.
  package var events: [PhoneEvent] {
    var events: [PhoneEvent] = []
    events.reserveCapacity(2 * sessions.count + opens.count + installs.count)
    var remaining = installs[...]
    func install(before time: Int64) {
      while let install = remaining.first, install.time < time {
        events.append(.install(install))
        remaining.removeFirst()
      }
    }
    for session in sessions {
      install(before: session.start)
      events.append(.unlock(time: session.start, context: session.context))
      for index in session.opens {
        if index != session.opens.lowerBound { install(before: opens[index].time) }
        events.append(.open(opens[index]))
      }
      events.append(.lock(time: session.end))
    }
    return events
  }
}
