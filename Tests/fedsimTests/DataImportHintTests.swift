import Foundation
import Testing

/// What an import says to do leads to the right log.
struct DataImportHintTests {
  private static func hasTool(_ name: String) -> Bool {
    FileManager.default.isExecutableFile(atPath: "/usr/bin/" + name)
  }

  private static func json(
    _ arguments: [String], in folder: TemporaryFolder
  ) throws -> [String: Any] {
    let result = try CommandLineProgram.run(
      ["data", "import"] + arguments + ["--out", "log.sqlite", "--overwrite", "--json"],
      in: folder.url)
    #expect(result.exitCode == 0, "\(result.errors)")
    return try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
  }

  /// The first command between backticks.
  private static func command(_ message: String) throws -> String {
    String(try #require(message.firstMatch(of: #/`([^`]+)`/#), "\(message)").output.1)
  }

  /// 789 289 466 s after 2001 is 2026-01-05 07:04:26 UTC.
  @Test(.enabled(if: hasTool("sqlite3")))
  func theCommandForKnowledgeCGivesLocalTimes() throws {
    let folder = try TemporaryFolder()
    _ = try CommandLineProgram.bash(
      """
      sqlite3 knowledgeC.db "CREATE TABLE ZOBJECT (ZSTARTDATE REAL, ZSECONDSFROMGMT INTEGER, ZVALUESTRING TEXT,
        ZSTREAMNAME TEXT); INSERT INTO ZOBJECT VALUES (789289466.5, 3600, 'x', '/app/inFocus'),
        (789289467, -18000, 'y', '/app/inFocus'), (789289468, 3600, 'z', '/app/usage')"
      """, in: folder)
    let refused = try CommandLineProgram.run(
      ["data", "import", "knowledgeC.db", "--out", "log.sqlite"], in: folder.url)
    #expect(refused.exitCode == 65)
    _ = try CommandLineProgram.bash(try Self.command(refused.message), in: folder)
    let options = try #require(refused.message.components(separatedBy: "import log.csv with ").last)
    let report = try Self.json(
      ["log.csv"] + options.split(whereSeparator: \.isWhitespace).map(String.init), in: folder)
    #expect(report["first_time"] as? String == "2026-01-05T02:04:27")
    #expect(report["last_time"] as? String == "2026-01-05T08:04:26")
    #expect(report["time_note"] == nil && report["bad_rows"] as? Int == 0)
  }

  @Test(.enabled(if: hasTool("jq")))
  func theCommandForNestedRowsGivesRows() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      {"users": [{"id": "ann", "events": [{"time": "2026-01-05 08:00", "app": "x"}]},
        {"id": "bob", "events": [{"time": "2026-01-05 09:00", "app": "y"},
          {"time": "2026-01-05 09:01", "app": "x"}]}]}
      """, to: "it all.json")
    let refused = try CommandLineProgram.run(
      ["data", "import", "it all.json", "--out", "log.sqlite"], in: folder.url)
    #expect(refused.exitCode == 65)
    _ = try CommandLineProgram.bash(try Self.command(refused.message), in: folder)
    let report = try Self.json(["events.jsonl", "--columns", "client=id"], in: folder)
    #expect(report["clients"] as? Int == 2)
    #expect(report["opens"] as? Int == 3)
  }

  @Test func aLargeShareOfBadRowsIsAWarning() throws {
    let folder = try TemporaryFolder()
    for bad in [1, 2] {
      let rows = (0..<10).map {
        "a,2026-01-05 08:0\($0),\($0 < bad ? "" : "x")\n"
      }
      try folder.write("user,time,app\n" + rows.joined(), to: "log.csv")
      for options in [[], ["--json"]] {
        let result = try CommandLineProgram.run(
          ["data", "import", "log.csv", "--overwrite", "--out", "log.sqlite"] + options,
          in: folder.url)
        #expect(result.exitCode == 0)
        // One in ten is not more than one in ten.
        #expect(
          result.errors.contains("Warning: 2 of 10 rows (20 %) are bad") == (bad == 2),
          "\(result.errors)")
      }
    }
  }

  /// Screen, keyguard, app, off, twice; the second client has no unlock.
  @Test func unlocksOfUsageEventsAreSeen() throws {
    let folder = try TemporaryFolder()
    let types = [(15, 0), (18, 1), (1, 3), (16, 20), (15, 100), (18, 101), (1, 102), (16, 130)]
    let rows = types.map { type, second in
      "phone-1,com.example.a,\(1_767_596_666_000 + 1000 * second),\(type)\n"
    }
    let log = "deviceId,packageName,timeStamp,eventType\n" + rows.joined()
    try folder.write(log, to: "events.csv")
    let report = try Self.json(["events.csv"], in: folder)
    #expect(report["sessions"] as? Int == 2)
    #expect(report["sessions_without_app"] as? Int == 0)
    #expect(report["clients_without_unlock"] as? Int == 0)
    #expect(
      report["session_notes"] as? [String]
        == ["sessions: from an unlock to the lock or the next unlock"])
    try folder.write(log + "phone-2,com.example.a,1767596666000,1\n", to: "events.csv")
    #expect(try Self.json(["events.csv"], in: folder)["clients_without_unlock"] as? Int == 1)
  }
}
