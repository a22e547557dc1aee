import Foundation
import Testing

/// Times and zones of a log, from the command line.
struct DataTimeTests {
  private static func object(_ result: CommandLineProgram.Result) throws -> [String: Any] {
    try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any],
      "\(result.errors)")
  }

  /// Opens from 8 to 23 o'clock in Berlin, on every day of the week in which clocks change, as instants.
  ///
  /// 2024-03-31 01:00 UTC is the change: 8 o'clock is 7:00 UTC before and 6:00 UTC after it.
  private static func rows(_ write: (Int) -> String) -> String {
    var rows = "user,when,app\n"
    for day in 0..<7 {
      let midnight = 1_711_497_600 + 86_400 * day  // 2024-03-27 00:00 UTC
      let offset = day < 4 ? 3600 : 7200
      for hour in 8..<24 {
        for person in 0..<5 {
          rows +=
            "u\(person),\(write(midnight + 3600 * hour - offset + 60 * person)),app\(hour % 3)\n"
        }
      }
    }
    return rows
  }

  @Test func theHoursShowTheZone() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.rows { "\($0)" }, to: "log.csv")
    let arguments = [
      "data", "import", "log.csv", "--columns", "time=when", "--overwrite", "--out", "log.sqlite",
    ]
    func hours(_ options: [String]) throws -> (opens: [Int], described: [String: Any]) {
      let imported = try CommandLineProgram.run(arguments + options, in: folder.url)
      #expect(imported.exitCode == 0, "\(imported.errors)")
      let described = try Self.object(
        CommandLineProgram.run(["data", "describe", "log.sqlite", "--json"], in: folder.url))
      return (try #require(described["opens_by_hour"] as? [Int]), described)
    }
    // 7 days, 5 people.
    let (opens, described) = try hours(["--timezone", "Europe/Berlin"])
    #expect(opens == (0..<24).map { $0 < 8 ? 0 : 35 })
    #expect(described["first_day"] as? String == "2024-03-27")
    #expect(described["last_day"] as? String == "2024-04-02")
    #expect(described["days"] as? Int == 7)
    #expect(described["note"] == nil)
    // One offset is wrong after the change, on three days.
    #expect(try hours(["--utc-offset", "+01:00"]).opens[7] == 15)
    let (far, wrong) = try hours(["--timezone", "America/Los_Angeles"])
    #expect(far[16..<23].reduce(0, +) == 0)
    #expect((wrong["note"] as? String)?.contains("check the time zone") == true)
    let text = try CommandLineProgram.run(["data", "describe", "log.sqlite"], in: folder.url)
    #expect(text.output.contains("opens by hour of the day, local time"))
    #expect(text.output.contains("(7 days)"))
    #expect(text.errors.contains("the quietest hours are"))
  }

  @Test func theSummarySaysWhatTimesAre() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.rows { "\($0)" }, to: "log.csv")
    let arguments = [
      "data", "import", "log.csv", "--columns", "time=when", "--overwrite", "--out", "log.sqlite",
    ]
    let plain = try CommandLineProgram.run(arguments, in: folder.url)
    #expect(plain.output.contains("times: Unix seconds"))
    #expect(
      plain.output.contains(
        "UTC is taken as local time in 560 rows, such as '1711522800' on line 2"))
    #expect(plain.output.contains("give their zone with --timezone"))
    let json = try Self.object(CommandLineProgram.run(arguments + ["--json"], in: folder.url))
    #expect(json["time_zone"] as? String == "UTC")
    #expect((json["time_note"] as? String)?.contains("--timezone") == true)
    let zone = try CommandLineProgram.run(
      arguments + ["--timezone", "Europe/Berlin"], in: folder.url)
    #expect(zone.output.contains("local time: Europe/Berlin\n"))
    #expect(zone.output.contains("from 2024-03-27T08:00:00 to 2024-04-02T23:04:00"))
  }

  @Test func optionsThatMakeNoSenseAreSentences() throws {
    let folder = try TemporaryFolder()
    try folder.write("user,time,app\na,05/01/2026 00:45,x\n", to: "log.csv")
    for (options, code, words) in [
      (["--timezone", "Europe/Berln"], 64, "did you mean 'Europe/Berlin'?"),
      (["--timezone", "CEST"], 64, "Europe/Berlin"), (["--time-format", "exel"], 64, "'excel'"),
      (["--time-format", "dd.MM.yyyy"], 64, "strptime"), (["--time-format", "-1"], 64, "strptime"),
      (["--timezone", "UTC", "--utc-offset", "0"], 64, "either --timezone or --utc-offset"),
      (["--source-timezone", "UTC"], 64, "--timezone"),
      ([], 65, "2026-01-05 with the day first and 2026-05-01 with the month first"),
      (["--time-format", "month_first"], 0, ""),
      (
        [
          "--time-format", "%d/%m/%Y %H:%M", "--timezone", "Asia/Kolkata", "--source-timezone",
          "UTC",
        ], 0, ""
      ),
    ] as [([String], Int32, String)] {
      let result = try CommandLineProgram.run(
        ["data", "import", "log.csv", "--overwrite", "--out", "log.sqlite"] + options,
        in: folder.url)
      #expect(result.exitCode == code, "\(options) \(result.errors)")
      #expect(words.isEmpty || result.errors.contains(words), "\(result.errors)")
    }
  }

  /// What comes through a pipe cannot be read twice, unless the shell gives the file itself.
  @Test func standardInputIsRead() throws {
    let folder = try TemporaryFolder()
    let rows = "user,time,app\na,1/5/2026 12:45 AM,x\na,1/13/2026 1:45 PM,x\n"
    let result = try CommandLineProgram.run(
      ["data", "import", "-", "--out", "log.sqlite"], in: folder.url, input: Data(rows.utf8))
    #expect(result.exitCode == 65)
    #expect(result.errors.contains("give --time-format month_first"))
    let given = try CommandLineProgram.run(
      ["data", "import", "-", "--out", "log.sqlite", "--time-format", "month_first"],
      in: folder.url,
      input: Data(rows.utf8))
    #expect(given.exitCode == 0, "\(given.errors)")
    #expect(given.output.contains("from 2026-01-05T00:45:00 to 2026-01-13T13:45:00"))
  }
}
