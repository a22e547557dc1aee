/// How a phone reaches the network.
package enum Network: UInt8, Sendable, CaseIterable {
  case unknown, offline, cellular, wifi
}

/// What a phone can see about itself at the moment of an unlock.
package struct DeviceContext: Equatable, Sendable {
  /// 0 is unknown; else the client's own numbering: imported logs count in order of first visit,
  /// synthetic people have home as 1.
  package var place: UInt8 = 0
  /// 0…1, or negative when unknown.
  package var battery: Float = -1
  package var isCharging = false
  package var network = Network.unknown
  /// The app whose notification is on the lock screen, or -1.
  package var notification: Int32 = -1

  package init() {}
}

/// One app coming to the foreground.
package struct AppOpen: Equatable, Sendable {
  /// Seconds since 1970-01-01 00:00 on the client's own clock (local time, no zone).
  package var time: Int64
  /// App id of the population's catalogue.
  package var app: Int32

  package init(time: Int64, app: Int32) {
    self.time = time
    self.app = app
  }
}

/// From an unlock to the lock that follows it.
package struct Session: Equatable, Sendable {
  /// Time of the unlock.
  package var start: Int64
  /// Time of the lock; at least `start` and the last open.
  package var end: Int64
  /// The opens of this session; empty when the unlock led to no app.
  package var opens: Range<Int>
  package var context: DeviceContext

  package init(start: Int64, end: Int64, opens: Range<Int>, context: DeviceContext) {
    self.start = start
    self.end = end
    self.opens = opens
    self.context = context
  }
}

/// An app that appeared on the phone.
package struct AppInstall: Equatable, Sendable {
  package var time: Int64
  package var app: Int32

  package init(time: Int64, app: Int32) {
    self.time = time
    self.app = app
  }
}

/// Everything one phone has logged, in time order; it never leaves the phone.
package struct ClientHistory: Sendable {
  package var sessions: [Session] = []
  package var opens: [AppOpen] = []
  /// Installations during the period; apps used before any install event were there already.
  package var installs: [AppInstall] = []

  package init() {}
}

/// Hour and weekday on a client's own clock.
package enum LocalClock {
  package static let day: Int64 = 86_400

  /// The hour of the day, 0…23.
  package static func hour(_ time: Int64) -> Int { Int((time % day) / 3600) }

  /// 0 is Monday.
  package static func weekday(_ time: Int64) -> Int { Int((time / day + 3) % 7) }

  package static func isWeekend(_ time: Int64) -> Bool { weekday(time) >= 5 }
}
