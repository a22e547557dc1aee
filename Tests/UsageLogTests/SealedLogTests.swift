import Foundation
import GRDB
import Glibc
import Sealing
import Testing
import UsageData
import UsageLog

/// Logs whose content is sealed, day by day.
@Suite struct SealedLogTests {
  @Test func aSealedLogIsTheSameLog() throws {
    let folder = try TemporaryFolder()
    let key = try folder.key("key")
    let clear = try folder.weeks(to: "clear.sqlite")
    let sealed = try folder.weeks(to: "sealed.sqlite", sealKey: key)
    #expect(sealed == clear)
    let (clearLog, sealedLog) = (
      try UsageLog(path: folder.file("clear.sqlite")),
      try UsageLog(path: folder.file("sealed.sqlite"), sealKeyFile: folder.file("key"))
    )
    #expect(sealedLog.contentHash == clearLog.contentHash)
    #expect(sealedLog.timeRange == clearLog.timeRange)
    #expect(sealedLog.appNames == clearLog.appNames)
    #expect(sealedLog.clientCount == Weeks.clients)
    for client in 0..<Weeks.clients {
      let (clear, sealed) = (
        try clearLog.history(of: client), try sealedLog.history(of: client)
      )
      #expect(sealed.sessions == clear.sessions && sealed.opens == clear.opens)
      #expect(sealed.installs == clear.installs && !sealed.installs.isEmpty)
    }
  }

  @Test func anImportCanBeSealed() throws {
    let folder = try TemporaryFolder()
    let key = try folder.key("key")
    try writeCSV(
      to: folder.file("log.csv"), clientCount: Weeks.clients, appNames: Weeks.appNames,
      history: Weeks.history)
    for (name, sealKey) in [("clear", nil), ("sealed", key)] {
      _ = try importLog(
        from: .file(folder.file("log.csv")), to: folder.file(name),
        options: options(.csv) { $0.sealKey = sealKey })
    }
    let clear = try UsageLog(path: folder.file("clear"))
    let sealed = try UsageLog(path: folder.file("sealed"), sealKeyFile: folder.file("key"))
    #expect(sealed.contentHash == clear.contentHash)
    for client in 0..<Weeks.clients {
      #expect(try sealed.history(of: client).opens == clear.history(of: client).opens)
    }
    #expect(try folder.contents() == ["clear", "key", "log.csv", "sealed"])
  }

  @Test func nothingOfItCanBeRead() throws {
    let folder = try TemporaryFolder()
    let key = try folder.key("key")
    _ = try folder.weeks(to: "clear.sqlite")
    _ = try folder.weeks(to: "sealed.sqlite", sealKey: key)
    for name in Weeks.appNames {
      #expect(try folder.bytes("clear.sqlite").range(of: Data(name.utf8)) != nil)
      #expect(try folder.bytes("sealed.sqlite").range(of: Data(name.utf8)) == nil)
    }
  }

  @Test func onlyItsOwnKeyOpensIt() throws {
    let folder = try TemporaryFolder()
    let key = try folder.key("key")
    _ = try folder.key("other")
    _ = try folder.weeks(to: "sealed.sqlite", sealKey: key)
    _ = try folder.weeks(to: "clear.sqlite")
    let cases: [(log: String, key: String?, kind: UsageLogError.Kind, words: String)] = [
      ("sealed.sqlite", nil, .badInput, "is sealed; name the file with its key"),
      ("sealed.sqlite", "other", .badInput, "is not the key"),
      ("sealed.sqlite", "nowhere", .missingFile, "cannot be read"),
      ("clear.sqlite", "key", .badInput, "is not sealed"),
    ]
    for (log, key, kind, words) in cases {
      let error = usageLogError {
        _ = try UsageLog(path: folder.file(log), sealKeyFile: key.map(folder.file))
      }
      #expect(error?.kind == kind)
      #expect(error?.description.contains(words) == true)
      #expect(error?.description.hasSuffix(".") == true)
    }
  }

