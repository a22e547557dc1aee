import Foundation
import Testing
import UsageData
import UsageLog

/// Times as people and programs write them.
@Suite struct WrittenTimeTests {
  /// The rows of written_times.csv that have one name: a column of one log.
  private struct Column {
    var name: String
    var format: String
    var rows: [(text: String, seconds: Int64)]
  }

  private static func columns() throws -> [Column] {
    var columns: [Column] = []
    let table = try String(contentsOfFile: vectors + "written_times.csv", encoding: .utf8)
    for line in table.split(separator: "\n").dropFirst() {
      let parts = csvFields(line)
      if columns.last?.name != parts[0] {
        columns.append(Column(name: parts[0], format: parts[1], rows: []))
      }
      columns[columns.count - 1].rows.append((parts[2], try #require(Int64(parts[3]))))
    }
    return columns
  }

  /// Imports a log of these times, each with an app named after its place, and returns what they became.
  private func read(
    _ texts: [String], _ change: (inout ImportOptions) -> Void = { _ in }
  ) throws -> (times: [String: Int64], report: ImportReport) {
    let rows = texts.enumerated().map { "a,\"\($1)\",x\($0)\n" }.joined()
    let (log, report) = try imported("user,time,app\n" + rows, options(.csv, change))
    var times: [String: Int64] = [:]
    for open in try log.history(of: 0).opens { times[log.appName(Int(open.app))] = open.time }
    return (times, report)
  }

  @Test func everyFormIsRead() throws {
    let columns = try Self.columns()
    #expect(columns.count >= 90)
    for column in columns {
      let format = column.format.isEmpty ? nil : try TimeFormat(parsing: column.format)
      let (times, report) = try read(column.rows.map(\.text)) { $0.timeFormat = format }
      let wanted = column.rows.enumerated().map { ("x\($0)", $1.seconds) }
      #expect(
        times == Dictionary(uniqueKeysWithValues: wanted),
        "\(column.name): \(column.rows.map(\.text)) \(report.badExamples)")
      #expect(report.notes.isEmpty, "\(column.name): \(report.notes)")
    }
  }

  /// The evidence may come late, and only in rows that come after many of either order.
  @Test func aDayAboveTwelveDecides() throws {
    let either = (1...12).map { "0\($0 % 9 + 1)/0\($0 % 5 + 1)/2026 08:00" }
    for (last, order) in [
      ("13/01/2026 08:00", "the day first"), ("01/13/2026 08:00", "the month first"),
    ] {
      let (times, report) = try read(either + [last])
      #expect(report.times.order == "\(order), as '\(last)' on line 14 shows")
      #expect(report.imported == 13 && report.notes.isEmpty)
      // The fifth is 06/01/2026: 6 January or 1 June.
      #expect(times["x4"] == (order == "the day first" ? 1_767_686_400 : 1_780_300_800))
    }
  }

  @Test func whatCanBeReadInTwoWaysIsAskedFor() throws {
    let texts = ["05/01/2026 00:45", "06/01/2026 00:45", "05/05/2026 12:00"]
    let error = usageLogError { _ = try read(texts) }
    #expect(error?.kind == .badInput)
    for words in [
      ":2: '05/01/2026 00:45' is 2026-01-05 with the day first and 2026-05-01 with the month first",
      "none of 2 dates tells which", "--time-format day_first",
    ] { #expect(error?.description.contains(words) == true, "\(error?.description ?? "")") }
    for (order, seconds) in [("day_first", 1_767_573_900), ("month_first", 1_777_596_300)] {
      let format = try TimeFormat(parsing: order)
      let (times, _) = try read(texts) { $0.timeFormat = format }
      #expect(times["x0"] == Int64(seconds))
    }
    // Days that are the same in either order ask nothing.
    #expect(try read(["05/05/2026 12:00", "6.6.2026 12:00"]).report.imported == 2)
  }

  @Test func datesOfBothOrdersEndTheImport() throws {
    let texts = ["13/01/2026 00:45", "05/01/2026 00:45", "01/14/2026 00:45"]
    let error = usageLogError { _ = try read(texts) }
    for words in [
      ":4: '01/14/2026 00:45' has the month first",
      "'13/01/2026 00:45' on line 2 has the day first",
      "--time-format day_first",
    ] { #expect(error?.description.contains(words) == true, "\(error?.description ?? "")") }
    // Also where the first of them comes late.
    #expect(usageLogError { _ = try read(texts.reversed()) }?.kind == .badInput)
    #expect(usageLogError { _ = try read([texts[1], texts[2], texts[0]]) }?.kind == .badInput)
    let format = try TimeFormat(parsing: "day_first")
    let (_, report) = try read(texts) { $0.timeFormat = format }
    #expect(report.imported == 2 && report.badExamples.map(\.line) == [4])
  }

  /// The few are the mistake, wherever they stand, and the message says how few they are.
  @Test func theOrderOfFewRowsIsTheMistake() throws {
    let many = (0..<40).map { "01/\(13 + $0 % 9)/2026 08:\(10 + $0)" } + ["01/02/2026 08:00"]
    for place in [0, 20, 41] {
      var texts = many
      texts.insert("14/01/2026 08:00", at: place)
      let error = usageLogError { _ = try read(texts) }?.description ?? ""
      for words in [
        ":\(place + 2): '14/01/2026 08:00' has the day first, but '01/", "has the month first",
        "(1 row against 40; 1 more can be read in either order); mend that row",
        "--time-format month_first or day_first",
      ] { #expect(error.contains(words), "\(error)") }
    }
  }

  /// A stream cannot be read twice.
  @Test func aPipeIsToldWhatToSay() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("pipe")
    #expect(mkfifo(path, 0o600) == 0)
    let writer = Thread {
      if let handle = FileHandle(forWritingAtPath: path) {
        try? handle.write(
          contentsOf: Data("user,time,app\na,05/01/2026 00:45,x\na,01/13/2026 00:45,x\n".utf8))
        try? handle.close()
      }
    }
    writer.start()
    let error = usageLogError { _ = try imported(.file(path), options(.csv)) }
    #expect(
      error?.description.contains("give --time-format month_first") == true,
      "\(error?.description ?? "")")
  }

  @Test(arguments: [
    ("2026-01-05", "without a time of day"), ("05/01/2026", "without a time of day"),
    ("Jan 5, 2026", "without a time of day"), ("00:45:44", "--columns date=HEADER"),
    ("12:45 AM", "--columns date=HEADER"), ("05/01/26 00:45", "two digits"),
    ("5-Jan-26 00:45", "two digits"), ("Jan 5 00:45:44", "no year"),
    ("30/02/2026 00:45", "no calendar"), ("2026-13-01 00:45", "no calendar"),
    ("1/5/2026 25:00", "no clock"), ("2026-01-05 00:61", "no clock"),
    ("13/1/2026 13:45 PM", "AM or PM"), ("2026-01-05 0:45 PM", "AM or PM"),
    ("2026-01-05 00:45:44 XYZT", "+01:00"), ("2026-01-05 00:45:44 Mars/Phobos", "+01:00"),
    ("yesterday", "--time-format"), ("5.1", "1970"), ("", "the time is empty"),
    ("/Date(1767571544000)", "--time-format"), ("/Date(1767571544000+25)/", "--time-format"),
    ("/Date(-62135596800000)/", "--time-format"), ("/Date(1767571544000", "--time-format"),
    ("2026-01-05 12:45 a. mm", "+01:00"),
    ("2026-01-05 noon", "the import reads 2026-01-31 08:30:00"),
  ])
  func whatIsNoTimeSaysWhy(_ text: String, words: String) throws {
    let (_, report) = try read(["2026-01-13 08:00:00", text]) { $0.keepsAllTimes = true }
    // A bare number is seconds since 1970.
    guard text != "5.1" else { return #expect(report.imported == 2) }
    #expect(report.badExamples.map(\.line) == [3])
    #expect(report.badExamples.first?.reason.contains(words) == true, "\(report.badExamples)")
  }

  @Test func roundedNumbersAreRefused() throws {
    for texts in [
      ["1.76757e+12", "1.76758e+12"], ["1.76757E+09", "1.76758E+09"],
      ["1.7675739e9", "1.7675751e9"],
    ] {
      let error = usageLogError { _ = try read(texts) }
      #expect(error?.kind == .badInput)
      #expect(
        error?.description.contains("is rounded: 2 of 2 times") == true,
        "\(error?.description ?? "")")
    }
    #expect(
      usageLogError { _ = try read(["1.76757e+12"]) }?.description.contains("to 10000 seconds")
        == true)
    // 46027.03 days: 864 s. Whole days have no time of day at all.
    let format = try TimeFormat(parsing: "excel")
    let coarse = usageLogError {
      _ = try read(["46027.03", "46028.51"]) { $0.timeFormat = format }
    }
    #expect(
      coarse?.description.contains("known to 864 seconds only") == true,
      "\(coarse?.description ?? "")")
    let days = usageLogError { _ = try read(["46027", "46028"]) { $0.timeFormat = format } }
    #expect(days?.description.contains("without a time of day") == true)
    let (_, report) = try read(["46027.0317", "46028.5125"]) { $0.timeFormat = format }
    #expect(report.notes.count == 1 && report.notes[0].contains("8.6 seconds"), "\(report.notes)")
  }

