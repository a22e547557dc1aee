import Glibc

/// Time of day and week as points on circles.
struct ClockFeatures: Sendable {
  private static let binSeconds: Int64 = 300
  private static let bins = Int(LocalClock.day / binSeconds)

  /// Sine and cosine by five minutes of the day, and the same of twice the angle.
  private let hours: [SIMD4<Float>]
  /// Sine and cosine by weekday.
  private let weekdays: [SIMD2<Float>]

  init() {
    hours = (0..<Self.bins).map { bin in
      let angle = 2 * Double.pi * Double(bin) / Double(Self.bins)
      return SIMD4(
        Float(sin(angle)), Float(cos(angle)), Float(sin(2 * angle)), Float(cos(2 * angle)))
    }
    weekdays = (0..<7).map { day in
      let angle = 2 * Double.pi * Double(day) / 7
      return SIMD2(Float(sin(angle)), Float(cos(angle)))
    }
  }

  /// Sine and cosine of the hour's angle, then of twice that angle.
  func hour(at time: Int64) -> SIMD4<Float> {
    hours[Int(time % LocalClock.day / Self.binSeconds)]
  }

  /// Sine and cosine.
  func weekday(at time: Int64) -> SIMD2<Float> {
    weekdays[LocalClock.weekday(time)]
  }
}
