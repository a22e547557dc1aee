import Foundation
import Testing
import UsageData
import UsageLog

/// Whose clock a time is of.
@Suite struct TimeZoneTests {
  private func read(
    _ rows: [String], header: String = "user,time,app",
    _ change: (inout ImportOptions) throws -> Void
  ) throws -> (times: [Int64], report: ImportReport) {
    var options = options(.csv)
    try change(&options)
    let text = header + "\n" + rows.map { $0 + "\n" }.joined()
    let (log, report) = try imported(text, options)
    return (try log.history(of: 0).opens.map(\.time).sorted(), report)
  }

  /// Instants around changes of the clocks, against Python's zoneinfo.
  @Test func instantsBecomeLocal() throws {
    let table = try String(contentsOfFile: vectors + "zones.csv", encoding: .utf8)
    var instants: [String: [(utc: Int64, local: Int64)]] = [:]
    for line in table.split(separator: "\n").dropFirst() {
      let parts = line.split(separator: ",")
      instants[String(parts[0]), default: []].append(
        (try #require(Int64(parts[1])), try #require(Int64(parts[2]))))
    }
    #expect(instants.count == 6)
    for (place, pairs) in instants {
      let wanted = pairs.map(\.local).sorted()
      let asZone = try read(pairs.map { "a,\($0.utc),x" }) {
        $0.timeZone = try LogZone(parsing: place)
        $0.keepsAllTimes = true
      }
      #expect(asZone.times == wanted, "\(place)")
      #expect(asZone.report.times.zone == place)
      let rows = pairs.map { "a,\(localTimeText($0.utc))Z,x,\(place)" }
      let asColumn = try read(rows, header: "user,time,app,tz") {
        $0.columns = try ColumnMapping(parsing: "timezone=tz")
        $0.keepsAllTimes = true
      }
      #expect(asColumn.times == wanted, "\(place)")
    }
  }

  /// 2026-01-05 00:45:44 in Berlin is 1 767 570 344.
  @Test(arguments: [
    "1767570344", "1767570344000", "2026-01-04T23:45:44Z", "2026-01-04 23:45:44 UTC",
    "2026-01-04 23:45:44+00:00", "2026-01-05T05:15:44+05:30", "Sun Jan 04 23:45:44 GMT 2026",
    "04 Jan 2026 18:45:44 EST", "2026-01-04 18:45:44 America/New_York", "1.767570344e9",
    "Sun, 04 Jan 2026 15:45:44 -0800",
  ])
  func everyInstantIsConverted(_ text: String) throws {
    let changes: [(inout ImportOptions) throws -> Void] = [
      { $0.timeZone = try LogZone(parsing: "Europe/Berlin") }, { $0.utcOffsetSeconds = 3600 },
    ]
    for change in changes {
      let (times, report) = try read(["a,\"\(text)\",x"], change)
      #expect(times == [1_767_573_944], "\(text)")
      #expect(report.times.convertedRows == 1 && report.times.note == nil)
    }
  }

  /// A column of offsets that are no seconds says which unit it has, and what 1 h or 5:30 h is in seconds.
  @Test(arguments: [
    ("60", "minutes", "60 (3600)", "+01:00"), ("330", "minutes", "60 (19800)", "+05:30"),
    ("-300", "minutes", "60 (-18000)", "-05:00"), ("330.0", "minutes", "60 (19800)", "+05:30"),
    ("1", "hours", "3600 (3600)", "+01:00"), ("5.5", "hours", "3600 (19800)", "+05:30"),
    ("-8", "hours", "3600 (-28800)", "-08:00"), ("5.75", "hours", "3600 (20700)", "+05:45"),
  ])
  func offsetsOfAnotherUnitAreNamed(
    _ offset: String, unit: String, product: String, name: String
  ) throws {
    let error = usageLogError {
      _ = try read(["a,1767570344,x,\(offset)"], header: "user,time,app,utc_offset") {
        $0.columns = try ColumnMapping(parsing: "timezone=utc_offset")
      }
    }
    let text = error?.description ?? ""
    for words in ["an offset in \(unit)", "multiply the column by \(product)", "write \(name)"] {
      #expect(text.contains(words), "\(text)")
    }
  }

  @Test func wallClocksStay() throws {
    let zone = try LogZone(parsing: "Asia/Kolkata")
    let rows = ["a,2026-01-05 00:45:44,x", "a,2026-01-13 08:00,x"]
    let (times, report) = try read(rows) { $0.timeZone = zone }
    #expect(times == [1_767_573_944, 1_768_291_200])
    #expect(
      report.times.lines.last
        == "local time: as written; --timezone changes nothing, because no time names a zone. If the times are "
        + "in UTC: --source-timezone UTC.")
    let offset = try read(rows) { $0.utcOffsetSeconds = 3600 }.report.times.lines.last
    #expect(offset?.hasPrefix("local time: as written; --utc-offset changes nothing") == true)
    let column = try read(rows.map { "\($0),+01:00" }, header: "user,time,app,tz") {
      $0.columns = try ColumnMapping(parsing: "timezone=tz")
    }
    #expect(column.report.times.note?.hasPrefix("the column 'tz' changes nothing") == true)
    // One that names its zone is converted, and the others are counted.
    let mixed = try read(rows + ["a,2026-01-05 00:45:44Z,x"]) { $0.timeZone = zone }.report.times
    #expect(mixed.zone == "Asia/Kolkata")
    #expect(mixed.note?.hasPrefix("2 of 3 times name no zone and stay as written.") == true)
    let named = try read(rows) {
      $0.timeZone = zone
      $0.sourceZone = try LogZone(parsing: "UTC")
    }
    #expect(named.times == [1_767_573_944 + 19_800, 1_768_291_200 + 19_800])
    #expect(named.report.times.note == nil)
  }

  @Test func utcThatIsTakenAsLocalTimeIsSaid() throws {
    for text in [
      "1767570344", "2026-01-04T23:45:44Z", "2026-01-04 23:45:44 UTC", "2026-01-04 23:45:44+00:00",
    ] {
      let (_, report) = try read(["a,\(text),x"]) { _ in }
      let note = report.times.note ?? ""
      #expect(
        note.contains("UTC is taken as local time in 1 row, such as '\(text)' on line 2"), "\(note)"
      )
      #expect(note.contains("--timezone"))
      #expect(report.times.zone == "UTC")
    }
    // A column that may say it is named.
    let (_, report) = try read(["a,1767570344,x,Europe/Berlin"], header: "user,time,app,tz") { _ in
    }
    #expect(report.times.note?.contains("--columns timezone=tz") == true)
    // Phones that write their own offset have one of 0 in London.
    let own = try read(["a,2026-01-05 00:45:44+00:00,x", "a,2026-07-05 00:45:44+01:00,x"]) { _ in }
    #expect(own.report.times.note == nil && own.report.times.zone == "as written")
    #expect(try read(["a,2026-01-05 00:45:44,x"]) { _ in }.report.times.note == nil)
  }

