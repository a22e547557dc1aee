import GRDB
import GRDBSQLite
import Glibc
import UsageData

/// A usage log in one SQLite file, opened for reading; many processes may read it at once.
package struct UsageLog: Sendable {
  package let path: String
  package let clientCount: Int
  /// SHA-256 of the content in order, in hexadecimal.
  package let contentHash: String
  /// First and last local time of any session; nil when there is none.
  package let timeRange: ClosedRange<Int64>?
  private let appNames: [String]
  private let database: DatabaseQueue

  package init(path: String) throws {
    self.path = path
    guard access(path, F_OK) == 0 else {
      throw UsageLogError(
        .missingFile, "\(path) does not exist; make it with `fedsim data import`")
    }
    var configuration = Configuration()
    configuration.readonly = true
    // A finished log never changes: keep the read lock, which others share, instead of taking it
    // anew for each client.
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA locking_mode = EXCLUSIVE") }
    do {
      database = try DatabaseQueue(path: path, configuration: configuration)
      let (meta, clients, names) = try database.read { db in
        let facts = try Row.fetchAll(db, sql: "SELECT key, value FROM meta").map {
          (String.fromDatabaseValue($0[0]) ?? "", $0[1] as DatabaseValue)
        }
        let clients = try Int.fetchOne(db, sql: "SELECT count(*) FROM client")
        let names = try String.fetchAll(db, sql: "SELECT name FROM app ORDER BY id")
        return (Dictionary(facts, uniquingKeysWith: { first, _ in first }), clients, names)
      }
      let version = meta["schema_version"].flatMap(Int.fromDatabaseValue)
      guard version == LogDatabase.schemaVersion else {
        throw UsageLogError(
          .badInput,
          "\(path) has version \(version.map(String.init) ?? "none") of the usage log format "
            + "where this program reads \(LogDatabase.schemaVersion); import the log again")
      }
      guard let clients, clients > 0 else {
        throw UsageLogError(.badInput, "\(path) has no clients; import the log again")
      }
      clientCount = clients
      appNames = names
      contentHash = meta["content_hash"].flatMap(String.fromDatabaseValue) ?? ""
      timeRange = try Self.timeRange(from: meta["first_time"], to: meta["last_time"], path)
    } catch let error as DatabaseError {
      throw Self.readError(path, error)
    } catch is RowDecodingError {
      throw UsageLogError(.badInput, "\(path) is damaged; import the log again")
    }
  }

  package var appCount: Int { appNames.count }

  /// The name of an app id in 0..<appCount.
  package func appName(_ app: Int) -> String { appNames[app] }

  /// Everything that client 0..<clientCount has logged.
  package func history(of client: Int) throws -> ClientHistory {
    precondition((0..<clientCount).contains(client), "client \(client) is not in the log")
    do {
      return try database.unsafeRead { try readHistory(of: client, from: $0) }
    } catch let error as DatabaseError {
      throw Self.readError(path, error)
    }
  }

  private func readHistory(of client: Int, from db: Database) throws -> ClientHistory {
    var history = ClientHistory()
    try db.cachedStatement(sql: LogDatabase.selectSessions).forEachRow(of: client) { row in
      var context = DeviceContext()
      context.place = UInt8(clamping: sqlite3_column_int(row, 2))
      context.battery = Float(sqlite3_column_double(row, 3))
      context.isCharging = sqlite3_column_int(row, 4) != 0
      context.network = Network(rawValue: UInt8(clamping: sqlite3_column_int(row, 5))) ?? .unknown
      context.notification = sqlite3_column_int(row, 6)
      let start = sqlite3_column_int64(row, 0)
      let end = sqlite3_column_int64(row, 1)
      guard loggedTimes.contains(start), loggedTimes.contains(end), start <= end,
        context.notification < appCount
      else { throw damaged(client) }
      history.sessions.append(Session(start: start, end: end, opens: 0..<0, context: context))
    }
    var session = 0
    try db.cachedStatement(sql: LogDatabase.selectOpens).forEachRow(of: client) { row in
      let owner = Int(sqlite3_column_int64(row, 0))
      let open = AppOpen(time: sqlite3_column_int64(row, 1), app: sqlite3_column_int(row, 2))
      guard owner >= session, owner < history.sessions.count, loggedTimes.contains(open.time),
        (0..<appCount).contains(Int(open.app))
      else { throw damaged(client) }
      while session < owner { endSession() }
      history.opens.append(open)
    }
    while session < history.sessions.count { endSession() }
    try db.cachedStatement(sql: LogDatabase.selectInstalls).forEachRow(of: client) { row in
      let install = AppInstall(time: sqlite3_column_int64(row, 0), app: sqlite3_column_int(row, 1))
      guard loggedTimes.contains(install.time), (0..<appCount).contains(Int(install.app))
      else { throw damaged(client) }
      history.installs.append(install)
    }
    return history

    /// The session's opens end here, and the next session's begin.
    func endSession() {
      let start = session == 0 ? 0 : history.sessions[session - 1].opens.upperBound
      history.sessions[session].opens = start..<history.opens.count
      session += 1
    }
  }

  /// The range that two facts state; both are missing where there is no session.
  private static func timeRange(
    from first: DatabaseValue?, to last: DatabaseValue?, _ path: String
  ) throws(UsageLogError) -> ClosedRange<Int64>? {
    guard first != nil || last != nil else { return nil }
    guard let first = first.flatMap(Int64.fromDatabaseValue),
      let last = last.flatMap(Int64.fromDatabaseValue),
      loggedTimes.contains(first), loggedTimes.contains(last), first <= last
    else {
      throw UsageLogError(
        .badInput,
        "\(path) is damaged: its first and last time are no range between 1970 and 9999"
          + "; import the log again")
    }
    return first...last
  }

  private static func readError(_ path: String, _ error: DatabaseError) -> UsageLogError {
    let kind: UsageLogError.Kind =
      switch error.resultCode {
      // An ordinary error is a table or column that the file lacks.
      case .SQLITE_NOTADB, .SQLITE_CORRUPT, .SQLITE_ERROR: .badInput
      default: .inputOutput
      }
    return UsageLogError(
      kind,
      "\(path) cannot be read as a usage log (\(error.message ?? "\(error.resultCode)")); "
        + "make it with `fedsim data import`")
  }

  private func damaged(_ client: Int) -> UsageLogError {
    UsageLogError(
      .badInput, "\(path) is damaged at client \(client); import the log again")
  }
}
