/// How a log writes a time.
package enum TimeForm: Int, CaseIterable, Sendable {
  case seconds, milliseconds, microseconds, nanoseconds, digits, calendar, zoned

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
    }
  }
}

/// The time of a row.
struct LoggedTime: Equatable {
  /// Microseconds since 1970-01-01 00:00 on the local clock; what is finer is cut off.
  var instant: Int64
  var form: TimeForm

  /// Nil when the text is no time from 1970 to the end of 9999.
  ///
  /// - `YYYY-MM-DDTHH:MM[:SS[.fff]]`, with a space for the T if need be; `YYYYMMDDTHHMM[SS[.fff]]`; 12,
  ///   14 or 17 digits, as `YYYYMMDDHHMM[SS[fff]]`. A zone may follow: `Z`, ` UTC`, `+02:00`, `-0500`.
  /// - A number of at most 10 digits (seconds since 1970 in UTC), 13 (milliseconds), 16 (microseconds)
  ///   or 19 (nanoseconds). Numbers of other lengths are no times.
  ///
  /// With `utcOffset` seconds, times of a known instant, which are numbers since 1970 and dates with a
  /// zone, become the local time there. Without, numbers count in UTC and dates as written.
  init?(_ text: Field, utcOffset: Int64?) {
    guard let parsed = Self.parse(text, utcOffset),
      loggedTimes.lowerBound * 1_000_000 <= parsed.instant,
      parsed.instant / 1_000_000 <= loggedTimes.upperBound
    else { return nil }
    self = parsed
  }

  private init(_ instant: Int64, _ form: TimeForm) {
    self.instant = instant
    self.form = form
  }

  private static func parse(_ text: Field, _ utcOffset: Int64?) -> LoggedTime? {
    if text.count >= 16, text[4] == UInt8(ascii: "-") { return dashed(text, utcOffset) }
    var digits = 0
    while digits < text.count, isDigit(text[digits]) { digits += 1 }
    if digits == 8, text.count > 12, text[8] == UInt8(ascii: "T") {
      return compact(text, at: 9, utcOffset)
    }
    guard digits > 0 else { return nil }
    if [12, 14, 17].contains(digits) { return compact(text, at: 8, utcOffset) }
    return number(text, digits, utcOffset)
  }

  /// A number of some unit since 1970.
  private static func number(_ text: Field, _ digits: Int, _ utcOffset: Int64?) -> LoggedTime? {
    let leading = text.prefix(digits).prefix { $0 == UInt8(ascii: "0") }.count
    guard digits - leading <= 19 else { return nil }
    var value: UInt64 = 0
    for byte in text[leading..<digits] { value = value * 10 + UInt64(byte - UInt8(ascii: "0")) }
    var position = digits
    let fraction = microseconds(text, &position)
    guard position == text.count else { return nil }
    let offset = (utcOffset ?? 0) * 1_000_000
    switch digits - leading {
    case ...10: return LoggedTime(Int64(value) * 1_000_000 + fraction + offset, .seconds)
    case 13: return LoggedTime(Int64(value) * 1_000 + fraction / 1_000 + offset, .milliseconds)
    case 16: return LoggedTime(Int64(value) + offset, .microseconds)
    case 19: return LoggedTime(Int64(value / 1_000) + offset, .nanoseconds)
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
  private static func compact(_ text: Field, at start: Int, _ utcOffset: Int64?) -> LoggedTime? {
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
      day, hour, minute, second, fraction, zone: text[position...],
      start == 8 ? .digits : .calendar, utcOffset)
  }

  private static func dashed(_ text: Field, _ utcOffset: Int64?) -> LoggedTime? {
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
    return Self.date(
      date, hour, minute, second, fraction, zone: text[position...], .calendar, utcOffset)
  }

  private static func date(
    _ day: Int64, _ hour: Int64, _ minute: Int64, _ second: Int64, _ fraction: Int64,
    zone: Slice<Field>, _ form: TimeForm, _ utcOffset: Int64?
  ) -> LoggedTime? {
    guard hour < 24, minute < 60, second <= 60 else { return nil }
    // 60 is a leap second, which the local clock of a phone never shows as more than :59.
    let (second, fraction) = second == 60 ? (59, 999_999) : (second, fraction)
    let wall = (((day * 24 + hour) * 60 + minute) * 60 + second) * 1_000_000 + fraction
    if zone.isEmpty { return LoggedTime(wall, form) }
    guard let offset = secondsOfZone(zone) else { return nil }
    return LoggedTime(wall + (utcOffset.map { $0 - offset } ?? 0) * 1_000_000, .zoned)
  }

  /// Seconds east of UTC of `Z`, `UTC`, or an offset such as `+02:00`, `-0500` or `+01`.
  private static func secondsOfZone(_ text: Slice<Field>) -> Int64? {
    let text = text.first == UInt8(ascii: " ") ? text.dropFirst() : text
    if text.elementsEqual("Z".utf8) || text.elementsEqual("z".utf8) { return 0 }
    if text.elementsEqual("UTC".utf8) || text.elementsEqual("GMT".utf8) { return 0 }
    guard text.first == UInt8(ascii: "+") || text.first == UInt8(ascii: "-") else { return nil }
    let sign: Int64 = text.first == UInt8(ascii: "-") ? -1 : 1
    let digits = text.dropFirst().filter { $0 != UInt8(ascii: ":") }
    guard digits.count == 2 || digits.count == 4, digits.allSatisfy(isDigit) else { return nil }
    let number = digits.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    let (hours, minutes) = digits.count == 2 ? (number, 0) : (number / 100, number % 100)
    guard hours < 24, minutes < 60 else { return nil }
    return sign * (hours * 60 + minutes) * 60
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

  @inline(__always)
  private static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
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

/// Why a text is no time, as the rest of a sentence.
func reasonForNoTime(_ text: Field) -> String {
  let shown = "'\(excerpt(text))' is no time between 1970 and 9999"
  guard text.count > 10, text.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
  else { return shown }
  switch text.count {
  case 12 where WrittenNumber(text).flatMap(TimeUnit.shortSecond.seconds) != nil:
    return shown + ": it looks like YYMMDDHHMMSS; write years with four digits"
  case 12, 14, 17: return shown + ": \(text.count) digits are read as YYYYMMDDHHMM[SS[fff]]"
  case 13, 16, 19: return shown
  default:
    return shown
      + ": Unix times have up to 10 digits (seconds), 13 (milliseconds), 16 or 19, not \(text.count)"
  }
}
