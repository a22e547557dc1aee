import Foundation
import Tables

/// What the times of a log are, as far as they have been read.
struct TimeFacts {
  /// Rows of a wall clock, which stand as they are written.
  var wallRows = 0
  /// Rows in UTC that stand as they are written, and the first of them.
  private(set) var utcRows = 0
  private(set) var utcLine = 0
  private(set) var utcText = ""
  /// Rows with another offset or zone, whose wall clock stands as it is written.
  var offsetRows = 0
  /// Rows of which the local time was worked out.
  var convertedRows = 0
  /// Of those: in an hour that the phone's clock shows twice, as daylight saving ends.
  var repeatedRows = 0
  /// Of those: written by a clock that shows that time twice, or never.
  var unclearRows = 0
  var skippedRows = 0
  /// How far numbers are rounded.
  var rounding = Rounding()
  var serialDays = SerialDays()

  mutating func countUTC(_ text: Field, _ line: Int) {
    if utcRows == 0 {
      utcLine = line
      utcText = excerpt(text)
    }
    utcRows += 1
  }

  /// Numbers that may be rounded: with an exponent, or days.
  struct Rounding {
    private(set) var rows = 0
    /// Microseconds between neighbouring numbers, of the number with most digits.
    private(set) var step = Double.infinity
    private(set) var line = 0
    private(set) var text = ""

    mutating func add(_ number: DecimalNumber, _ count: TimeCount, _ text: Field, line: Int) {
      if rows == 0 {
        self.line = line
        self.text = excerpt(text)
      }
      rows += 1
      let exponent = Double(number.exponent + count.unit.exponent)
      step = min(step, Double(count.unit.microseconds) * pow(10, exponent))
    }
  }

  /// Days of a spreadsheet.
  struct SerialDays {
    private(set) var rows = 0
    /// With a time of day.
    private(set) var fractions = 0

    mutating func add(_ number: DecimalNumber) {
      rows += 1
      if !number.isWhole { fractions += 1 }
    }
  }
}

extension DecimalNumber {
  var isWhole: Bool {
    guard exponent < 0 else { return true }
    var rest = mantissa
    for _ in exponent..<0 {
      if rest % 10 != 0 { return false }
      rest /= 10
    }
    return true
  }
}

/// How the times of a log were read, for the one who imports it.
package struct TimeReading: Sendable {
  /// The forms that rows have, and how many have it.
  package var forms: [(form: TimeForm, rows: Int)] = []
  /// Whether the day or the month comes first, and how that is known; nil where no date asks for it.
  package var order: String?
  /// The zone of the local times: its name, `UTC` or `as written`.
  package var zone = ""
  /// What was taken for granted, and how to change it.
  package var note: String?
  /// Rows in an hour that the clock shows twice, as daylight saving ends.
  package var repeatedRows = 0
  package var convertedRows = 0
  /// The header of the column of dates, where times have dates of their own.
  package var unusedDate: String?

  package init() {}

  /// What a summary says about them.
  package var lines: [String] {
    var lines: [String] = []
    if !forms.isEmpty {
      let shown = forms.map(\.form.name).joined(separator: ", ")
      lines.append("times: \(shown)\(order.map { "; \($0)" } ?? "")")
    }
    if let unusedDate {
      lines.append("dates: those of the times, which need no column \(quoted(unusedDate))")
    }
    if repeatedRows > 0 {
      lines.append(
        "\(repeatedRows) times lie in an hour that the clock shows twice, as daylight saving ends; they stand "
          + "by the clock")
    }
    lines.append("local time: \(zone)\(note.map { "; \($0)" } ?? "")")
    return lines
  }
}