  @Test func rowsMayNameTheirZone() throws {
    let rows = [
      "Europe/Berlin", "3600", "+01:00", "GMT+1", "+0100", "3600.0", "UTC+01:00", "Africa/Lagos",
    ].enumerated().map { "a,1767570344,x\($0),\($1)" }
    let (times, report) = try read(rows, header: "user,time,app,tz") {
      $0.columns = try ColumnMapping(parsing: "timezone=tz")
    }
    #expect(times == Array(repeating: 1_767_573_944, count: rows.count))
    #expect(report.times.zone == "zone of each row, column 'tz'")
    // Minutes and hours are no seconds, abbreviations no places; an empty one needs another.
    for zone in ["330", "-5", "5.5", "IST", "Nowhere/City", ""] {
      let (_, report) = try read(
        ["a,1767570344,x,UTC", "a,1767570344,y,\(zone)"], header: "user,time,app,tz"
      ) { $0.columns = try ColumnMapping(parsing: "timezone=tz") }
      #expect(report.badExamples.map(\.line) == [3], "\(zone)")
    }
    let filled = try read(["a,1767570344,x,", "a,1767570344,x,+02:00"], header: "user,time,app,tz")
    {
      $0.columns = try ColumnMapping(parsing: "timezone=tz")
      $0.timeZone = try LogZone(parsing: "Europe/Berlin")
    }
    #expect(filled.times == [1_767_573_944, 1_767_577_544])
  }

  /// Berlin's clocks went from 2:00 to 3:00 on 2024-03-31 and from 3:00 to 2:00 on 2024-10-27.
  @Test func hoursThatAreSkippedOrRepeated() throws {
    let utc = try LogZone(parsing: "UTC")
    func inUTC(_ time: String) throws -> (times: [Int64], report: ImportReport) {
      try read(["a,\(time),x"]) {
        $0.timeZone = utc
        $0.sourceZone = try LogZone(parsing: "Europe/Berlin")
      }
    }
    for (time, seconds, note) in [
      ("2024-03-31 01:59:59", 1_711_846_799, ""),
      ("2024-03-31 02:30:00", 1_711_848_600, "the clock skips"),
      ("2024-03-31 03:00:00", 1_711_846_800, ""),
      ("2024-10-27 02:30:00", 1_729_989_000, "shows twice"),
      ("2024-10-27 03:00:00", 1_729_994_400, ""), ("2024-10-27 01:59:59", 1_729_987_199, ""),
    ] {
      let (times, report) = try inUTC(time)
      #expect(times == [Int64(seconds)], "\(time)")
      #expect(note.isEmpty ? report.notes.isEmpty : report.notes.first?.contains(note) == true)
    }
    // 2:30 twice, and 3:00 once.
    let (times, report) = try read(["a,1729989000,x", "a,1729992600,y", "a,1729994400,x"]) {
      $0.timeZone = try LogZone(parsing: "Europe/Berlin")
    }
    #expect(times == [1_729_996_200, 1_729_996_200, 1_729_998_000])
    #expect(report.times.repeatedRows == 2)
  }

  @Test func abbreviationsOfSeveralZonesAreNotConverted() throws {
    let rows = ["a,2026-01-05 00:45:44 IST,x", "a,2026-01-05 00:45:44 UTC,y"]
    let zone = try LogZone(parsing: "Asia/Kolkata")
    let (_, report) = try read(rows) { $0.timeZone = zone }
    #expect(report.badExamples.first?.reason.contains("several time zones") == true)
    // Nothing is to be converted.
    #expect(try read(rows) { _ in }.report.imported == 2)
  }

  @Test func zonesAreChecked() throws {
    for (text, words) in [
      ("Europe/Berln", "did you mean 'Europe/Berlin'?"), ("CEST", "an abbreviation"),
      ("330", "quarters of an hour"),
      ("Mars/Phobos", "IANA name"), ("", "is no"), ("+25:00", "no offset"),
    ] {
      let error = usageLogError { _ = try LogZone(parsing: text) }
      #expect(error?.kind == .usage)
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
    }
    #expect(try LogZone(parsing: "europe/berlin").name == "Europe/Berlin")
    #expect(try LogZone(parsing: "+05:30").offset == 19_800)
    #expect(try LogZone(parsing: "-19800").name == "-05:30")
    #expect(try LogZone(parsing: "UTC").offset == 0)
  }
}