  /// Each change of the file is found, whoever else's or whichever other day's part is put there.
  @Test(arguments: [
    "UPDATE day SET sealed = substr(sealed, 1, length(sealed) - 1)",
    "UPDATE day SET sealed = substr(sealed, 1, 20)",
    "UPDATE day SET sealed = x''",
    "UPDATE day SET sealed = sealed || x'00'",
    "UPDATE day SET sealed = zeroblob(length(sealed))",
    "UPDATE day SET sealed = 'words'",
    // Another day of the same client, and the same day of another client.
    "UPDATE day SET sealed = (SELECT max(sealed) FROM day AS o WHERE o.client = day.client)",
    "UPDATE day SET sealed = (SELECT sealed FROM day AS o WHERE o.day = day.day AND o.client = 1)",
    "DELETE FROM day WHERE client = 0; UPDATE day SET client = 0 WHERE client = 1",
    "UPDATE day SET day = day + 100",
    "UPDATE day SET day = 9223372036854775807 - client - day",
    // The same log sealed a second time with the same key.
    "UPDATE day SET sealed = (SELECT sealed FROM twin.day AS o WHERE o.client = 0 AND o.day = day.day)",
    "UPDATE app SET sealed = (SELECT sealed FROM app AS o WHERE o.id = (app.id + 1) % 3)",
    "UPDATE app SET sealed = (SELECT sealed FROM twin.app AS o WHERE o.id = app.id)",
    "DELETE FROM app WHERE id = 0",
    "UPDATE meta SET value = x'00112233445566778899aabbccddeeff' WHERE key = 'log_id'",
    "DELETE FROM meta WHERE key = 'key_check'",
    "UPDATE meta SET value = 1 WHERE key = 'schema_version'",
  ])
  func everyChangeIsFound(_ change: String) throws {
    let folder = try TemporaryFolder()
    let key = try folder.key("key")
    for name in ["log.sqlite", "twin.sqlite"] { _ = try folder.weeks(to: name, sealKey: key) }
    try DatabaseQueue(path: folder.file("log.sqlite")).writeWithoutTransaction { db in
      try db.execute(sql: "ATTACH '\(folder.file("twin.sqlite"))' AS twin; \(change)")
    }
    let error = usageLogError {
      _ = try UsageLog(path: folder.file("log.sqlite"), sealKeyFile: folder.file("key")).history(
        of: 0)
    }
    #expect(error?.kind == .badInput, "\(change)")
    #expect(error?.description.split(separator: "\n").count == 1)
  }

  @Test func everyBitOfABlobCounts() throws {
    let folder = try TemporaryFolder()
    let key = try folder.key("key")
    _ = try folder.weeks(to: "log.sqlite", sealKey: key)
    let queue = try DatabaseQueue(path: folder.file("log.sqlite"))
    let whole = try #require(
      try queue.read {
        try Data.fetchOne($0, sql: "SELECT sealed FROM day WHERE client = 0 ORDER BY day")
      })
    let log = try UsageLog(path: folder.file("log.sqlite"), sealKeyFile: folder.file("key"))
    #expect(try !log.history(of: 0).opens.isEmpty)
    for bit in stride(from: 0, to: 8 * whole.count, by: 29) {
      var altered = whole
      altered[bit / 8] ^= 1 << (bit % 8)
      let name = "log-\(bit).sqlite"
      try FileManager.default.copyItem(
        atPath: folder.file("log.sqlite"), toPath: folder.file(name))
      try DatabaseQueue(path: folder.file(name)).write {
        try $0.execute(
          sql: "UPDATE day SET sealed = ? WHERE sealed = ?", arguments: [altered, whole])
      }
      let error = usageLogError {
        _ = try UsageLog(path: folder.file(name), sealKeyFile: folder.file("key")).history(of: 0)
      }
      #expect(error?.description.contains("2024-05-01") == true, "bit \(bit)")
    }
  }

  @Test func aFailedImportLeavesNothing() throws {
    let folder = try TemporaryFolder()
    let key = try folder.key("key")
    let source = try folder.write("log.csv", "user,time,app\n".utf8)
    let error = usageLogError {
      _ = try importLog(
        from: source, to: folder.file("a/log.sqlite"), options: options(.csv) { $0.sealKey = key })
    }
    #expect(error?.kind == .badInput)
    #expect(try folder.contents() == ["key", "log.csv"])
  }

  @Test func aKeyFileIsItsOwnersAlone() throws {
    let folder = try TemporaryFolder()
    try KeyFile.create(folder.file("key"))
    var status = stat()
    #expect(stat(folder.file("key"), &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
    let key = try KeyFile.read(folder.file("key"))
    #expect(key.count == 32)
    let again = usageLogError { try KeyFile.create(folder.file("key")) }
    #expect(again?.kind == .inputOutput)
    #expect(try KeyFile.read(folder.file("key")) == key)
    #expect(usageLogError { try KeyFile.create(folder.file("none/key")) }?.kind == .inputOutput)
  }
}
