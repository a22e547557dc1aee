import Crypto
import Foundation
import GRDB
import Glibc
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
  guard access(path, F_OK) == 0 else {
    throw UsageLogError(.missingFile, "\(path) does not exist; name a file of `fedsim data import`")
  }
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
  } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
    throw UsageLogError(
      .inputOutput, "\(path) is being read by another process; try again when that has ended")
  } catch let error as DatabaseError
    where [.SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_FULL, .SQLITE_IOERR].contains(
      error.resultCode)
  {
    throw UsageLogError(
      .inputOutput,
      "\(path) cannot be rewritten (\(error.message ?? "\(error.resultCode)")); check the file, its "
        + "folder and the space left")
  } catch let error as DatabaseError {
    throw readError(path, error)
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
  let daysBefore = try dayCount(db, isSealed)
  if isSealed {
    try db.execute(sql: "DELETE FROM day WHERE day < ?", arguments: [firstDay])
  } else {
    try deleteRows(db, before: start)
  }
  let kept = try dayCount(db, isSealed)
  let expiry = Expiry(firstDay: firstDay, deletedDays: daysBefore - kept, keptDays: kept)
  guard expiry.deletedDays > 0 else { return expiry }
  if let range, range.upperBound >= start, expiry.keptDays > 0 {
    try db.execute(
      sql: "UPDATE meta SET value = ? WHERE key = 'first_time'",
      arguments: [max(range.lowerBound, start)])
  } else {
    try db.execute(sql: "DELETE FROM meta WHERE key IN ('first_time', 'last_time')")
  }
  let hash = SHA256.hash(data: Data("\(facts.contentHash) from day \(firstDay)".utf8))
  try db.execute(
    sql: "UPDATE meta SET value = ? WHERE key = 'content_hash'", arguments: [hexadecimal(hash)])
  return expiry
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
