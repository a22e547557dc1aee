import Tables

/// A number that counts time from some moment.
package enum TimeCount: String, Sendable, CaseIterable {
  case seconds = "epoch_s"
  case milliseconds = "epoch_ms"
  case microseconds = "epoch_us"
  case nanoseconds = "epoch_ns"
  /// Days since 1899-12-30 on a wall clock.
  case excel
  /// Days since 1904-01-01 on a wall clock, as old spreadsheets of the Macintosh count.
  case excel1904 = "excel_1904"
  /// Seconds since 2001 in UTC (knowledgeC, Core Data).
  case apple
  /// Microseconds since 1601 in UTC (Chrome).
  case webkit
  /// Nanoseconds since 2001 in UTC (newer databases of Apple).
  case appleNanoseconds = "apple_ns"
  /// 100 ns since 1601 in UTC (Windows).
  case fileTime = "filetime"
  /// 100 ns since the year 1 (.NET), taken as UTC.
  case dotNetTicks = "dotnet_ticks"

  /// A unit is so many microseconds times a power of ten.
  var unit: (microseconds: UInt64, exponent: Int) {
    switch self {
    case .seconds, .apple: (1, 6)
    case .milliseconds: (1, 3)
    case .microseconds, .webkit: (1, 0)
    case .nanoseconds, .appleNanoseconds: (1, -3)
    case .fileTime, .dotNetTicks: (1, -1)
    case .excel, .excel1904: (864, 8)
    }
  }

  /// Seconds from the moment of 0 to 1970.
  var start: Int64 {
    switch self {
    case .seconds, .milliseconds, .microseconds, .nanoseconds: 0
    case .excel: 25_569 * 86_400
    case .excel1904: 24_107 * 86_400
    case .apple, .appleNanoseconds: -978_307_200
    case .webkit, .fileTime: 11_644_473_600
    case .dotNetTicks: 62_135_596_800
    }
  }

  var form: TimeForm {
    switch self {
    case .seconds: .seconds
    case .milliseconds: .milliseconds
    case .microseconds: .microseconds
    case .nanoseconds: .nanoseconds
    case .excel: .excel
    case .excel1904: .excel1904
    case .apple: .apple
    case .webkit: .webkit
    case .appleNanoseconds: .appleNanoseconds
    case .fileTime: .fileTime
    case .dotNetTicks: .dotNetTicks
    }
  }

  /// Whether it counts days.
  var isSerial: Bool { self == .excel || self == .excel1904 }

  /// Spreadsheets show a wall clock; the others count from a moment in UTC.
  var zone: LoggedTime.Zone { isSerial ? .none : .offset(0) }
}

/// How the times of a log are written, where the user says so.
package enum TimeFormat: Sendable, Equatable {
  /// Dates with the year first; no numbers.
  case iso
  /// What is found out, where `05/01/2026` has the day, or the month, first.
  case order(DateOrder)
  case count(TimeCount)
  case pattern(TimePattern)

  /// The names that stand for formats.
  package static let names =
    ["iso", "day_first", "month_first"] + TimeCount.allCases.map(\.rawValue)

  /// Reads a name or a pattern.
  package init(parsing text: String) throws(UsageLogError) {
    switch text {
    case "iso": self = .iso
    case "day_first": self = .order(.dayFirst)
    case "month_first": self = .order(.monthFirst)
    default:
      if let count = TimeCount(rawValue: text) {
        self = .count(count)
      } else if text.contains("%") {
        self = .pattern(try TimePattern(parsing: text))
      } else {
        throw UsageLogError(
          .usage,
          "--time-format \(quoted(text)) is neither a name"
            + suggestion(for: text, among: Self.names)
            + " nor a pattern; the names are \(Self.names.joined(separator: ", ")), and a pattern "
            + "is written as for strptime: '%d/%m/%Y %H:%M'")
      }
    }
  }

  /// As it was typed.
  package var text: String {
    switch self {
    case .iso: "iso"
    case .order(.dayFirst): "day_first"
    case .order(.monthFirst): "month_first"
    case .count(let count): count.rawValue
    case .pattern(let pattern): pattern.text
    }
  }
}

/// A decimal number, exactly as it is written: `mantissa` × 10^`exponent`.
struct DecimalNumber {
  private(set) var mantissa: UInt64 = 0
  private(set) var exponent = 0
  /// Digits of the mantissa, without zeros at its start.
  private(set) var digits = 0
  private(set) var hasExponent = false

  /// Nil when the text is no number that is at least 0 and has at most 19 digits.
  ///
  /// A comma may stand for the point.
  init?(_ text: Field) {
    var cursor = TextCursor(text)
    cursor.dropBlanksAtEnd()
    cursor.blanks()
    _ = cursor.take(UInt8(ascii: "+"))
    guard cursor.isAtDigit else { return nil }
    var isAfterPoint = false
    while !cursor.isAtEnd {
      let byte = cursor.byte
      if isDigit(byte) {
        cursor.position += 1
        // Digits of a fraction beyond the nineteenth are cut off.
        if isAfterPoint, digits >= 19 { continue }
        guard digits < 19 else { return nil }
        mantissa = mantissa * 10 + UInt64(byte - UInt8(ascii: "0"))
        if mantissa > 0 { digits += 1 }
        if isAfterPoint { exponent -= 1 }
      } else if !isAfterPoint, byte == UInt8(ascii: ".") || byte == UInt8(ascii: ",") {
        cursor.position += 1
        isAfterPoint = true
      } else {
        break
      }
    }
    guard !cursor.isAtEnd else { return }
    guard cursor.take(UInt8(ascii: "e")) || cursor.take(UInt8(ascii: "E")) else { return nil }
    let isNegative = cursor.take(UInt8(ascii: "-"))
    _ = !isNegative && cursor.take(UInt8(ascii: "+"))
    guard let (value, length) = cursor.number(), length <= 3, cursor.isAtEnd else { return nil }
    exponent += Int(isNegative ? -value : value)
    hasExponent = true
  }

  /// Digits before the point.
  var wholeDigits: Int { max(0, digits + exponent) }

  /// The number of microseconds of so many units, cut off; nil where they do not fit.
  func microseconds(_ unit: (microseconds: UInt64, exponent: Int)) -> Int64? {
    guard mantissa > 0 else { return 0 }
    let product = mantissa.multipliedFullWidth(by: unit.microseconds)
    let shift = exponent + unit.exponent
    guard (-19...19).contains(shift) else { return nil }
    let power = Self.powers[abs(shift)]
    if shift >= 0 {
      guard product.high == 0 else { return nil }
      let (value, overflows) = product.low.multipliedReportingOverflow(by: power)
      return overflows || value > Self.largest ? nil : Int64(value)
    }
    guard product.high < power else { return nil }
    let value = power.dividingFullWidth(product).quotient
    return value > Self.largest ? nil : Int64(value)
  }

  /// Some 30,000 years; what is added to it cannot overflow.
  private static let largest: UInt64 = 1_000_000_000_000_000_000

  private static let powers: [UInt64] = (0...19).map { power in
    (0..<power).reduce(UInt64(1)) { product, _ in product * 10 }
  }
}