  @Test func dateAndTimeMayStandInTwoColumns() throws {
    for (header, date, time, mapping) in [
      ("user,Date,Time,app", "2026-01-05", "00:45:44", ""),
      ("user,Date,Time,app", "13.01.2026", "0:45", ""),
      ("user,Date,Time,app", "1/13/2026", "12:45 AM", ""),
      ("user,day,clock,app", "Jan 5 2026", "12:45:44 a.m.", "date=day,time=clock"),
      ("user,day,clock,app", "20260105", "004544", "date=#2,time=#3"),
      ("user,Date,Time,app", "5 January 2026", "00.45.44", ""),
      ("user,Date,Time,app", "2026/01/05", "00:45:44+01:00", ""),
    ] {
      let columns = try ColumnMapping(parsing: mapping)
      let (log, report) = try imported(
        "\(header)\na,\(date),\(time),x\n", options(.csv) { $0.columns = columns })
      let day: Int64 = date.contains("13") ? 1_768_262_400 : 1_767_571_200
      #expect(
        try log.history(of: 0).opens.first.map { ($0.time - day) / 60 } == 45,
        "\(date) \(time) \(report.badExamples)")
    }
    // A whole time needs no other column.
    let (log, _) = try imported("user,date,time,app\na,nothing,2026-01-05 00:45:44,x\n")
    #expect(log.timeRange?.lowerBound == 1_767_573_944)
    let error = usageLogError { _ = try imported("user,date,app\na,2026-01-05,x\n") }
    #expect(error?.description.contains("without a time of day") == true)
  }

  @Test func formatsAreChecked() throws {
    for (text, words) in [
      ("exel", "did you mean 'excel'?"), ("dd/MM/yyyy HH:mm", "as for strptime"),
      ("%d/%m/%Y", "the hour"),
      ("%d/%m/%Y %I:%M", "%I with %p"), ("%Y-%m %H:%M", "the day"), ("%Y-%m-%d %H:%M %q", "'%q'"),
      ("%H:%M %d.%m", "the year"), ("%d/%m/%Y %H", "the minute"), ("", "neither"),
    ] {
      let error = usageLogError { _ = try TimeFormat(parsing: text) }
      #expect(error?.kind == .usage)
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
    let format = try TimeFormat(parsing: "%d/%m/%Y %H:%M")
    let (_, report) = try read(["13/01/2026 00:45", "2026-01-13 00:45", "13/01/2026 00:45:44"]) {
      $0.timeFormat = format
    }
    #expect(report.badExamples.map(\.line) == [3, 4])
    #expect(report.badExamples[0].reason.contains("does not fit --time-format '%d/%m/%Y %H:%M'"))
    let iso = try TimeFormat(parsing: "iso")
    #expect(
      try read(["2026-01-05 00:45", "1767573900"]) { $0.timeFormat = iso }.report.badRows == 1)
  }
}
