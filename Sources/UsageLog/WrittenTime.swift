/// Which of the first two numbers of `05/01/2026` is the day.
package enum DateOrder: Sendable {
  case dayFirst, monthFirst
}

/// A time of the many forms that people and programs write, taken apart.
///
/// A date is `2026-01-05`, `2026/1/5`, `2026.01.05`, `20260105`, `05/01/2026`, `5.1.2026`, `05-01-2026`,
/// `5 Jan 2026`, `05-Jan-2026`, `Jan 5, 2026` or `January 5 2026`, with a weekday before it if need be.
/// The time of day may stand before the date. A time of day is `0:45`, `7:4:6`, `00:45:44.123`, `00.45.44` or `12:45:44 AM`. A zone may follow, and the
/// year may stand at the end: `Mon Jan 05 00:45:44 GMT+01:00 2026`.
struct WrittenTime {
  private var year: Int64 = -1
  /// Month and day; where the order is open, as they stand.
  private var numbers: (Int64, Int64) = (0, 0)
  private var hasOpenOrder = false
  private var form = TimeForm.calendar
  private var ofDay: Int64 = 0
  private var zone = LoggedTime.Zone.none

  init(_ text: Field) throws(TimeProblem) {
    var cursor = TextCursor(text)
    cursor.dropBlanksAtEnd()
    cursor.blanks()
    // Web servers write brackets around it.
    let isBracketed = cursor.take(UInt8(ascii: "["))
    if isDigit(cursor.byte), [cursor.byte(1), cursor.byte(2)].contains(UInt8(ascii: ":")) {
      ofDay = try Self.timeOfDay(&cursor)
      guard !cursor.isAtEnd else { throw .timeOnly }
      _ = cursor.take(UInt8(ascii: ","))
      cursor.blanks()
      do throws(TimeProblem) { try readDate(&cursor) } catch {
        throw error == .unknown ? .timeOnly : error
      }
    } else {
      try readDate(&cursor)
      guard !cursor.isAtEnd else { throw .dateOnly }
      try readSeparator(&cursor)
      ofDay = try Self.timeOfDay(&cursor)
    }
    zone = try Self.zone(&cursor)
    if year < 0 {
      cursor.blanks()
      guard !cursor.isAtEnd else { throw .noYear }
      year = try Self.fullYear(&cursor)
    }
    if isBracketed { _ = cursor.take(UInt8(ascii: "]")) }
    cursor.blanks()
    guard cursor.isAtEnd else { throw .unknown }
  }

  /// The readings that are days of the calendar: as the day first, and as the month first.
  ///
  /// They are the same where the order is known.
  var readings: (dayFirst: LoggedTime?, monthFirst: LoggedTime?) {
    if hasOpenOrder {
      return (time(numbers.1, numbers.0, .yearLast), time(numbers.0, numbers.1, .yearLast))
    }
    let time = time(numbers.0, numbers.1, zone == .none || form != .calendar ? form : .zoned)
    return (time, time)
  }

  private func time(_ month: Int64, _ day: Int64, _ form: TimeForm) -> LoggedTime? {
    daysSince1970(year, month, day).map {
      LoggedTime($0 * 86_400_000_000 + ofDay, form, zone)
    }
  }

  private mutating func readDate(_ cursor: inout TextCursor) throws(TimeProblem) {
    let start = cursor.position
    if let word = cursor.word() {
      if word.isWeekday {
        _ = cursor.take(UInt8(ascii: "."))
        _ = cursor.take(UInt8(ascii: ","))
        cursor.blanks()
      } else {
        cursor.position = start
      }
    }
    if cursor.isAtLetter { return try readMonthAndDay(&cursor) }
    guard let (value, digits) = cursor.number() else { throw .unknown }
    switch digits {
    case 8:
      year = value / 10_000
      numbers = (value / 100 % 100, value % 100)
    case 4: try readYearFirst(value, &cursor)
    case 1, 2: try readDayOrMonth(value, &cursor)
    default: throw .unknown
    }
  }

