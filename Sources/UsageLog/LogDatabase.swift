import GRDB
import GRDBSQLite

/// The tables of a usage log.
///
/// | table | one row per | order |
/// | --- | --- | --- |
/// | `meta` | fact about the whole log | key |
/// | `app` | app | clients using it, opens (both descending), name |
/// | `client` | client | hashed id |
/// | `session` | unlock to lock | client, time |
/// | `open` | app coming to the foreground | client, time |
/// | `install` | app that appeared on the phone | client, time |
/// | `digest` | SHA-256 of what a client did | client |
///
/// Times are seconds since 1970 on the client's own clock; ids count from 0.
///
/// A sealed log has, instead of the last four, `day`: one row per client and day since 1970, of
/// `ClientHistory.encoded` as `LogSeal` seals it; in `app` it has the sealed name alone, and in
/// `meta` the log's id and what tells a wrong key. In clear are how many clients and apps there are,
/// on which days each client did something, how long the blob of a day is, and the log's first and
/// last time.
enum LogDatabase {
  static let rowVersion = 1
  static let sealedVersion = 2

  static let sealedSchema = """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
    CREATE TABLE app (id INTEGER PRIMARY KEY, sealed BLOB NOT NULL);
    CREATE TABLE client (id INTEGER PRIMARY KEY, hashed_id BLOB NOT NULL);
    CREATE TABLE day (
      client INTEGER NOT NULL, day INTEGER NOT NULL, sealed BLOB NOT NULL,
      PRIMARY KEY (client, day)) WITHOUT ROWID;
    """

  static let rowSchema = """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
    CREATE TABLE app (
      id INTEGER PRIMARY KEY, name TEXT NOT NULL, clients INTEGER NOT NULL,
      opens INTEGER NOT NULL);
    CREATE TABLE client (id INTEGER PRIMARY KEY, hashed_id BLOB NOT NULL);
    CREATE TABLE session (
      client INTEGER NOT NULL, number INTEGER NOT NULL, start INTEGER NOT NULL,
      "end" INTEGER NOT NULL, place INTEGER NOT NULL, battery REAL NOT NULL,
      charging INTEGER NOT NULL, network INTEGER NOT NULL, notification INTEGER NOT NULL,
      PRIMARY KEY (client, number)) WITHOUT ROWID;
    CREATE TABLE open (
      client INTEGER NOT NULL, number INTEGER NOT NULL, session INTEGER NOT NULL,
      time INTEGER NOT NULL, app INTEGER NOT NULL,
      PRIMARY KEY (client, number)) WITHOUT ROWID;
    CREATE TABLE install (
      client INTEGER NOT NULL, number INTEGER NOT NULL, time INTEGER NOT NULL,
      app INTEGER NOT NULL,
      PRIMARY KEY (client, number)) WITHOUT ROWID;
    """

  /// Logs of older versions have no digests.
  static let digestSchema =
    "CREATE TABLE IF NOT EXISTS digest (client INTEGER PRIMARY KEY, sha256 BLOB NOT NULL)"
  /// The fact that is the digest of all digests, apps and other facts.
  static let wholeDigest = "whole_digest"

  static let insertDigest = "INSERT INTO digest VALUES (?, ?)"
  static let selectDigest = "SELECT sha256 FROM digest WHERE client = ?"
  static let selectDigests = "SELECT sha256 FROM digest ORDER BY client"
  static let selectID = "SELECT hashed_id FROM client WHERE id = ?"
  static let insertMeta = "INSERT INTO meta VALUES (?, ?)"
  static let insertClient = "INSERT INTO client VALUES (?, ?)"
  static let insertDay = "INSERT INTO day VALUES (?, ?, ?)"
  /// The battery level, which is no whole number, comes last.
  static let insertSession = """
    INSERT INTO session (
      client, number, start, "end", place, charging, network, notification, battery)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
    """
  static let insertOpen = "INSERT INTO open VALUES (?, ?, ?, ?, ?)"
  static let insertInstall = "INSERT INTO install VALUES (?, ?, ?, ?)"
  static let selectSessions = """
    SELECT start, "end", place, battery, charging, network, notification
    FROM session WHERE client = ? ORDER BY number
    """
  /// The numbers of a client's sessions begin above 0 once days have been deleted.
  static let selectOpens = """
    SELECT session - (SELECT min(number) FROM session WHERE client = ?1), time, app
    FROM open WHERE client = ?1 ORDER BY number
    """
  static let selectDays = "SELECT day, sealed FROM day WHERE client = ? ORDER BY day"
  static let selectInstalls = "SELECT time, app FROM install WHERE client = ? ORDER BY number"
}

/// Rows go through SQLite's own calls: GRDB's arguments and rows cost several times as much.
extension Statement {
  /// Inserts the row that begins with these values; the others are bound.
  func insert(_ values: Int64...) throws {
    for (index, value) in values.enumerated() {
      sqlite3_bind_int64(sqliteStatement, Int32(index + 1), value)
    }
    let code = sqlite3_step(sqliteStatement)
    sqlite3_reset(sqliteStatement)
    guard code == SQLITE_DONE else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
  }

  /// Calls `body` for each row of one client.
  func forEachRow(of client: Int, _ body: (SQLiteStatement) throws -> Void) throws {
    sqlite3_bind_int64(sqliteStatement, 1, Int64(client))
    try forEachRow(body)
  }

  func forEachRow(_ body: (SQLiteStatement) throws -> Void) throws {
    defer { sqlite3_reset(sqliteStatement) }
    while true {
      switch sqlite3_step(sqliteStatement) {
      case SQLITE_ROW: try body(sqliteStatement)
      case SQLITE_DONE: return
      case let code: throw DatabaseError(resultCode: ResultCode(rawValue: code))
      }
    }
  }
}