extension TimeReader {
  /// What was found out, once all rows are read.
  ///
  /// Throws where it could not be found out how the times are meant.
  func finish(
    _ forms: [(form: TimeForm, rows: Int, line: Int)], _ options: ImportOptions,
    _ report: inout ImportReport, _ places: LogPlaces
  ) throws(UsageLogError) {
    try checkOrder(places)
    try dates.finish(options, &report, places)
    let rows = forms.reduce(0) { $0 + $1.rows }
    try checkRounding(rows, &report, places)
    report.times.forms = forms.filter { $0.rows > 0 }.sorted { $0.line < $1.line }
      .map { ($0.form, $0.rows) }
    report.times.order = orderWords(places)
    report.times.convertedRows = facts.convertedRows
    report.times.repeatedRows = facts.repeatedRows
    let zoneColumn = report.files.lazy.flatMap(\.columns).first { $0.role == .timezone }?.header
    let place = zoneColumn.map { "zone of each row, column \(quoted($0))" }
    let hasZones = zoneColumn != nil || options.zone != nil
    report.times.zone =
      hasZones && facts.wallRows > 0 && facts.convertedRows == 0
      ? "as written"
      : place ?? options.zone?.name
        ?? (facts.utcRows > 0 && facts.offsetRows == 0 && facts.wallRows == 0
          ? "UTC" : "as written")
    report.times.note =
      hasZones
      ? wallNote(
        zoneColumn.map { "the column \(quoted($0))" }
          ?? (options.timeZone == nil ? "--utc-offset" : "--timezone"))
      : utcNote(dropped: report.files.flatMap(\.droppedColumns), places)
    for (rows, words) in [
      (facts.unclearRows, "that the clock shows twice, of which the first was taken"),
      (facts.skippedRows, "that the clock skips, which were read as if it had not been changed"),
    ] where rows > 0 {
      report.notes.append("\(rows) times lie in an hour \(words)")
    }
  }

  /// What is said of times that name no zone, although `source` gives one to convert to.
  private func wallNote(_ source: String) -> String? {
    guard facts.wallRows > 0 else { return nil }
    let all = facts.wallRows + facts.convertedRows
    let which =
      facts.convertedRows == 0
      ? "\(source) changes nothing, because no time names a zone. If the times"
      : "\(facts.wallRows) of \(all) times name no zone and stay as written. If they"
    return "\(which) are in UTC: --source-timezone UTC."
  }

  private func utcNote(dropped: [String], _ places: LogPlaces) -> String? {
    guard facts.utcRows > 0, facts.offsetRows == 0 else { return nil }
    let candidates = dropped.filter {
      let name = $0.lowercased()
      return [
        "timezone", "time_zone", "time zone", "tz", "utc_offset", "utcoffset", "tz_offset", "zone",
        "tzid", "local_tz", "tz_name", "zone_id",
      ].contains(name) || name.contains("secondsfromgmt") || name.contains("offset")
    }
    let column = candidates.first.map(PrintableText.line) ?? "HEADER"
    return
      "UTC is taken as local time in \(facts.utcRows) \(facts.utcRows == 1 ? "row" : "rows"), such as "
      + "'\(facts.utcText)' on \(places.words(for: facts.utcLine)), which is wrong for phones elsewhere; "
      + "give their zone with --timezone (such as Europe/Berlin), or a column of zones with "
      + "--columns timezone=\(column)"
  }

  private func checkRounding(
    _ rows: Int, _ report: inout ImportReport, _ places: LogPlaces
  ) throws(UsageLogError) {
    let (serial, rounding) = (facts.serialDays, facts.rounding)
    if serial.rows > 0, serial.fractions == 0 {
      throw UsageLogError(
        .badInput,
        "\(places.place(of: rounding.line)): '\(rounding.text)' and all other times are whole days, without a time of "
          + "day; give a column with the time of day")
    }
    guard rounding.rows > 0, rounding.step > 1_000_000 else { return }
    let seconds = rounding.step / 1_000_000
    let shown = seconds < 100 ? "\((seconds * 10).rounded() / 10)" : "\(Int(min(seconds, 1e15)))"
    let words =
      "'\(rounding.text)' is rounded: \(rounding.rows) of \(rows) times are given with so few digits that "
      + "they are known to \(shown) seconds only"
    guard seconds <= 60 || 2 * rounding.rows <= rows else {
      throw UsageLogError(
        .badInput,
        "\(places.place(of: rounding.line)): \(words); export the column again with all its digits (as text, or as a "
          + "number that is not shown as 1E+12)")
    }
    report.notes.append("\(words), first on \(places.words(for: rounding.line))")
  }
}
