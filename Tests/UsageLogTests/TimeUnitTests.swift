import Testing
import UsageLog

/// Numbers of another unit that can be read as Unix times all the same.
@Suite struct TimeUnitTests {
  /// 2026-11-29.
  private static let now: Int64 = 1_795_910_400

  private func read(
    _ times: [String], _ change: (inout ImportOptions) -> Void = { _ in }
  ) throws -> (log: UsageLog, report: ImportReport) {
    let rows = times.enumerated().map { "a,\($1),x\($0)\n" }.joined()
    return try imported(
      "user,time,app\n" + rows,
      options(.csv) {
        $0.now = Self.now
        change(&$0)
      })
  }

  /// 2024-01-05 12:34:56 UTC is 1 704 458 096 s or 19 727.524 days after 1970, and each of these.
  @Test(arguments: [
    ("20240105", "YYYYMMDD,"), ("20240105.0", "YYYYMMDD,"), ("240105", "YYMMDD,"),
    ("240105.00", "YYMMDD,"), ("2024010512", "YYYYMMDDHH;"), ("2401051234", "YYMMDDHHMM;"),
    ("28407634", "minutes since 1970"), ("28407634.9", "minutes since 1970"),
    ("473460.5", "hours since 1970"), ("19727", "days since 1970"),
    ("45296", "days of a spreadsheet"), ("739256.524", "days of MATLAB"),
    ("2460315.024", "Julian days"), ("726150896", "since 2001"), ("3913446896", "since 1900"),
    ("200105122056", "YYMMDDHHMMSS"),
  ])
  func aUnitIsNamed(_ time: String, words: String) throws {
    let times = [time, time, time]
    let error = usageLogError { _ = try read(times) }
    #expect(error?.kind == .badInput)
    let text = error?.description ?? ""
    #expect(text.contains(":2: '\(time)' was read as"), "\(text)")
    #expect(text.contains(words) && text.contains("3 of 3 times"), "\(text)")
    #expect(text.contains("--keep-all-times"))
    let (_, report) = try read(times) { $0.keepsAllTimes = true }
    #expect(report.imported == 3 && report.notes.isEmpty)
  }

  /// One odd row among them is no reason to take the others.
  @Test func mostRowsDecide() throws {
    let error = usageLogError { _ = try read(["5", "20240105", "20240106", "20240107"]) }
    #expect(error?.description.contains("3 of 4 times look like days written YYYYMMDD") == true)
    #expect(error?.description.contains(":3: '20240105'") == true)
    // What --from and --until leave out does not count.
    let (_, report) = try read(["20240105", "20240106", "1704458096"]) {
      $0.times = 1_700_000_000...1_800_000_000
    }
    #expect(report.imported == 1 && report.notes.isEmpty)
  }

