/// What a number that is no Unix time may be meant as.
enum TimeUnit: Int, CaseIterable {
  case day, shortDay, hour, shortMinute, shortSecond
  case minutes, hours, days, spreadsheetDays, matlabDays, julianDays
  case secondsSince2001, secondsSince1900

  /// How messages name numbers in it.
  var name: String {
    switch self {
    case .day: "days written YYYYMMDD, without a time of day"
    case .shortDay: "days written YYMMDD, without a time of day"
    case .hour: "dates written YYYYMMDDHH"
    case .shortMinute: "dates written YYMMDDHHMM"
    case .shortSecond: "dates written YYMMDDHHMMSS"
    case .minutes: "minutes since 1970"
    case .hours: "hours since 1970"
    case .days: "days since 1970"
    case .spreadsheetDays: "the days of a spreadsheet, which count from 1899-12-30"
    case .matlabDays: "the days of MATLAB, which count from the year 0"
    case .julianDays: "Julian days"
    case .secondsSince2001: "seconds since 2001, as Apple counts them"
    case .secondsSince1900: "seconds since 1900, as NTP counts them"
    }
  }

  /// What makes them times that an import reads.
  var remedy: String {
    switch self {
    case .day, .shortDay: "give a column with the time of day"
    case .hour: "add the minutes (YYYYMMDDHHMM)"
    case .shortMinute, .shortSecond: "write years with four digits"
    case .minutes: "multiply them by 60"
    case .hours: "multiply them by 3600"
    case .days: "multiply them by 86400"
    case .spreadsheetDays: "say so with --time-format excel"
    case .matlabDays: "subtract 719529 and multiply by 86400"
    case .julianDays: "subtract 2440587.5 and multiply by 86400"
    case .secondsSince2001: "say so with --time-format apple"
    case .secondsSince1900: "subtract 2208988800"
    }
  }

  /// Seconds since 1970 of a number in this unit; nil when it is none.
  func seconds(_ number: WrittenNumber) -> Int64? {
    switch self {
    case .day: date(number, digits: 8, hasCentury: true)
    case .shortDay: date(number, digits: 6, hasCentury: false)
    case .hour: date(number, digits: 10, hasCentury: true)
    case .shortMinute: date(number, digits: 10, hasCentury: false)
    case .shortSecond: date(number, digits: 12, hasCentury: false)
    case .minutes: Self.seconds(number.value, unit: 60, start: 0)
    case .hours: Self.seconds(number.value, unit: 3_600, start: 0)
    case .days: Self.seconds(number.value, unit: 86_400, start: 0)
    case .spreadsheetDays: Self.seconds(number.value, unit: 86_400, start: 25_569)
    case .matlabDays: Self.seconds(number.value, unit: 86_400, start: 719_529)
    case .julianDays: Self.seconds(number.value, unit: 86_400, start: 2_440_587.5)
    case .secondsSince2001: Self.seconds(number.value, unit: 1, start: -978_307_200)
    case .secondsSince1900: Self.seconds(number.value, unit: 1, start: 2_208_988_800)
    }
  }

  private static func seconds(_ value: Double, unit: Double, start: Double) -> Int64? {
    Int64(exactly: ((value - start) * unit).rounded(.down))
  }

  /// A date in pairs of digits, as far as they go; a year of two digits is of this century.
  private func date(_ number: WrittenNumber, digits: Int, hasCentury: Bool) -> Int64? {
    guard number.digits == digits, number.isWhole else { return nil }
    var pairs: [Int64] = []
    var rest = number.whole
    for _ in 0..<(digits / 2) {
      pairs.insert(rest % 100, at: 0)
      rest /= 100
    }
    let year = hasCentury ? pairs.removeFirst() * 100 + pairs[0] : 2_000 + pairs[0]
    let clock = pairs.dropFirst(3) + repeatElement(0, count: 3)
    let (hour, minute, second) = (clock[3], clock[4], clock[5])
    guard let day = daysSince1970(year, pairs[1], pairs[2]), hour < 24, minute < 60, second < 60
    else { return nil }
    return ((day * 24 + hour) * 60 + minute) * 60 + second
  }
}

/// A decimal number as a log writes it.
struct WrittenNumber {
  /// Before the point.
  let digits: Int
  let whole: Int64
  let value: Double

  var isWhole: Bool { value == Double(whole) }

  /// Nil when the text is no number of at most 12 digits, with or without a fraction.
  init?(_ text: Field) {
    let parts = text.split(maxSplits: 1, omittingEmptySubsequences: false) {
      $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ",")
    }
    guard let first = parts.first, (1...12).contains(first.count),
      parts.allSatisfy({ $0.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } })
    else { return nil }
    digits = first.count
    whole = first.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    var (fraction, unit) = (0.0, 0.1)
    for digit in parts.dropFirst().joined() {
      fraction += Double(digit - UInt8(ascii: "0")) * unit
      unit /= 10
    }
    value = Double(whole) + fraction
  }
}

