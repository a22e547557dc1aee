import Tables

/// A way to write times, as `strptime` describes it: `%d/%m/%Y %H:%M`.
package struct TimePattern: Sendable, Equatable {
  private enum Item: Equatable {
    case literal(UInt8)
    case blanks
    case year, shortYear, month, day, monthName, weekday
    case hour, hourOfHalf, half, minute, second, fraction, offset, zone

    var isNumber: Bool {
      switch self {
      case .literal(let byte): isDigit(byte)
      case .blanks, .monthName, .weekday, .half, .zone: false
      default: true
      }
    }
  }

  /// As it was typed.
  package let text: String
  private let items: [Item]

  /// Throws when the pattern is none, or leaves part of a date or a time out.
  package init(parsing text: String) throws(UsageLogError) {
    self.text = text
    items = try Self.items(of: text[...], shown: text)
    let missing: [(words: String, isThere: Bool)] = [
      ("the year (%Y)", items.contains(.year) || items.contains(.shortYear)),
      ("the month (%m or %b)", items.contains(.month) || items.contains(.monthName)),
      ("the day (%d)", items.contains(.day)),
      (
        "the hour (%H, or %I with %p)",
        items.contains(.hour) || (items.contains(.hourOfHalf) && items.contains(.half))
      ),
      ("the minute (%M)", items.contains(.minute)),
    ]
    if let first = missing.first(where: { !$0.isThere }) {
      throw UsageLogError(
        .usage,
        "--time-format \(quoted(text)) does not say where \(first.words) stands; a time needs a date, "
          + "an hour and a minute")
    }
  }

  private static func items(
    of text: Substring, shown: String
  ) throws(UsageLogError) -> [Item] {
    var items: [Item] = []
    var bytes = text.utf8[...]
    while let byte = bytes.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        let isBlank = byte == 0x20 || byte == 0x09
        if !isBlank {
          items.append(.literal(byte))
        } else if items.last != .blanks {
          items.append(.blanks)
        }
        continue
      }
      // `%-d` is a day without a leading zero, which is read anyhow.
      if bytes.first == UInt8(ascii: "-") { bytes.removeFirst() }
      let letter = bytes.popFirst().map { Character(UnicodeScalar($0)) } ?? " "
      switch letter {
      case "Y": items.append(.year)
      case "y": items.append(.shortYear)
      case "m": items.append(.month)
      case "d", "e": items.append(.day)
      case "b", "B", "h": items.append(.monthName)
      case "a", "A": items.append(.weekday)
      case "H", "k": items.append(.hour)
      case "I", "l": items.append(.hourOfHalf)
      case "p", "P": items.append(.half)
      case "M": items.append(.minute)
      case "S": items.append(.second)
      case "f": items.append(.fraction)
      case "z": items.append(.offset)
      case "Z": items.append(.zone)
      case "%": items.append(.literal(byte))
      case "F": items += try Self.items(of: "%Y-%m-%d", shown: shown)
      case "D": items += try Self.items(of: "%m/%d/%y", shown: shown)
      case "T": items += try Self.items(of: "%H:%M:%S", shown: shown)
      case "R": items += try Self.items(of: "%H:%M", shown: shown)
      case "r": items += try Self.items(of: "%I:%M:%S %p", shown: shown)
      default:
        throw UsageLogError(
          .usage,
          "--time-format \(quoted(shown)) has '%\(PrintableText.line(String(letter)))', which is no part "
            + "of a time; the parts are %Y %y %m %d %b %a %H %I %p %M %S %f %z %Z, and %% for a percent sign"
        )
      }
    }
    return items
  }

  /// Reads a whole text; nil when it does not fit.
  func time(_ text: Field) -> LoggedTime? {
    var cursor = TextCursor(text)
    cursor.dropBlanksAtEnd()
    cursor.blanks()
    var (year, month, day): (Int64, Int64, Int64) = (0, 0, 0)
    var (hour, minute, second, fraction): (Int64, Int64, Int64, Int64) = (0, 0, 0, 0)
    var isAfternoon: Bool?
    var zone = LoggedTime.Zone.none
    func number(_ most: Int) -> Int64? { cursor.number(atMost: most)?.value }
    var isSeparated = true
    /// One digit is enough where something separates it from the number before.
    func clockNumber() -> Int64? { isSeparated ? number(2) : cursor.pair() }
    for item in items {
      defer { isSeparated = !item.isNumber }
      switch item {
      case .blanks: cursor.blanks()
      case .literal(let byte): guard cursor.take(byte) else { return nil }
      case .year:
        guard let (value, digits) = cursor.number(atMost: 4), digits == 4 else { return nil }
        year = value
      case .shortYear:
        guard let value = cursor.pair() else { return nil }
        year = 2000 + value
      case .month:
        guard let value = number(2) else { return nil }
        month = value
      case .day:
        cursor.blanks()
        guard let value = number(2) else { return nil }
        day = value
      case .monthName:
        guard let value = cursor.word()?.month else { return nil }
        month = value
      case .weekday: guard cursor.word()?.isWeekday == true else { return nil }
      case .hour, .hourOfHalf:
        cursor.blanks()
        guard let value = number(2) else { return nil }
        hour = value
      case .half:
        cursor.blanks()
        guard let value = cursor.halfOfDay() else { return nil }
        isAfternoon = value
      case .minute:
        guard let value = clockNumber() else { return nil }
        minute = value
      case .second:
        guard let value = clockNumber() else { return nil }
        second = value
      case .fraction:
        guard cursor.isAtDigit else { return nil }
        fraction = cursor.fraction()
      case .offset:
        guard let offset = cursor.offset() else { return nil }
        zone = .offset(offset)
      case .zone:
        guard let value = try? WrittenTime.zone(&cursor) else { return nil }
        zone = value
      }
    }
    guard cursor.isAtEnd else { return nil }
    if let isAfternoon, items.contains(.hourOfHalf) {
      guard let value = try? WrittenTime.hour(hour, isAfternoon: isAfternoon) else { return nil }
      hour = value
    }
    guard let days = daysSince1970(year, month, day),
      let time = microsecondsOfDay(hour, minute, second, fraction)
    else { return nil }
    return LoggedTime(days * 86_400_000_000 + time, .pattern, zone)
  }
}
