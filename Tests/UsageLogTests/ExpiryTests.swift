import Foundation
import GRDB
import Testing
import UsageData
import UsageLog

/// Days that are deleted from a log, sealed or in clear.
@Suite struct ExpiryTests {
  enum Kind: CaseIterable { case clear, sealed }

  private static let cutoff = Weeks.firstDay + 9

  /// A log of two weeks, and the key file to open it with.
  private func log(_ kind: Kind, in folder: TemporaryFolder) throws -> (
    path: String, sealKeyFile: String?
  ) {
    let key = kind == .sealed ? try folder.key("key") : nil
    _ = try folder.weeks(to: "log.sqlite", sealKey: key)
    return (folder.file("log.sqlite"), key.map { _ in folder.file("key") })
  }

  @Test(arguments: Kind.allCases)
  func whatIsLeftIsWhatCameLater(_ kind: Kind) throws {
    let folder = try TemporaryFolder()
    let (path, sealKeyFile) = try log(kind, in: folder)
    let before = try UsageLog(path: path, sealKeyFile: sealKeyFile).contentHash
    let expiry = try expireLog(path, keeping: .from(day: Self.cutoff))
    #expect(expiry.firstDay == Self.cutoff)
    #expect(expiry.deletedDays == 9 * Weeks.clients && expiry.keptDays == 5 * Weeks.clients)
    let hash = try check(UsageLog(path: path, sealKeyFile: sealKeyFile))
    #expect(hash != before)
    // A second time there is nothing to delete, and nothing changes.
    let again = try expireLog(path, keeping: .from(day: Self.cutoff))
    #expect(again.deletedDays == 0)
    #expect(try check(UsageLog(path: path, sealKeyFile: sealKeyFile)) == hash)
  }

  /// Compares with what came from the cutoff on; returns the content hash.
  private func check(_ log: UsageLog) throws -> String {
    #expect(log.clientCount == Weeks.clients)
    #expect(log.timeRange?.lowerBound == Self.cutoff * LocalClock.day)
    for client in 0..<Weeks.clients {
      let (read, expected) = (
        try log.history(of: client), Weeks.history(of: client, from: Self.cutoff)
      )
      // Ids as the whole log's catalogue orders them.
      func names(_ history: ClientHistory, _ name: (Int) -> String) -> [String] {
        history.opens.map { "\($0.time) \(name(Int($0.app)))" }
          + history.installs.map { "\($0.time) \(name(Int($0.app)))" }
          + history.sessions.map { "\($0.start) \($0.end) \($0.opens) \($0.context.battery)" }
      }
      #expect(names(read, log.appName) == names(expected) { Weeks.appNames[$0] })
    }
    return log.contentHash
  }

  @Test func sealedOrNotTheContentIsTheSame() throws {
    let hashes = try Kind.allCases.map { kind in
      let folder = try TemporaryFolder()
      let (path, sealKeyFile) = try log(kind, in: folder)
      _ = try expireLog(path, keeping: .last(days: 3))
      return try UsageLog(path: path, sealKeyFile: sealKeyFile).contentHash
    }
    #expect(hashes[0] == hashes[1])
  }

