import Foundation
import Testing
import UsageData
import UsageLog

/// Logs that have the date in one column and the time in another.
@Suite struct TwoColumnTests {
  /// Imports a log of these dates and times, each with an app named after its place, and returns what they
  /// became.
  private func read(
    _ rows: [(date: String, time: String)], _ change: (inout ImportOptions) -> Void = { _ in }
  ) throws -> (times: [Int64?], report: ImportReport) {
    let text = rows.enumerated().map { "a,\"\($1.date)\",\"\($1.time)\",x\($0)\n" }.joined()
    let (log, report) = try imported("user,Date,Time,app\n" + text, options(.csv, change))
    var times = [Int64?](repeating: nil, count: rows.count)
    for open in try log.history(of: 0).opens {
      times[Int(log.appName(Int(open.app)).dropFirst()) ?? 0] = open.time
    }
    return (times, report)
  }

  /// Against Python's datetime.
  @Test func everyFormIsRead() throws {
    let table = try String(contentsOfFile: vectors + "two_columns.csv", encoding: .utf8)
    var names: [String] = []
    var columns: [String: (format: String, rows: [(date: String, time: String)], times: [Int64])] =
      [:]
    for line in table.split(separator: "\n").dropFirst() {
      let parts = csvFields(line)
      if names.last != parts[0] { names.append(parts[0]) }
      columns[parts[0], default: (parts[1], [], [])].rows.append((parts[2], parts[3]))
      columns[parts[0]]?.times.append(try #require(Int64(parts[4])))
    }
    #expect(names.count == 25)
    for name in names {
      let column = try #require(columns[name])
      let format = column.format.isEmpty ? nil : try TimeFormat(parsing: column.format)
      let (times, report) = try read(column.rows) { $0.timeFormat = format }
      #expect(times == column.times, "\(name): \(report.badExamples)")
      #expect(report.notes.isEmpty, "\(name): \(report.notes)")
    }
  }

  /// 0.25 of the day is 6 o'clock, and 0.45 on a clock is a quarter to one.
  @Test func otherRowsTellPartsOfTheDayFromMinutes() throws {
    let day: Int64 = 1_768_262_400  // 2026-01-13
    let parts = try read([
      ("13.01.2026", "0.25"), ("13.01.2026", "0.5"), ("13.01.2026", "0"), ("13.01.2026", "0.75"),
      ("13.01.2026", "0.29475"),
    ])
    #expect(parts.times == [day + 21_600, day + 43_200, day, day + 64_800, day + 25_466])
    let clock = try read([("13.01.2026", "0.45"), ("13.01.2026", "7.30")])
    #expect(clock.times == [day + 2_700, day + 27_000])
    // What only one order of day and month explains is found at the same time.
    let months = try read([("1/2/2026", "0.25"), ("1/13/2026", "0.123456")])
    #expect(months.times == [1_767_333_600, day + 10_666])
    let asked = usageLogError { _ = try read([("13.01.2026", "0.45"), ("14.01.2026", "0.30")]) }
    for words in [":2: '0.45' may be", "none of 2 times", "--time-format excel", "%H.%M"] {
      #expect(asked?.description.contains(words) == true, "\(asked?.description ?? "")")
    }
    let excel = try TimeFormat(parsing: "excel")
    let rounded = usageLogError {
      _ = try read([("13.01.2026", "0.45")]) { $0.timeFormat = excel }
    }
    #expect(rounded?.description.contains("known to 864 seconds only") == true)
    let pattern = try TimeFormat(parsing: "%d.%m.%Y %H.%M")
    #expect(
      try read([("13.01.2026", "0.45")]) { $0.timeFormat = pattern }.times == [day + 2_700])
    let mixed = usageLogError {
      _ = try read([("13.01.2026", "0.45"), ("13.01.2026", "7.30"), ("13.01.2026", "0.123456")])
    }
    for words in [":2: '0.45'", "'7.30' on line 3", "'0.123456' on line 4"] {
      #expect(mixed?.description.contains(words) == true, "\(mixed?.description ?? "")")
    }
  }

  @Test func aDateIsNeverDroppedInSilence() throws {
    // Spreadsheets take the first zeros of 070426 away.
    for time in ["70426", "25466", "12345678", "0704260"] {
      let error = usageLogError { _ = try read([("2026-01-05", time)]) }
      #expect(error?.kind == .badInput)
      #expect(error?.description.contains("'\(time)'") == true, "\(error?.description ?? "")")
    }
    let short = usageLogError { _ = try read([("46027", "70426")]) }
    #expect(short?.description.contains("beside the date '46027'") == true)
    #expect(short?.description.contains("--columns date=none") == true)
    let empty = try read([("2026-01-05", "07:04"), ("", "07:04"), (" ", "0.5")]).report
    #expect(empty.badExamples.map(\.line) == [3, 4])
    #expect(
      empty.badExamples.first?.reason == "the date beside '07:04' is empty",
      "\(empty.badExamples)")
    let own = try read([("2026-01-05", "1767571200"), ("06/01/2026", "2026-01-06 08:00")]).report
    #expect(
      own.times.lines.contains("dates: those of the times, which need no column 'Date'"))
    #expect(own.notes.allSatisfy { !$0.contains("another day") })
    // 2026-01-05 is not the day of 1767830400 (2026-01-08).
    let rows = [("2026-01-05", "1767830400"), ("2026-01-08", "1767830460")]
    let note = try read(rows).report.notes.joined()
    #expect(
      note.contains(
        "the column 'Date' has another day than the time in 1 of 2 rows whose time has a date of its own, such as "
          + "'2026-01-05' beside '1767830400' (2026-01-08T00:00:00) on line 2"), "\(note)")
    let columns = try ColumnMapping(parsing: "date=Date,time=Time")
    let error = usageLogError { _ = try read([rows[0]]) { $0.columns = columns } }
    #expect(error?.description.contains(":2: '2026-01-05' beside") == true)
  }

  @Test func whatFitsNoFormatSaysWhy() throws {
    let pattern = try TimeFormat(parsing: "%Y-%m-%d %H:%M")
    let error = usageLogError {
      _ = try read([("2026-01-05", "0.29475")]) { $0.timeFormat = pattern }
    }
    #expect(error?.description.contains("or with --time-format excel") == true)
    let coarse = usageLogError { _ = try read([("2026-01-05", "0.3"), ("2026-01-05", "0.7")]) }
    #expect(coarse?.description.contains("known to 8640 seconds only") == true)
  }

  /// 7:4:6 has lost its zeros, and 7.4 is a number.
  @Test func timesMayLackZeros() throws {
    let day: Int64 = 1_767_571_200
    let (times, report) = try read([
      ("2026-01-05", "7:4:6"), ("2026-01-05", "7:4"), ("2026-01-05", "7.4.6"),
      ("2026-01-05", "7:4:6 PM"), ("2026-01-05", "7.4"), ("2026-01-05", "7:4:"),
      ("2026-01-05", "7:123"), ("2026-01-05", "12:5:60"),
    ])
    #expect(
      times == [
        day + 25_446, day + 25_440, day + 25_446, day + 68_646, nil, nil, nil, day + 43_559,
      ])
    #expect(report.badExamples.map(\.line) == [6, 7, 8])
  }
}
