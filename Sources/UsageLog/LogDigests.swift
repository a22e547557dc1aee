import Crypto
import Foundation
import GRDB
import GRDBSQLite
import Storage
import UsageData

/// What a log says about itself that its digest covers beside apps and clients.
struct FactsOfContent {
  var contentHash: String
  var timeRange: ClosedRange<Int64>?

  var bytes: [UInt8] {
    Array("\(contentHash) \(timeRange?.lowerBound ?? -1) \(timeRange?.upperBound ?? -1)".utf8)
  }
}

/// The digests of a log in clear: SHA-256 of each client's content in table `digest`, and of all of
/// these with the names of the apps and the facts in `meta`.
///
/// They tell damage from data. They are no protection against one who writes them anew.
struct DigestWriter {
  private let db: Database
  private let insert: Statement
  private var whole = SHA256()

  init(_ db: Database) throws {
    self.db = db
    try db.execute(sql: "\(LogDatabase.digestSchema); DELETE FROM digest;")
    insert = try db.makeStatement(sql: LogDatabase.insertDigest)
  }

  mutating func add(app bytes: [UInt8]) { whole.update(data: bytes) }

  mutating func add(client: Int, _ bytes: [UInt8]) throws {
    let digest = Data(SHA256.hash(data: bytes))
    whole.update(data: digest)
    try insert.execute(arguments: [client, digest])
  }

  mutating func finish(_ facts: FactsOfContent) throws {
    whole.update(data: facts.bytes)
    try db.execute(
      sql: LogDatabase.insertMeta,
      arguments: [LogDatabase.wholeDigest, Digest.text(whole.finalize())])
  }
}

/// The digests that a log in clear was written with, all of which are as they were.
struct LogDigests: Sendable {
  /// Nil for a log that an older version wrote.
  ///
  /// Throws when apps, facts or digests are not those that were written.
  init?(
    _ db: Database, _ facts: LogFacts, apps: [String], timeRange: ClosedRange<Int64>?, path: String
  ) throws {
    guard let expected = facts.wholeDigest else { return nil }
    var whole = SHA256()
    for app in apps { whole.update(data: ContentBytes(ofApp: app).bytes) }
    var clients = 0
    try db.makeStatement(sql: LogDatabase.selectDigests).forEachRow { row in
      whole.update(bufferPointer: digest(in: row))
      clients += 1
    }
    whole.update(data: FactsOfContent(contentHash: facts.contentHash, timeRange: timeRange).bytes)
    guard Digest.text(whole.finalize()) == expected, clients == facts.clients else {
      throw UsageLogError(
        .badInput,
        "\(path) is damaged: its apps, times or clients are not those that were written; "
          + "import the log again")
    }
  }

  /// Whether these are the bytes that were written for the client.
  func match(_ content: ContentBytes, of client: Int, in db: Database) throws -> Bool {
    var isSame = false
    try db.cachedStatement(sql: LogDatabase.selectDigest).forEachRow(of: client) { row in
      isSame = SHA256.hash(data: content.bytes).elementsEqual(digest(in: row))
    }
    return isSame
  }
}

/// The only column of a row of digests.
private func digest(in row: SQLiteStatement) -> UnsafeRawBufferPointer {
  UnsafeRawBufferPointer(
    start: sqlite3_column_blob(row, 0), count: Int(sqlite3_column_bytes(row, 0)))
}
