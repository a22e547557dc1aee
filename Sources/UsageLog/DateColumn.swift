import Tables

/// Joins the dates of a log that stand in a column of their own with the times beside them.
///
/// A time of day gets its date; so does a part of the day (`0.29475`). A time with a date of its own
/// needs none, and the two dates are compared.
struct DateColumn {
  /// Rows that are alike, and the first of them.
  struct Rows {
    private(set) var count = 0
    private(set) var line = 0
    private(set) var text = ""

    mutating func add(_ text: @autoclosure () -> String, line: Int) {
      if count == 0 { (self.line, self.text) = (line, text()) }
      count += 1
    }
  }

  /// A date and its time as one text, which is valid until the next row.
  struct Joined {
    let text: Field
    /// Whether the date is a day of a spreadsheet.
    let isSerial: Bool
  }

  private let joiner = TextJoiner()
  private let format: TimeFormat?
  /// Whether `0.45` is a part of the day.
  private let readsFractions: Bool
  private var clocks = Rows()
  private var either = Rows()
  private var fractions = Rows()
  /// Rows whose time has a date of its own, and those of them where it is another one.
  private(set) var ownDates = 0
  private(set) var conflicts = Rows()

  /// Days since 1900 of a date without a format: 2000 to 2099.
  private static let serialDays: ClosedRange<Int64> = 36_526...73_050

  init(_ format: TimeFormat?, readsFractions: Bool) {
    self.format = format
    self.readsFractions = readsFractions || format == .count(.excel) || format == .count(.excel1904)
  }

  /// The two as one text; nil where the time has a date of its own.
  mutating func join(
    _ date: Field, _ time: Field, line: Int, _ facts: inout TimeFacts
  ) throws(RowParser.Rejection) -> Joined? {
    let kind = ClockText(time)
    switch format {
    case .pattern(let pattern): return try join(date, time, kind, pattern)
    case .count(let count) where !count.isSerial:
      // It asks for numbers alone.
      guard case .clock = kind else { return nil }
    default: break
    }
    var part: DecimalNumber?
    switch kind {
    case .clock:
      let isWithMarks = time.contains(UInt8(ascii: ":")) || time.contains(UInt8(ascii: "."))
      if isWithMarks { clocks.add(excerpt(time), line: line) }
    case .fraction(let number):
      fractions.add(excerpt(time), line: line)
      part = number
    case .either(let number):
      either.add(excerpt(time), line: line)
      if readsFractions { part = number }
    case .other:
      try checkShort(time, date)
      return nil
    }
    guard !date.allSatisfy(isJSONBlank) else {
      throw RowParser.Rejection(reason: "the date beside '\(excerpt(time))' is empty")
    }
    var text: [UInt8]?
    if let part {
      facts.rounding.add(part, .excel, time, line: line)
      text = Self.clock(part)
    }
    let day = serialDay(date)
    if day == nil, text == nil { return Joined(text: try joined(date, time), isSerial: false) }
    let dateText = day.map { Array(localTimeText($0 * 86_400).utf8.prefix(10)) } ?? Array(date)
    let both = try dateText.withUnsafeBufferPointer { dateText throws(RowParser.Rejection) in
      guard let text else { return try joined(dateText, time) }
      return try text.withUnsafeBufferPointer { text throws(RowParser.Rejection) in
        try joined(dateText, text)
      }
    }
    return Joined(text: both, isSerial: day != nil)
  }

  /// A pattern says whether it describes the time alone or both with a blank between them.
  private func join(
    _ date: Field, _ time: Field, _ kind: ClockText, _ pattern: TimePattern
  ) throws(RowParser.Rejection) -> Joined? {
    if pattern.time(time) != nil { return nil }
    let both = try joined(date, time)
    switch kind {
    case .fraction, .either:
      guard pattern.time(both) == nil else { break }
      throw RowParser.Rejection(
        reason:
          "'\(excerpt(both))' does not fit --time-format '\(pattern.text)'; a part of the day beside a date "
          + "is read without --time-format, or with --time-format excel")
    case .clock, .other: break
    }
    return Joined(text: both, isSerial: false)
  }

  private func joined(_ date: Field, _ time: Field) throws(RowParser.Rejection) -> Field {
    guard let joined = joiner.join(date, time) else {
      throw RowParser.Rejection(reason: "'\(excerpt(time))' and its date are too long for a time")
    }
    return joined
  }

  /// `07:04:26.590080` of a part of the day.
  private static func clock(_ part: DecimalNumber) -> [UInt8] {
    let time = part.microseconds(TimeCount.excel.unit).map(part.nearestSecond) ?? 0
    // What is just below 1 is still that day.
    let (seconds, rest) = min(time, 86_399_999_999).quotientAndRemainder(dividingBy: 1_000_000)
    let digits = String(rest)
    let fraction = String(repeating: "0", count: 6 - digits.utf8.count) + digits
    return Array("\(localTimeText(seconds).suffix(8)).\(fraction)".utf8)
  }