  /// `Jan 5 2026`, `January 5, 2026`, or `Jan 5`, whose year comes at the end.
  private mutating func readMonthAndDay(_ cursor: inout TextCursor) throws(TimeProblem) {
    guard let month = cursor.word()?.month else { throw .unknown }
    _ = cursor.take(UInt8(ascii: "."))
    _ = cursor.take(UInt8(ascii: "-"))
    cursor.blanks()
    guard let (day, digits) = cursor.number(), digits <= 2 else { throw .unknown }
    form = .monthNamed
    numbers = (month, day)
    let start = cursor.position
    _ = cursor.take(UInt8(ascii: ",")) || cursor.take(UInt8(ascii: "-"))
    cursor.blanks()
    if let (value, digits) = cursor.number(), digits == 4, cursor.byte != UInt8(ascii: ":") {
      year = value
    } else {
      cursor.position = start
    }
  }

  /// `2026-01-05`, `2026/1/5`, `2026.01.05` or `2026-Jan-05`.
  private mutating func readYearFirst(
    _ year: Int64, _ cursor: inout TextCursor
  ) throws(TimeProblem) {
    let separator = cursor.byte
    guard Self.isSeparator(separator) else { throw .unknown }
    cursor.position += 1
    self.year = year
    let month: Int64
    if cursor.isAtLetter {
      guard let named = cursor.word()?.month else { throw .unknown }
      month = named
      form = .monthNamed
    } else {
      guard let (value, digits) = cursor.number(), digits <= 2 else { throw .unknown }
      month = value
    }
    guard cursor.take(separator), let (day, digits) = cursor.number(), digits <= 2 else {
      throw .unknown
    }
    numbers = (month, day)
  }

  /// `05/01/2026`, `5.1.2026`, `05-Jan-2026`, `5 Jan 2026` or `05Jan2026`.
  private mutating func readDayOrMonth(
    _ first: Int64, _ cursor: inout TextCursor
  ) throws(TimeProblem) {
    let separator = cursor.byte
    if Self.isSeparator(separator) { cursor.position += 1 }
    cursor.blanks()
    if cursor.isAtLetter {
      guard let month = cursor.word()?.month else { throw .unknown }
      _ =
        cursor.take(UInt8(ascii: ".")) || cursor.take(UInt8(ascii: ","))
        || cursor.take(separator)
      cursor.blanks()
      numbers = (month, first)
      form = .monthNamed
      year = try Self.fullYear(&cursor)
      return
    }
    guard Self.isSeparator(separator), let (second, digits) = cursor.number(), digits <= 2 else {
      throw .unknown
    }
    guard cursor.take(separator) else {
      // `00.45.44` is a time, and `5.1` nothing.
      throw .unknown
    }
    cursor.blanks()
    year = try Self.fullYear(&cursor)
    numbers = (first, second)
    hasOpenOrder = true
  }

