import Sealing
import Testing
import UsageLog

/// Logs with a public list of clients.
struct RegisteredClientTests {
  private static let names = ["a", "b", "c", "d", "e", "f", "g", "h"]

  private static func text(without missing: Set<String>) -> String {
    names.filter { !missing.contains($0) }.reduce("user,time,app\n") {
      $0 + "\($1),2026-01-05 10:00:00,app-\($1)\n\($1),2026-01-05 11:00:00,mail\n"
    }
  }

  /// Which apps each client opened, by its number.
  private static func apps(
    without missing: Set<String>, registered: [String]? = names, sortCapacity: Int = 1 << 19
  ) throws -> [[String]] {
    let log = try imported(
      text(without: missing),
      options(.csv) {
        $0.registered = registered
        $0.sortCapacity = sortCapacity
      }
    ).log
    return try (0..<log.clientCount).map { client in
      try log.history(of: client).opens.map { log.appName(Int($0.app)) }
    }
  }

  /// Whoever's rows are missing, all others keep their numbers.
  @Test func aClientWithoutRowsKeepsItsPlace() throws {
    let all = try Self.apps(without: [])
    #expect(all.count == 8)
    #expect(try Self.apps(without: [], registered: nil) == all)
    for missing in Self.names.map({ Set([$0]) }) + [["a", "h"], ["b", "c", "d", "e", "f", "g"]] {
      for capacity in [1 << 19, 3] {
        let some = try Self.apps(without: missing, sortCapacity: capacity)
        #expect(
          some == all.map { apps in missing.contains { apps.contains("app-\($0)") } ? [] : apps })
      }
    }
  }

  @Test func rowsOfStrangersAreBad() throws {
    let options = options(.csv) { $0.registered = ["a", "z"] }
    let (log, report) = try imported(Self.text(without: []), options)
    #expect(log.clientCount == 2 && report.badRows == 14)
    #expect(
      report.badExamples.first?.reason == "the client is not in the list of registered clients")
    _ = try log.verify()
  }

  @Test func aSealedLogHasThemToo() throws {
    let folder = try TemporaryFolder()
    let key = SealingKey([UInt8](0..<32))
    let report = try importLog(
      from: folder.write("log.csv", Self.text(without: ["c"]).utf8),
      to: folder.file("log.sqlite"),
      options: options(.csv) {
        $0.registered = Self.names
        $0.sealKey = key
      })
    #expect(report.log.clients == 8)
  }
}