  /// Days since 1970 of a date that is a day of a spreadsheet; nil where it is none.
  private func serialDay(_ date: Field) -> Int64? {
    guard let number = WrittenNumber(date), number.isWhole else { return nil }
    let is1904 = format == .count(.excel1904)
    guard is1904 || format == .count(.excel) || Self.serialDays.contains(number.whole) else {
      return nil
    }
    let day = number.whole - (is1904 ? 24_107 : 25_569)
    return (0...loggedTimes.upperBound / 86_400).contains(day) ? day : nil
  }

  /// The days that a date may be, with the day first and with the month first; nil where it is none.
  private func days(_ date: Field) -> [Int64]? {
    if let day = serialDay(date) { return [day] }
    let midnight = Array("00:00:00".utf8)
    guard
      let both = midnight.withUnsafeBufferPointer({ joiner.join(date, $0) }),
      let readings = try? WrittenTime(both).readings
    else { return nil }
    let days = [readings.dayFirst, readings.monthFirst].compactMap(\.self)
    return days.isEmpty ? nil : days.map { $0.instant / 86_400_000_000 }
  }

  /// Throws where a number beside a date is too small for a time with a date of its own, such as 70426 for
  /// 07:04:26.
  private func checkShort(_ time: Field, _ date: Field) throws(RowParser.Rejection) {
    switch format {
    case .count, .pattern: return
    case nil, .order, .iso: break
    }
    guard let number = DecimalNumber(time), number.wholeDigits <= 8, let days = days(date) else {
      return
    }
    // Spreadsheets may write the whole time beside its date.
    if let written = WrittenNumber(time), days.contains(written.whole - 25_569) { return }
    throw RowParser.Rejection(
      reason:
        "'\(excerpt(time))' beside the date '\(excerpt(date))' is neither a time of day (07:04:26, or 070426 with "
        + "all its zeros) nor a part of the day from 0 to below 1; write it as one of them, or leave the date out "
        + "with --columns date=none")
  }

  /// Compares the date with that of a time that has its own; a zone may make it the day before or after.
  mutating func compare(_ date: Field, _ time: LoggedTime, _ text: Field, line: Int) {
    ownDates += 1
    let day = time.instant / 86_400_000_000
    guard let days = days(date), days.allSatisfy({ abs($0 - day) > 1 }) else { return }
    conflicts.add(
      "'\(excerpt(date))' beside '\(excerpt(text))'"
        + (time.isInRange ? " (\(localTimeText(time.instant / 1_000_000)))" : ""), line: line)
  }
}

extension DateColumn {
  /// What shows that `0.45` is a part of the day, where it was read as a time of day.
  ///
  /// Throws where some rows show the one and some the other, and where none tells which.
  func found(_ places: LogPlaces) throws(UsageLogError) -> FoundTimes? {
    guard either.count > 0, !readsFractions else { return nil }
    switch (fractions.count > 0, clocks.count > 0) {
    case (false, true): return nil
    case (true, false):
      return FoundTimes(
        format: .count(.excel), line: fractions.line, text: fractions.text, areFractions: true)
    case (true, true):
      throw UsageLogError(
        .badInput,
        "\(places.place(of: either.line)): '\(either.text)' may be a time of day or a part of the day, "
          + "because '\(clocks.text)' on \(places.words(for: clocks.line)) is the one and "
          + "'\(fractions.text)' on \(places.words(for: fractions.line)) the other; write all times in one "
          + "way, such as 07:04:26")
    case (false, false):
      throw UsageLogError(
        .badInput,
        "\(places.place(of: either.line)): '\(either.text)' may be a time of day (minutes after midnight) or "
          + "a part of the day, and none of \(counted(either.count, "time")) tells which; say --time-format excel for "
          + "parts of the day, or describe date and time with a pattern such as '%Y-%m-%d %H.%M'")
    }
  }

  /// Says that the times have dates of their own, and where the column has others.
  func finish(
    _ options: ImportOptions, _ report: inout ImportReport, _ places: LogPlaces
  ) throws(UsageLogError) {
    guard ownDates > 0,
      let header = report.files.lazy.flatMap(\.columns).first(where: { $0.role == .date })?.header
    else { return }
    report.times.unusedDate = header
    guard conflicts.count > 0 else { return }
    let words =
      "the column \(quoted(header)) has another day than the time in \(conflicts.count) of "
      + "\(counted(ownDates, "row")) whose time has a date of its own"
    if options.columns.hasColumn(for: .date), conflicts.count * 2 > ownDates {
      throw UsageLogError(
        .badInput,
        "\(places.place(of: conflicts.line)): \(conflicts.text): \(words); name the column with the time of day, "
          + "or leave the date out with --columns date=none")
    }
    report.notes.append(
      "\(words), such as \(conflicts.text) on \(places.words(for: conflicts.line)); the time was taken"
    )
  }
}
