import Crypto
import Foundation
import GRDB
import Glibc
import Storage
import UsageData

/// What is kept of a log.
package enum Retention: Equatable, Sendable {
  /// Everything from this day since 1970 on.
  case from(day: Int64)
  /// The last days of the log, counted back from its last time.
  case last(days: Int64)
}

/// What expiry did.
package struct Expiry: Equatable, Sendable {
  /// The first day since 1970 that is kept.
  package var firstDay: Int64
  /// Days on which a client did something, summed over clients.
  package var deletedDays: Int
  package var keptDays: Int
}

/// Deletes whole days of every client from a log, sealed or in clear; needs no key.
///
/// Nothing of them stays in the file: what is deleted is overwritten and the file written anew. A
/// session goes with the day on which it began. Clients and app ids stay what they are; of a log in
/// clear the names of apps that nobody uses any more go, of a sealed one they stay, sealed. The content
/// hash changes, so that a run which began before does not go on with other data. All of it happens or
/// nothing; while another process reads the log nothing does.
package func expireLog(_ path: String, keeping retention: Retention) throws -> Expiry {
  guard try explaining({ () throws(StorageError) in try FileKind.exists(path) }) else {
    throw UsageLogError(.missingFile, "\(path) does not exist; name a file of `fedsim data import`")
  }
  try requireFile(path, holding: "the log that `fedsim data import` wrote")
  try checkCompanions(of: path)
  var configuration = Configuration()
  configuration.busyMode = .timeout(2)
  // Nobody may come between the deletion and the rewriting.
  configuration.prepareDatabase {
    try $0.execute(sql: "PRAGMA secure_delete = ON; PRAGMA locking_mode = EXCLUSIVE")
  }
  do {
    let database = try DatabaseQueue(path: path, configuration: configuration)
    let expiry = try database.writeWithoutTransaction { db in
      var expiry: Expiry?
      try db.inTransaction(.immediate) {
        expiry = try expire(db, keeping: retention, path: path)
        return .commit
      }
      return expiry
    }
    guard let expiry else { preconditionFailure("a transaction that ended has a result") }
    // Pages may hold older copies of a row; also those of an expiry that was killed here.
    try database.vacuum()
    return expiry
  } catch let error as DatabaseError {
    throw logError(error, .expiring, path)
  } catch is RowDecodingError {
    throw UsageLogError(.badInput, "\(path) is damaged; import the log again")
  }
}

private func expire(
  _ db: Database, keeping retention: Retention, path: String
) throws -> Expiry {
  let facts = try LogFacts(db)
  let isSealed = try facts.isSealed(path: path)
  let range = try facts.timeRange(path: path)
  let firstDay =
    switch retention {
    case .from(let day): day
    case .last(let days): ((range?.upperBound ?? 0) / LocalClock.day) - days + 1
    }
  let start = firstDay * LocalClock.day
  // A mistyped year must not cost the whole log.
  if let last = range?.upperBound, start > last {
    throw UsageLogError(
      .usage,
      "\(path) ends on \(localTimeText(last).prefix(10)), so nothing of it would be left; check the day, or "
        + "remove the file")
  }
  let apps = isSealed ? [] : try appNames(db)
  if !isSealed { try checkDigests(db, facts, apps, range, path) }
  let daysBefore = try dayCount(db, isSealed)
  if isSealed {
    try db.execute(sql: "DELETE FROM day WHERE day < ?", arguments: [firstDay])
  } else {
    try deleteRows(db, before: start)
  }
  let kept = try dayCount(db, isSealed)
  let expiry = Expiry(firstDay: firstDay, deletedDays: daysBefore - kept, keptDays: kept)
  guard expiry.deletedDays > 0 else { return expiry }
  var rest: ClosedRange<Int64>?
  if let range, range.upperBound >= start, expiry.keptDays > 0 {
    let first = max(range.lowerBound, start)
    rest = first...range.upperBound
    try db.execute(
      sql: "UPDATE meta SET value = ? WHERE key = 'first_time'", arguments: [first])
  } else {
    try db.execute(sql: "DELETE FROM meta WHERE key IN ('first_time', 'last_time')")
  }
  let hash = SHA256.hash(data: Data("\(facts.contentHash) from day \(firstDay)".utf8))
  try db.execute(
    sql: "UPDATE meta SET value = ? WHERE key = 'content_hash'", arguments: [Digest.text(hash)])
  try db.execute(
    sql: "INSERT OR REPLACE INTO meta VALUES ('expired_before', ?)", arguments: [firstDay])
  if !isSealed {
    try renewDigests(
      db, facts.clients, FactsOfContent(contentHash: Digest.text(hash), timeRange: rest), path)
  }
  return expiry
}

private func appNames(_ db: Database) throws -> [String] {
  try String.fetchAll(db, sql: "SELECT name FROM app ORDER BY id")
}

/// Throws when the log is damaged, which new digests would hide.
private func checkDigests(
  _ db: Database, _ facts: LogFacts, _ apps: [String], _ range: ClosedRange<Int64>?, _ path: String
) throws {
  guard let digests = try LogDigests(db, facts, apps: apps, timeRange: range, path: path)
  else { return }
  for client in 0..<facts.clients {
    let content = try contentBytes(of: client, db, path)
    guard try digests.match(content, of: client, in: db) else {
      throw damagedClient(client, of: path)
    }
  }
}

/// Writes the digests of what is left.
private func renewDigests(
  _ db: Database, _ clients: Int, _ facts: FactsOfContent, _ path: String
) throws {
  try db.execute(
    sql: "DELETE FROM meta WHERE key = ?", arguments: [LogDatabase.wholeDigest])
  var digests = try DigestWriter(db)
  for app in try appNames(db) { digests.add(app: ContentBytes(ofApp: app).bytes) }
  for client in 0..<clients {
    try digests.add(client: client, try contentBytes(of: client, db, path).bytes)
  }
  try digests.finish(facts)
}

private func contentBytes(
  of client: Int, _ db: Database, _ path: String
) throws -> ContentBytes {
  ContentBytes(
    of: try readRows(of: client, from: db, path: path), client: client,
    id: try readID(of: client, from: db))
}

/// Days on which a client did something, summed over clients.
private func dayCount(_ db: Database, _ isSealed: Bool) throws -> Int {
  try Int.fetchOne(
    db,
    sql: isSealed
      ? "SELECT count(*) FROM day"
      : """
      SELECT count(*) FROM (
        SELECT client, start / 86400 FROM session UNION SELECT client, time / 86400 FROM install)
      """) ?? 0
}

private func deleteRows(_ db: Database, before start: Int64) throws {
  try db.execute(
    literal: """
      DELETE FROM open WHERE (client, session) IN (
        SELECT client, number FROM session WHERE start < \(start));
      DELETE FROM session WHERE start < \(start);
      DELETE FROM install WHERE time < \(start);
      UPDATE app SET clients = 0, opens = 0;
      UPDATE app SET clients = used.clients, opens = used.opens FROM (
          SELECT app, count(DISTINCT client) AS clients, count(*) AS opens FROM open GROUP BY app
        ) AS used WHERE used.app = app.id;
      UPDATE app SET name = '' WHERE id NOT IN (
        SELECT app FROM open UNION SELECT app FROM install UNION SELECT notification FROM session);
      """)
}