  /// The year 2018 without its century is 2027 as Unix seconds, which nobody would doubt.
  @Test func datesOfTenDigitsAreNoUnixTimes() throws {
    let dates = (1...10).flatMap { day in
      (10..<16).map { "1801\(day < 10 ? "0" : "")\(day)\($0)30" }
    }
    let error = usageLogError { _ = try read(dates) }
    #expect(
      error?.description.contains("60 of 60 times look like dates written YYMMDDHHMM") == true)
    // Half an hour of Unix seconds may look like dates.
    let seconds = (0..<60).map { "\(1_801_011_200 + $0)" }
    #expect(try read(seconds).report.imported == 60)
  }

  /// A few days are enough, and few rows; bursts of Unix seconds are not.
  @Test func differentHoursTellDatesOfTenDigits() throws {
    // Two days of March 2013, which as Unix seconds lie in April 2011.
    let dates = (4...5).flatMap { day in
      (8..<20).map { hour in "13030\(day)\(hour < 10 ? "0" : "")\(hour)15" }
    }
    let error = usageLogError { _ = try read(dates) }
    #expect(
      error?.description.contains("24 of 24 times look like dates written YYMMDDHHMM") == true)
    // Bursts of a minute each, all of which would be dates, and some a day later.
    let bursts = (0..<120).map { 1_310_010_000 + $0 % 60 + 100 * ($0 / 60) }
    let later = (0..<10).map { 1_310_070_000 + 7 * $0 }
    #expect(try read((bursts + later).map { "\($0)" }).report.imported == 130)
    // Dates with their century, of a year whose last digits are a month.
    let months = (1...9).flatMap { day in (10..<20).map { "2012050\(day)\($0)30" } }
    #expect(try read(months).report.imported == 90)
  }

  /// 2026-01-05 07:04:26 UTC in units that no count of digits tells.
  @Test(arguments: [
    ("13412070266000000", ["webkit"]), ("134120702660000000", ["filetime"]),
    ("639031934660000000", ["dotnet_ticks", "apple_ns"]), ("789289466000000000", ["apple_ns"]),
    ("13412070266000000.0", ["webkit"]),
  ])
  func aRefusedNumberNamesItsUnit(_ time: String, formats: [String]) throws {
    let error = usageLogError { _ = try read([time, time]) }?.description ?? ""
    #expect(error.contains("it looks like"), "\(error)")
    for format in ["apple_ns", "webkit", "filetime", "dotnet_ticks", "epoch_ms", "apple"] {
      #expect(
        error.contains("(--time-format \(format))") == formats.contains(format), "\(error)")
    }
    let right = try TimeFormat(parsing: formats[0])
    #expect(
      try read([time]) { $0.timeFormat = right }.log.timeRange == 1_767_596_666...1_767_596_666)
  }

  /// A unit that the user names is checked like one that is found out: 2026-01-05 07:04:26 UTC again.
  @Test(arguments: [
    ("webkit", "134120702660000000", "filetime"), ("filetime", "13412070266000000", "webkit"),
    ("epoch_ms", "1767596666", "epoch_s"), ("epoch_s", "1767596666000", "epoch_ms"),
    ("epoch_ns", "1767596666000000", "epoch_us"), ("apple", "1767596666", "epoch_s"),
    ("excel", "1767596666", "epoch_s"), ("epoch_s", "789289466", "apple"),
    ("excel_1904", "46027.2947454", "excel"), ("dotnet_ticks", "134120702660000000", "filetime"),
    ("epoch_ms", "46027.2947454", "excel"), ("apple_ns", "639031934660000000", ""),
  ])
  func theUnitThatTheUserNamesIsChecked(_ given: String, _ time: String, right: String) throws {
    let format = try TimeFormat(parsing: given)
    let error = usageLogError { _ = try read([time, time, time]) { $0.timeFormat = format } }
    guard !right.isEmpty else { return #expect(error == nil) }
    #expect(error?.kind == .badInput)
    #expect(
      error?.description.contains("--time-format \(right)") == true, "\(error?.description ?? "")")
  }

  @Test func shortYearsAreBadRowsThatSayWhy() throws {
    let (_, report) = try read(["1704458096", "240105123456"])
    #expect(report.badExamples.first?.reason.contains("YYMMDDHHMMSS") == true)
  }

  /// Nothing explains them: they go in, and it is said that they look wrong.
  @Test func timesOfNoPhoneAreNoted() throws {
    for (times, words) in [
      (["10", "20", "30"], "3 of 3 times lie before 2005, such as '10' on line 2"),
      (["1970-01-01T00:00:10", "1970-01-02T00:00"], "2 of 2 times lie before 2005"),
      (
        ["2099-01-01T00:00:10", "2099-01-02T00:00"], "2 of 2 times lie more than a year after today"
      ),
      (["4102444800000", "4102444801000"], "read as 2100-01-01T00:00:00 (Unix milliseconds)"),
    ] {
      let (_, report) = try read(times)
      #expect(report.imported == times.count)
      #expect(report.notes.count == 1 && report.notes[0].contains(words), "\(report.notes)")
      #expect(try read(times) { $0.keepsAllTimes = true }.report.notes.isEmpty)
    }
    // Some of them are the matter of other rules.
    let right = (0..<10).map { "\(1_704_458_096 + $0)" }
    #expect(try read(right).report.notes.isEmpty)
  }

  /// The day on which a log is imported decides what is doubted, never what is imported.
  @Test func theClockChangesNoContent() throws {
    let times = ["2031-01-01T00:00:10", "2031-01-02T00:00"]
    let (early, doubted) = try read(times)
    let (late, trusted) = try read(times) { $0.now = 1_925_000_000 }  // 2031-01-01
    #expect(early.contentHash == late.contentHash)
    #expect(doubted.notes.count == 1 && trusted.notes.isEmpty)
    // A clock that was never set doubts nothing of today.
    let (_, unset) = try read(["1767571200", "1767571260"]) { $0.now = 0 }
    #expect(unset.notes.isEmpty)
  }
}
