/// Weights of events whose counts halve after one hour, six hours, one day and seven days.
///
/// An event at `time` weighs 2^((time − origin) ÷ half-life): older counts need no update when a
/// new one comes, and are brought to the present by one factor when read.
struct DecayClock: Sendable {
  /// Lanes: hour, six hours, day, week.
  typealias Weights = SIMD4<Float>
  static let week = 3

  /// Hours after which the origin moves on; 2^64 is well within the range of a Float.
  private static let longestAge: Float = 64
  private var origin: Int64?

  /// Prepares for an event and returns the factor that all earlier counts must take, if any.
  mutating func advance(to time: Int64) -> Weights? {
    let age = hours(at: time)
    guard origin != nil, age > Self.longestAge else {
      if origin == nil { origin = time }
      return nil
    }
    origin = time
    return Self.power(-age)
  }

  /// What an event at `time` adds to the counts.
  func weight(at time: Int64) -> Weights { Self.power(hours(at: time)) }

  /// Factor that turns counts into decayed counts at `time`.
  func scale(at time: Int64) -> Weights { Self.power(-max(hours(at: time), 0)) }

  private func hours(at time: Int64) -> Float {
    guard let origin else { return 0 }
    return Float(time - origin) / 3600
  }

  /// 2^(hours ÷ half-life); each half-life is a whole multiple of the next shorter one.
  private static func power(_ hours: Float) -> Weights {
    let week = FeatureMath.exp2(hours / 168)
    let week2 = week * week
    let day = week2 * week2 * week2 * week
    let day2 = day * day
    let sixHours = day2 * day2
    let sixHours2 = sixHours * sixHours
    return Weights(sixHours2 * sixHours2 * sixHours2, sixHours, day, week)
  }
}