/// Rows whose times lie where no log of a phone can be, and what their numbers may be meant as.
struct UnitSurvey {
  /// Rows that look alike, and the first of them.
  struct Rows {
    var count = 0
    var line = 0
    var text = ""
    var time: Int64 = 0
    var form = TimeForm.seconds

    fileprivate mutating func add(_ field: Field, _ time: LoggedTime, line: Int) {
      if count == 0 {
        self.line = line
        text = excerpt(field)
        self.time = time.instant / 1_000_000
        form = time.form
      }
      count += 1
    }
  }

  /// 2005-01-01: there were no smartphones before.
  private static let earliest: Int64 = 1_104_537_600
  /// 2010-01-01: numbers of another unit are taken for it only if they say a later time.
  private static let earliestInUnit: Int64 = 1_262_304_000

  /// A year from now.
  private let latest: Int64
  private(set) var rows = 0
  private(set) var early = Rows()
  private(set) var late = Rows()
  private(set) var units = [Rows](repeating: Rows(), count: TimeUnit.allCases.count)
  /// Rows that make sense in a unit of `--time-format`.
  private var counts = [Rows](repeating: Rows(), count: TimeCount.allCases.count)
  /// Rows that are days of a spreadsheet with a time of day.
  private var serialTimes = 0
  /// Different hours of the rows that are dates of ten digits, as far as they matter.
  private var datedHours = Set<Int64>()
  /// Unix seconds have as many hundreds in a row that could be hours, 24 at most, and then 76 that
  /// cannot.
  private static let fewestHours = 20

  /// - Parameter now: seconds since 1970.
  init(now: Int64) {
    // A clock that was never set is no reason to doubt a log.
    latest = max(now, 1_767_225_600) + 366 * 86_400
  }

  /// Whether so many rows are most of them.
  func isMost(_ count: Int) -> Bool { 2 * count > rows }

  mutating func add(_ field: Field, _ time: LoggedTime, line: Int) {
    rows += 1
    let seconds = time.instant / 1_000_000
    let isEarly = seconds < Self.earliest
    let isLate = seconds > latest
    if isEarly { early.add(field, time, line: line) }
    if isLate { late.add(field, time, line: line) }
    if isEarly || isLate, let number = DecimalNumber(field) {
      for (index, count) in TimeCount.allCases.enumerated() {
        guard let meant = count.seconds(number), (Self.earliestInUnit...latest).contains(meant)
        else {
          continue
        }
        counts[index].add(field, time, line: line)
      }
    }
    // Dates of ten digits may be Unix seconds of our days; numbers in other units never are.
    let isSuspect = isEarly || isLate || field.count == 10
    guard isSuspect, time.form == .seconds || time.form == .digits,
      let number = WrittenNumber(field)
    else { return }
    for unit in isEarly || isLate ? TimeUnit.allCases : [.shortMinute] {
      guard let meant = unit.seconds(number), (Self.earliestInUnit...latest).contains(meant) else {
        continue
      }
      units[unit.rawValue].add(field, time, line: line)
      if unit == .spreadsheetDays, !number.isWhole { serialTimes += 1 }
      if unit == .shortMinute, datedHours.count < Self.fewestHours {
        datedHours.insert(number.whole / 100)
      }
    }
  }

  /// The first row of a log whose times are all days of a spreadsheet.
  ///
  /// As Unix times they would lie in 1970, within hours. Nil where one is not, or none has a time of day.
  var serial: Rows? {
    let found = units[TimeUnit.spreadsheetDays.rawValue]
    return rows > 0 && found.count == rows && serialTimes > 0 ? found : nil
  }

  /// The unit in which most rows make sense, where they make none as they were read.
  func unit() -> (unit: TimeUnit, rows: Rows)? {
    // Of two that fit as many rows, the first.
    guard
      let unit = TimeUnit.allCases.max(by: {
        let (left, right) = (units[$0.rawValue].count, units[$1.rawValue].count)
        return left != right ? left < right : $0.rawValue > $1.rawValue
      })
    else { return nil }
    let found = units[unit.rawValue]
    guard isMost(found.count) else { return nil }
    // Of ten digits both may make sense; Unix seconds are dates of many hours by chance hardly ever.
    let isDate =
      unit == .shortMinute && datedHours.count >= Self.fewestHours && found.count * 10 >= rows * 9
    return isMost(early.count + late.count) || isDate ? (unit, found) : nil
  }

  /// The unit of `--time-format` in which most rows make sense, where they make none as they were read.
  func count() -> (count: TimeCount, rows: Rows)? {
    guard isMost(early.count + late.count),
      // Of two that fit as many rows, the first.
      let index = counts.indices.max(by: {
        (counts[$0].count, -$0) < (counts[$1].count, -$1)
      }), isMost(counts[index].count)
    else { return nil }
    return (TimeCount.allCases[index], counts[index])
  }
}
