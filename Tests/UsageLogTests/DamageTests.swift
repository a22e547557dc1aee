import Foundation
import GRDB
import LinearAlgebra
import Sealing
import Testing
import UsageData
import UsageLog

/// Logs in clear whose bytes changed, and logs that another process works on.
@Suite struct DamageTests {
  private func content(_ path: String) throws -> [String] {
    let log = try UsageLog(path: path)
    return ["\(log.contentHash) \(log.appNames) \(String(describing: log.timeRange))"]
      + (try (0..<log.clientCount).map { "\(try log.history(of: $0))" })
  }

  /// A byte that matters is noticed; one that does not changes nothing.
  @Test func noFlippedByteGivesOtherData() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("seed of noFlippedByteGivesOtherData: \(seed)")
    var stream = RandomStream(key: (seed, 0), counter: (0, 0, 0))
    let folder = try TemporaryFolder()
    _ = try folder.weeks(to: "log.sqlite")
    let whole = try content(folder.file("log.sqlite"))
    let bytes = try folder.bytes("log.sqlite")
    var noticed = 0
    for _ in 0..<500 {
      var damaged = bytes
      damaged[stream.below(bytes.count)] ^= UInt8(1 << stream.below(8))
      _ = try folder.write("damaged.sqlite", damaged)
      do {
        #expect(try content(folder.file("damaged.sqlite")) == whole)
      } catch {
        #expect(error is UsageLogError, "\(error)")
        noticed += 1
      }
    }
    #expect(noticed > 50)
  }

  @Test(arguments: [
    "UPDATE session SET start = start + 1 WHERE client = 1 AND number = 3",
    "UPDATE session SET \"end\" = \"end\" + 1 WHERE client = 1 AND number = 3",
    "UPDATE session SET battery = 0.5 WHERE client = 1 AND number = 3",
    "UPDATE session SET place = 3 - place WHERE client = 1",
    "UPDATE session SET charging = 1 - charging WHERE client = 1",
    "UPDATE session SET network = (network + 1) % 4 WHERE client = 1",
    "UPDATE session SET notification = -1 WHERE client = 1",
    "UPDATE open SET app = 1 - app WHERE client = 1 AND number = 0",
    "UPDATE open SET session = session + 1 WHERE client = 1 AND number = 0",
    "DELETE FROM open WHERE client = 1 AND number = 5",
    "DELETE FROM install WHERE client = 1",
    "UPDATE install SET time = time - 86400 WHERE client = 1",
    "UPDATE client SET hashed_id = zeroblob(8) WHERE id = 1",
    "UPDATE app SET name = 'other' WHERE id = 0",
    "UPDATE meta SET value = value + 86400 WHERE key = 'last_time'",
    "UPDATE meta SET value = upper(value) WHERE key = 'content_hash'",
    "UPDATE digest SET sha256 = (SELECT sha256 FROM digest WHERE client = 0)",
    "DELETE FROM digest WHERE client = 2", "DELETE FROM client WHERE id = 2",
  ])
  func everyChangedValueIsFound(_ change: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("log.sqlite")
    for days: Int64? in [nil, 9] {
      _ = try? FileManager.default.removeItem(atPath: path)
      _ = try folder.weeks(to: "log.sqlite")
      if let days { _ = try expireLog(path, keeping: .from(day: Weeks.firstDay + days)) }
      #expect(try UsageLog(path: path).verify() == .whole)
      // Numbers of a log whose first days are gone begin above 0.
      let change = change.replacing(
        "number = 5", with: "number = (SELECT max(number) FROM open WHERE client = 1)"
      ).replacing("number = 3", with: "number = (SELECT max(number) FROM session WHERE client = 1)")
        .replacing("number = 0", with: "number = (SELECT min(number) FROM open WHERE client = 1)")
      try DatabaseQueue(path: path).write { db in
        try db.execute(sql: change)
        #expect(db.changesCount > 0)
      }
      let error = usageLogError { _ = try content(path) }
      #expect(error?.kind == .badInput)
      #expect(error?.description.contains("damaged") == true, "\(String(describing: error))")
      #expect(usageLogError { _ = try UsageLog(path: path).verify() }?.kind == .badInput)
      // New digests must not hide it.
      let expiry = usageLogError {
        _ = try expireLog(path, keeping: .from(day: Weeks.firstDay + 11))
      }
      #expect(expiry?.kind == .badInput)
    }
  }

  /// As older versions wrote them.
  @Test func logsWithoutDigestsAreCheckedAsAWhole() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("log.sqlite")
    _ = try folder.weeks(to: "log.sqlite")
    func execute(_ sql: String) throws {
      try DatabaseQueue(path: path).write { try $0.execute(sql: sql) }
    }
    try execute("DROP TABLE digest; DELETE FROM meta WHERE key = 'whole_digest'")
    #expect(try UsageLog(path: path).verify() == .whole)
    try UsageLog(path: path).verifyIfUnchecked()
    try execute("UPDATE open SET app = 1 - app WHERE client = 1 AND number = 1")
    let error = usageLogError { try UsageLog(path: path).verifyIfUnchecked() }
    #expect(error?.kind == .badInput)
    #expect(error?.description.contains("content hash") == true)
    // Days that an older version deleted leave nothing to compare with.
    try execute("DELETE FROM open WHERE session < 5; DELETE FROM session WHERE number < 5")
    guard case .partly(let reason) = try UsageLog(path: path).verify() else {
      Issue.record("nothing tells that the rest is right")
      return
    }
    #expect(reason.contains("older version"))
    // Deleting days gives it digests.
    _ = try expireLog(path, keeping: .from(day: Weeks.firstDay + 9))
    #expect(try UsageLog(path: path).verify() == .whole)
  }

  /// Whoever removes the digests of a log whose days were deleted leaves nothing to check it with.
  @Test func anExpiredLogWithoutDigestsIsDamaged() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("log.sqlite")
    _ = try folder.weeks(to: "log.sqlite")
    _ = try expireLog(path, keeping: .from(day: Weeks.firstDay + 9))
    try UsageLog(path: path).verifyIfUnchecked()
    try DatabaseQueue(path: path).write {
      try $0.execute(sql: "DROP TABLE digest; DELETE FROM meta WHERE key = 'whole_digest'")
    }
    for check in [{ _ = try $0.verify() }, { try $0.verifyIfUnchecked() }]
      as [(UsageLog) throws -> Void]
    {
      let error = usageLogError { try check(UsageLog(path: path)) }
      #expect(error?.kind == .badInput)
      #expect(error?.description.contains("lost the digests") == true)
    }
  }

  @Test func aMissingDayOfASealedLogIsFound() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("log.sqlite")
    _ = try folder.weeks(to: "log.sqlite", sealKey: folder.key("key"))
    func log() throws -> UsageLog {
      try UsageLog(path: path, sealKeyFile: folder.file("key"))
    }
    #expect(try log().verify() == .whole)
    _ = try expireLog(path, keeping: .from(day: Weeks.firstDay + 2))
    guard case .partly = try log().verify() else {
      Issue.record("a log whose days were deleted cannot be compared")
      return
    }
    _ = try folder.weeks(to: "second.sqlite", sealKey: SealingKey(KeyFile.read(folder.file("key"))))
    try DatabaseQueue(path: folder.file("second.sqlite")).write {
      try $0.execute(sql: "DELETE FROM day WHERE client = 1 AND day = (SELECT max(day) FROM day)")
    }
    let error = usageLogError {
      _ = try UsageLog(path: folder.file("second.sqlite"), sealKeyFile: folder.file("key")).verify()
    }
    #expect(error?.kind == .badInput)
  }

  /// While days are deleted a reader is told so, not that the file is no log.
  @Test func aLogInWorkSaysSo() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("log.sqlite")
    _ = try folder.weeks(to: "log.sqlite")
    let queue = try DatabaseQueue(path: path)
    let error = try queue.writeWithoutTransaction { db in
      try db.execute(sql: "BEGIN EXCLUSIVE")
      defer { try? db.execute(sql: "ROLLBACK") }
      return usageLogError { _ = try UsageLog(path: path) }
    }
    #expect(error?.kind == .inputOutput)
    #expect(
      error?.description.contains("is being changed by another fedsim process; try again") == true)
    try queue.close()
    #expect(try UsageLog(path: path).clientCount == Weeks.clients)
  }

  @Test func otherDatabasesAndFilesSayWhatTheyAre() throws {
    let folder = try TemporaryFolder()
    try DatabaseQueue(path: folder.file("other")).write {
      try $0.execute(sql: "CREATE TABLE meta (key TEXT, value); CREATE TABLE other (a)")
    }
    _ = try folder.write("words", String(repeating: "words ", count: 1000).utf8)
    _ = try folder.write("empty", [])
    _ = try folder.weeks(to: "log")
    _ = try folder.write("cut", try folder.bytes("log").prefix(9000))
    for (name, words) in [
      ("other", "database, but not a usage log"), ("words", "is not a usage log"),
      ("empty", "database, but not a usage log"), ("cut", "is damaged"),
    ] {
      let error = usageLogError { _ = try content(folder.file(name)) }
      #expect(error?.kind == .badInput)
      #expect(error?.description.contains(words) == true, "\(String(describing: error))")
      for word in ["sqlite", "SQLite", "SQL", "locked"] {
        #expect(error?.description.contains(word) == false)
      }
    }
  }
}
