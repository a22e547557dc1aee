/// How a log writes a time.
package enum TimeForm: Int, CaseIterable, Sendable {
  case seconds, milliseconds, microseconds, nanoseconds, digits, calendar, zoned
  case yearLast, monthNamed, pattern
  case excel, excel1904, apple, webkit
  case appleNanoseconds, fileTime, dotNetTicks

  /// How messages name it.
  package var name: String {
    switch self {
    case .seconds: "Unix seconds"
    case .milliseconds: "Unix milliseconds"
    case .microseconds: "Unix microseconds"
    case .nanoseconds: "Unix nanoseconds"
    case .digits: "dates in digits"
    case .calendar: "dates without a zone"
    case .zoned: "dates with a zone"
    case .yearLast: "dates with the year last"
    case .monthNamed: "dates with the name of the month"
    case .pattern: "dates of the given pattern"
    case .excel: "Excel serial dates"
    case .excel1904: "Excel serial dates since 1904"
    case .apple: "Apple seconds since 2001"
    case .webkit: "WebKit microseconds since 1601"
    case .appleNanoseconds: "Apple nanoseconds since 2001"
    case .fileTime: "Windows FILETIME, 100 ns since 1601"
    case .dotNetTicks: ".NET ticks, 100 ns since the year 1"
    }
  }
}

/// The time of a row.
struct LoggedTime: Equatable {
  /// What a text says about the zone of its time.
  enum Zone: Equatable {
    /// Nothing: the time is one of a wall clock.
    case none
    /// Seconds east of UTC: the time is an instant.
    case offset(Int64)
    /// A name, at this place of the text.
    case name(start: Int, end: Int)
  }

  /// Microseconds since 1970-01-01 00:00 on the clock that was written (UTC for numbers); what is finer is
  /// cut off.
  var instant: Int64
  var form: TimeForm
  var zone = Zone.none

  /// The forms that most logs have; nil where the text has another form or is no time.
  ///
  /// - `YYYY-MM-DDTHH:MM[:SS[.fff]]`, with a space for the T if need be; `YYYYMMDDTHHMM[SS[.fff]]`; 12,
  ///   14 or 17 digits, as `YYYYMMDDHHMM[SS[fff]]`. A zone may follow: `Z`, ` UTC`, `+02:00`, `-0500`.
  /// - A number of at most 10 digits (seconds since 1970 in UTC), 13 (milliseconds), 16 (microseconds)
  ///   or 19 (nanoseconds). Numbers of other lengths are no times.
  init?(_ text: Field) {
    guard let parsed = Self.parse(text) else { return nil }
    self = parsed
  }

  init(_ instant: Int64, _ form: TimeForm, _ zone: Zone = .none) {
    self.instant = instant
    self.form = form
    self.zone = zone
  }

  /// Whether the log may carry it.
  var isInRange: Bool {
    loggedTimes.lowerBound * 1_000_000 <= instant && instant / 1_000_000 <= loggedTimes.upperBound
  }

  private static func parse(_ text: Field) -> LoggedTime? {
    if text.count >= 16, text[4] == UInt8(ascii: "-") { return dashed(text) }
    var digits = 0
    while digits < text.count, isDigit(text[digits]) { digits += 1 }
    if digits == 8, text.count > 12, text[8] == UInt8(ascii: "T") {
      return compact(text, at: 9)
    }
    guard digits > 0 else { return nil }
    if [12, 14, 17].contains(digits) { return compact(text, at: 8) }
    return number(text, digits)
  }

  /// A number of some unit since 1970.
  private static func number(_ text: Field, _ digits: Int) -> LoggedTime? {
    let leading = text.prefix(digits).prefix { $0 == UInt8(ascii: "0") }.count
    guard digits - leading <= 19 else { return nil }
    var value: UInt64 = 0
    for byte in text[leading..<digits] { value = value * 10 + UInt64(byte - UInt8(ascii: "0")) }
    var position = digits
    let fraction = microseconds(text, &position)
    guard position == text.count else { return nil }
    switch digits - leading {
    case ...10: return LoggedTime(Int64(value) * 1_000_000 + fraction, .seconds, .offset(0))
    case 13: return LoggedTime(Int64(value) * 1_000 + fraction / 1_000, .milliseconds, .offset(0))
    case 16: return LoggedTime(Int64(value), .microseconds, .offset(0))
    case 19: return LoggedTime(Int64(value / 1_000), .nanoseconds, .offset(0))
    default: return nil
    }
  }

