/// How active a client is through the week: phones are picked up less at night.
struct ActivityClock: Sendable {
  /// Share of a day's activity in each hour, of 2 000 subscribers.
  static let hourShares = [
    1.6, 1.2, 1.1, 1.0, 0.9, 1.0, 1.9, 3.8, 5.3, 5.6, 5.7, 6.1,
    6.1, 5.8, 5.6, 5.5, 5.7, 6.2, 6.5, 6.2, 5.7, 4.9, 3.9, 2.9,
  ].map { $0 / 100.2 }

  /// 48 rates, 24 of a weekday and 24 of a weekend day; a weekday's mean is 1.
  private let rates: [Double]

  /// A clock that runs `delay` hours behind the average person's, at most ±12, an hour later
  /// at weekends, when it also runs at `weekendRate`.
  init(delay: Double, weekendRate: Double) {
    rates =
      (0..<24).map { Self.rate(at: Double($0) - delay) }
      + (0..<24).map { weekendRate * Self.rate(at: Double($0) - delay - 1) }
  }

  /// The average person's rate in the hour that starts at `hour`, interpolated.
  private static func rate(at hour: Double) -> Double {
    let floor = hour.rounded(.down)
    let fraction = hour - floor
    let index = (Int(floor) + 48) % 24
    return 24 * ((1 - fraction) * hourShares[index] + fraction * hourShares[(index + 1) % 24])
  }

  /// The time at which `activity` seconds have passed on this clock; at least a second later.
  func time(after start: Int64, activity: Double) -> Int64 {
    var time = start
    var left = activity
    while true {
      let rate = rates[(LocalClock.isWeekend(time) ? 24 : 0) + LocalClock.hour(time)]
      let hourEnd = (time / 3600 + 1) * 3600
      let available = Double(hourEnd - time) * rate
      if left < available {
        return max(time + Int64(left / rate), start + 1)
      }
      left -= available
      time = hourEnd
    }
  }
}
