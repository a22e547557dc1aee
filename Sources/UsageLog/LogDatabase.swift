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
///
/// Times are seconds since 1970 on the client's own clock; ids count from 0.
enum LogDatabase {
  static let schemaVersion = 1

  static let schema = """
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

  static let insertClient = "INSERT INTO client VALUES (?, ?)"
  static let insertSession = "INSERT INTO session VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
  static let insertOpen = "INSERT INTO open VALUES (?, ?, ?, ?, ?)"
  static let insertInstall = "INSERT INTO install VALUES (?, ?, ?, ?)"
  static let selectSessions = """
    SELECT start, "end", place, battery, charging, network, notification
    FROM session WHERE client = ? ORDER BY number
    """
  static let selectOpens = "SELECT session, time, app FROM open WHERE client = ? ORDER BY number"
  static let selectInstalls = "SELECT time, app FROM install WHERE client = ? ORDER BY number"
}

/// Rows go through SQLite's own calls: GRDB's arguments and rows cost several times as much.
extension Statement {
  /// Inserts the row whose values are bound.
  func insert() throws {
    let code = sqlite3_step(sqliteStatement)
    sqlite3_reset(sqliteStatement)
    guard code == SQLITE_DONE else { throw DatabaseError(resultCode: ResultCode(rawValue: code)) }
  }

  /// Calls `body` for each row of one client.
  func forEachRow(of client: Int, _ body: (SQLiteStatement) throws -> Void) throws {
    sqlite3_bind_int64(sqliteStatement, 1, Int64(client))
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
