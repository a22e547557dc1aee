/// Counts of opens and targets, of one app or of all.
struct UsageCounts: Sendable {
  /// As `DecayClock` weighs them.
  var recentOpens = DecayClock.Weights(repeating: 0)
  /// Those of the longest half-life.
  var recentTargets: Float = 0
  var opens: Float = 0
  /// A target counts less than 1 when something else than liking explains it.
  var targets: Float = 0

  mutating func addOpen(_ weight: DecayClock.Weights) {
    recentOpens += weight
    opens += 1
  }

  mutating func addTarget(_ weight: Float, decay: DecayClock.Weights) {
    recentTargets += weight * decay[DecayClock.week]
    targets += weight
  }

  mutating func rescale(by factor: DecayClock.Weights) {
    recentOpens *= factor
    recentTargets *= factor[DecayClock.week]
  }
}

/// How often notifications were on the lock screen, and how often they explain the open after it.
struct NotificationCounts: Sendable {
  var shown: Float = 0
  var followed: Float = 0
}

/// What a phone remembers of one app.
struct AppRecord: Sendable {
  var usage = UsageCounts()
  var notifications = NotificationCounts()
  /// When it was last opened; before the first open, when it appeared on the phone.
  var lastUse: Int64
  /// The feature `popularity`.
  let popularity: Float

  var isOpened: Bool { usage.opens > 0 }
}