  /// The day of `YYYYMMDD`, since 1970.
  private static func day(_ text: Field) -> Int64? {
    guard let year = Self.digits(text, 0, 4), (1970...2199).contains(year),
      let month = Self.digits(text, 4, 2), let day = Self.digits(text, 6, 2)
    else { return nil }
    return daysSince1970(year, month, day)
  }

  /// `YYYYMMDD`, then from `start` `HHMM[SS[fff]]` and a zone.
  private static func compact(_ text: Field, at start: Int) -> LoggedTime? {
    guard let day = day(text), let hour = digits(text, start, 2),
      let minute = digits(text, start + 2, 2)
    else { return nil }
    var position = start + 4
    var second: Int64 = 0
    if let seconds = digits(text, position, 2) {
      second = seconds
      position += 2
    }
    var fraction = microseconds(text, &position)
    if let milliseconds = digits(text, position, 3) {
      fraction = milliseconds * 1_000
      position += 3
    }
    return date(
      day, hour, minute, second, fraction, text, zoneAt: position,
      start == 8 ? .digits : .calendar)
  }

  private static func dashed(_ text: Field) -> LoggedTime? {
    guard let year = digits(text, 0, 4), let month = digits(text, 5, 2),
      let day = digits(text, 8, 2), let hour = digits(text, 11, 2),
      let minute = digits(text, 14, 2), let date = daysSince1970(year, month, day),
      text[7] == UInt8(ascii: "-"), text[13] == UInt8(ascii: ":"),
      text[10] == UInt8(ascii: "T") || text[10] == UInt8(ascii: " ")
    else { return nil }
    var second: Int64 = 0
    var fraction: Int64 = 0
    var position = 16
    if text.count > position, text[position] == UInt8(ascii: ":") {
      guard let seconds = digits(text, position + 1, 2) else { return nil }
      second = seconds
      position += 3
      fraction = microseconds(text, &position)
    }
    return Self.date(date, hour, minute, second, fraction, text, zoneAt: position, .calendar)
  }

  private static func date(
    _ day: Int64, _ hour: Int64, _ minute: Int64, _ second: Int64, _ fraction: Int64,
    _ text: Field, zoneAt position: Int, _ form: TimeForm
  ) -> LoggedTime? {
    guard let time = microsecondsOfDay(hour, minute, second, fraction) else { return nil }
    let wall = day * 86_400_000_000 + time
    if position == text.count { return LoggedTime(wall, form) }
    var cursor = TextCursor(text, at: position)
    guard let offset = cursor.offset(), cursor.isAtEnd else { return nil }
    return LoggedTime(wall, .zoned, .offset(offset))
  }

  /// The fraction of a second that a point begins, as whole microseconds; 0 where none stands.
  @inline(__always)
  private static func microseconds(_ text: Field, _ position: inout Int) -> Int64 {
    guard position < text.count, text[position] == UInt8(ascii: ".") else { return 0 }
    position += 1
    var (value, unit): (Int64, Int64) = (0, 100_000)
    while position < text.count, isDigit(text[position]) {
      value += Int64(text[position] - UInt8(ascii: "0")) * unit
      unit /= 10
      position += 1
    }
    return value
  }

  /// The number that so many digits from `start` on are.
  @inline(__always)
  private static func digits(_ text: Field, _ start: Int, _ count: Int) -> Int64? {
    guard start + count <= text.count else { return nil }
    var value: Int64 = 0
    for position in start..<(start + count) {
      guard isDigit(text[position]) else { return nil }
      value = value * 10 + Int64(text[position] - UInt8(ascii: "0"))
    }
    return value
  }
}

@inline(__always)
func isDigit(_ byte: UInt8) -> Bool {
  byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
}

/// Microseconds since midnight; nil when a clock does not show such a time.
@inline(__always)
func microsecondsOfDay(
  _ hour: Int64, _ minute: Int64, _ second: Int64, _ fraction: Int64
) -> Int64? {
  guard hour < 24, minute < 60, second <= 60 else { return nil }
  // 60 is a leap second, which the local clock of a phone never shows as more than :59.
  let (second, fraction) = second == 60 ? (59, 999_999) : (second, fraction)
  return ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction
}