  /// Pages that a killed deletion has written already are undone by whoever reads next.
  @Test(arguments: Kind.allCases)
  func aDeletionThatWasKilledIsUndone(_ kind: Kind) throws {
    let folder = try TemporaryFolder()
    let (path, sealKeyFile) = try log(kind, in: folder)
    /// Whoever has a log open holds a lock on it.
    func content(_ path: String) throws -> (hash: String, opens: [[AppOpen]]) {
      let log = try UsageLog(path: path, sealKeyFile: sealKeyFile)
      return (log.contentHash, try (0..<Weeks.clients).map { try log.history(of: $0).opens })
    }
    let before = try content(path)
    let killed = folder.file("killed.sqlite")
    let queue = try DatabaseQueue(path: path)
    try queue.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA secure_delete = ON; BEGIN IMMEDIATE")
      try db.execute(sql: "DELETE FROM \(kind == .sealed ? "day" : "open")")
      try db.execute(sql: "UPDATE meta SET value = 0; CREATE TABLE filler (content BLOB)")
      // More than fits the cache: pages go to the file before the transaction ends.
      try db.execute(sql: "INSERT INTO filler VALUES (randomblob(10000000))")
      // As they stand on the disk at this instant.
      for suffix in ["", "-journal"] {
        try FileManager.default.copyItem(atPath: path + suffix, toPath: killed + suffix)
      }
      try db.execute(sql: "ROLLBACK")
    }
    let files = FileManager.default
    #expect(files.contents(atPath: path)?.count != files.contents(atPath: killed)?.count)
    #expect(try content(killed) == before)
  }

  /// The log ends in a session over the midnight of its last day.
  @Test func daysAreCountedBackFromTheEndOfTheLog() throws {
    let folder = try TemporaryFolder()
    let (path, _) = try log(.clear, in: folder)
    let last = Weeks.firstDay + Int64(Weeks.days)
    #expect(try UsageLog(path: path).timeRange?.upperBound == last * LocalClock.day + 60)
    #expect(try expireLog(path, keeping: .last(days: 4)).firstDay == last - 3)
  }

  @Test func nothingStaysInAClearFile() throws {
    let folder = try TemporaryFolder()
    let (path, _) = try log(.clear, in: folder)
    /// The start of a session as the file holds it: four bytes, the highest first.
    func start(_ session: Session) -> Data {
      withUnsafeBytes(of: UInt32(session.start).bigEndian) { Data($0) }
    }
    let whole = try folder.bytes("log.sqlite")
    _ = try expireLog(path, keeping: .from(day: Self.cutoff))
    let rest = try folder.bytes("log.sqlite")
    for client in 0..<Weeks.clients {
      for session in Weeks.history(of: client).sessions {
        #expect(whole.range(of: start(session)) != nil)
        let isKept = session.start >= Self.cutoff * LocalClock.day
        #expect((rest.range(of: start(session)) != nil) == isKept)
      }
    }
    let name = Data(Weeks.appNames[2].utf8)
    #expect(whole.range(of: name) != nil && rest.range(of: name) == nil)
    #expect(try folder.contents() == ["log.sqlite"])
  }

  @Test func nothingStaysInASealedFile() throws {
    let folder = try TemporaryFolder()
    let (path, _) = try log(.sealed, in: folder)
    let blobs = try DatabaseQueue(path: path).read { db in
      try Row.fetchAll(db, sql: "SELECT day, sealed FROM day").map { row -> (Int64, Data) in
        (row[0], row[1])
      }
    }
    _ = try expireLog(path, keeping: .from(day: Self.cutoff))
    let rest = try folder.bytes("log.sqlite")
    for (day, blob) in blobs {
      for start in stride(from: 0, through: blob.count - 16, by: 16) {
        let isThere = rest.range(of: blob[(blob.startIndex + start)...].prefix(16)) != nil
        #expect(isThere == (day >= Self.cutoff), "day \(day)")
      }
    }
    #expect(try folder.contents() == ["key", "log.sqlite"])
  }

  @Test(arguments: Kind.allCases)
  func aMistypedYearDeletesNothing(_ kind: Kind) throws {
    let folder = try TemporaryFolder()
    let (path, sealKeyFile) = try log(kind, in: folder)
    let before = try UsageLog(path: path, sealKeyFile: sealKeyFile).contentHash
    let error = usageLogError {
      _ = try expireLog(path, keeping: .from(day: Weeks.firstDay + 100))
    }
    #expect(error?.kind == .usage)
    #expect(error?.description.contains("nothing of it would be left") == true)
    #expect(try UsageLog(path: path, sealKeyFile: sealKeyFile).contentHash == before)
  }

  /// What a reader has begun to read does not change under it.
  @Test func aLogThatIsBeingReadStays() throws {
    let folder = try TemporaryFolder()
    let (path, _) = try log(.clear, in: folder)
    let reader = try UsageLog(path: path)
    let count = try reader.history(of: 0).opens.count
    let error = usageLogError { _ = try expireLog(path, keeping: .last(days: 1)) }
    #expect(error?.kind == .inputOutput)
    #expect(error?.description.contains("being read by another process") == true)
    #expect(try reader.history(of: 0).opens.count == count)
  }

  @Test func otherFilesAreLeftAlone() throws {
    let folder = try TemporaryFolder()
    let missing = usageLogError {
      _ = try expireLog(folder.file("none"), keeping: .last(days: 1))
    }
    #expect(missing?.kind == .missingFile)
    _ = try folder.write("words", String(repeating: "words ", count: 1000).utf8)
    let words = try folder.bytes("words")
    let wrong = usageLogError { _ = try expireLog(folder.file("words"), keeping: .last(days: 1)) }
    #expect(wrong?.kind == .badInput)
    #expect(try folder.bytes("words") == words)
    #expect(try folder.contents() == ["words"])
  }
}