  private static func isSeparator(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "/") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
  }

  /// A year of four digits.
  private static func fullYear(_ cursor: inout TextCursor) throws(TimeProblem) -> Int64 {
    guard let (year, digits) = cursor.number() else { throw .unknown }
    guard digits == 4 else { throw digits == 2 ? .shortYear : .unknown }
    return year
  }

  /// What stands between a date and a time: `T`, blanks, a comma, `at`, a colon (web servers, SAS) or `_`.
  private func readSeparator(_ cursor: inout TextCursor) throws(TimeProblem) {
    if cursor.take(UInt8(ascii: ":")) || cursor.take(UInt8(ascii: "_")) { return }
    if cursor.byte | 0x20 == UInt8(ascii: "t"), isDigit(cursor.byte(1)) {
      cursor.position += 1
      return
    }
    let hasComma = cursor.take(UInt8(ascii: ","))
    let hasBlank = cursor.blanks()
    guard hasComma || hasBlank else { throw .unknown }
    let start = cursor.position
    if let word = cursor.word(), word == Word.at {
      cursor.blanks()
    } else {
      cursor.position = start
    }
  }

  /// Microseconds since midnight.
  static func timeOfDay(_ cursor: inout TextCursor) throws(TimeProblem) -> Int64 {
    guard let (value, digits) = cursor.number() else { throw .unknown }
    var hour = value
    var minute: Int64 = 0
    var second: Int64 = 0
    var fraction: Int64 = 0
    let separator = cursor.byte
    switch digits {
    case 1, 2:
      guard separator == UInt8(ascii: ":") || separator == UInt8(ascii: ".") else {
        throw .unknown
      }
      cursor.position += 1
      let digitsAreFew = separator == UInt8(ascii: ".") && !isDigit(cursor.byte(1))
      guard let value = cursor.number(atMost: 2)?.value else { throw .unknown }
      // `7.4` alone is a number, and `7.4.6` is a time.
      guard !digitsAreFew || cursor.byte == separator else { throw .unknown }
      minute = value
      if cursor.byte == separator, isDigit(cursor.byte(1)) {
        cursor.position += 1
        guard let value = cursor.number(atMost: 2)?.value else { throw .unknown }
        second = value
        let mark = cursor.byte
        if mark == UInt8(ascii: ".") || mark == UInt8(ascii: ",") || mark == UInt8(ascii: ":"),
          isDigit(cursor.byte(1))
        {
          cursor.position += 1
          fraction = cursor.fraction()
        }
      }
    case 4: (hour, minute) = (hour / 100, hour % 100)
    case 6: (hour, minute, second) = (hour / 10_000, hour / 100 % 100, hour % 100)
    default: throw .unknown
    }
    guard !isDigit(cursor.byte) else { throw .unknown }
    let start = cursor.position
    cursor.blanks()
    if let isAfternoon = cursor.halfOfDay() {
      hour = try Self.hour(hour, isAfternoon: isAfternoon)
    } else {
      cursor.position = start
    }
    guard let time = microsecondsOfDay(hour, minute, second, fraction) else { throw .noSuchTime }
    return time
  }

  /// The hour of a day of 24; some programs write midnight as 00:00 AM.
  static func hour(_ hour: Int64, isAfternoon: Bool) throws(TimeProblem) -> Int64 {
    guard hour <= 12, hour > 0 || !isAfternoon else { throw .noSuchHalf }
    return hour % 12 + (isAfternoon ? 12 : 0)
  }

  /// An offset, or a name such as `CET` or `Europe/Paris`; a name behind an offset says the same once
  /// more.
  static func zone(_ cursor: inout TextCursor) throws(TimeProblem) -> LoggedTime.Zone {
    let start = cursor.position
    if let offset = cursor.offset() {
      guard !cursor.isAtLetter, cursor.byte != UInt8(ascii: "/") else { throw .unknownZone }
      cursor.blanks()
      if cursor.take(UInt8(ascii: "(")) { return try closed(UInt8(ascii: ")"), &cursor, offset) }
      if cursor.take(UInt8(ascii: "[")) { return try closed(UInt8(ascii: "]"), &cursor, offset) }
      // The name of the zone may stand behind its offset: `+0100 CET`.
      _ = cursor.word()
      return .offset(offset)
    }
    cursor.blanks()
    guard !cursor.isAtEnd else { return .none }
    let isBracketed = cursor.take(UInt8(ascii: "["))
    guard cursor.isAtLetter else {
      guard cursor.isAtDigit, cursor.position > start else { throw .unknown }
      return .none
    }
    let name = cursor.position
    while cursor.isAtLetter || [0x2F, 0x5F, 0x2D, 0x2B].contains(cursor.byte)
      || (cursor.position > name && cursor.isAtDigit)
    {
      cursor.position += 1
    }
    let end = cursor.position
    guard !isBracketed || cursor.take(UInt8(ascii: "]")) else { throw .unknown }
    return .name(start: name, end: end)
  }

  private static func closed(
    _ bracket: UInt8, _ cursor: inout TextCursor, _ offset: Int64
  ) throws(TimeProblem) -> LoggedTime.Zone {
    while !cursor.isAtEnd, cursor.byte != bracket { cursor.position += 1 }
    guard cursor.take(bracket) else { throw .unknown }
    return .offset(offset)
  }
}
