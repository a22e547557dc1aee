/// Weights of events whose counts halve after one hour, six hours, one day and seven days.
///
/// An event at `time` weighs 2^((time − origin) ÷ half-life): older counts need no update when a
/// new one comes, and are brought to the present by one factor when read.
struct DecayClock: Sendable {
  /// Lanes: hour, six hours, day, week.
  typealias Weights = SIMD4<Float>
  static let week = 3

  /// Weeks (64 hours) after which the origin moves on; 2^64 is well within the range of a Float.
  private static let longestAge: Float = 64.0 / 168
  private var origin: Int64?
  private var now: Int64 = 0
  /// What an event adds to the counts at the time that the clock was last advanced to.
  private(set) var weight = Weights(repeating: 1)

  /// Goes on to the time of an event and returns the factor that all counts must take, if any.
  mutating func advance(to time: Int64) -> Weights? {
    if origin == nil { origin = time }
    guard time != now else { return nil }
    now = time
    let age = weeks(at: time)
    if age > Self.longestAge {
      origin = time
      weight = Weights(repeating: 1)
      return Self.power(-age)
    }
    weight = Self.power(age)
    return nil
  }

  /// Factor that turns counts into decayed counts at `time`.
  func scale(at time: Int64) -> Weights { Self.power(-max(weeks(at: time), 0)) }

  /// Age of the origin.
  private func weeks(at time: Int64) -> Float {
    guard let origin else { return 0 }
    return Float(time - origin) / 604_800
  }

  /// 2^(age ÷ half-life); each half-life is a whole multiple of the next shorter one.
  private static func power(_ weeks: Float) -> Weights {
    let week = FeatureMath.exp2(weeks)
    let week2 = week * week
    let day = week2 * week2 * week2 * week
    let day2 = day * day
    let sixHours = day2 * day2
    let sixHours2 = sixHours * sixHours
    return Weights(sixHours2 * sixHours2 * sixHours2, sixHours, day, week)
  }
}
