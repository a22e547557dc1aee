import GRDB
import GRDBSQLite
import UsageData

/// Reading one client's history out of the tables.
extension UsageLog {
  /// From a log in clear.
  func readRows(of client: Int, from db: Database) throws -> ClientHistory {
    var history = ClientHistory()
    try db.cachedStatement(sql: LogDatabase.selectSessions).forEachRow(of: client) { row in
      var context = DeviceContext()
      context.place = UInt8(clamping: sqlite3_column_int(row, 2))
      context.battery = Float(sqlite3_column_double(row, 3))
      context.isCharging = sqlite3_column_int(row, 4) != 0
      context.network = Network(rawValue: UInt8(clamping: sqlite3_column_int(row, 5))) ?? .unknown
      context.notification = sqlite3_column_int(row, 6)
      history.sessions.append(
        Session(
          start: sqlite3_column_int64(row, 0), end: sqlite3_column_int64(row, 1), opens: 0..<0,
          context: context))
    }
    var session = 0
    try db.cachedStatement(sql: LogDatabase.selectOpens).forEachRow(of: client) { row in
      let owner = Int(sqlite3_column_int64(row, 0))
      guard owner >= session, owner < history.sessions.count else { throw damaged(client) }
      while session < owner { endSession() }
      history.opens.append(
        AppOpen(time: sqlite3_column_int64(row, 1), app: sqlite3_column_int(row, 2)))
    }
    while session < history.sessions.count { endSession() }
    try db.cachedStatement(sql: LogDatabase.selectInstalls).forEachRow(of: client) { row in
      history.installs.append(
        AppInstall(time: sqlite3_column_int64(row, 0), app: sqlite3_column_int(row, 1)))
    }
    return history

    /// The session's opens end here, and the next session's begin.
    func endSession() {
      let start = session == 0 ? 0 : history.sessions[session - 1].opens.upperBound
      history.sessions[session].opens = start..<history.opens.count
      session += 1
    }
  }

  /// From a sealed log.
  func readDays(of client: Int, _ seal: LogSeal, from db: Database) throws -> ClientHistory {
    var history = ClientHistory()
    try db.cachedStatement(sql: LogDatabase.selectDays).forEachRow(of: client) { row in
      let day = sqlite3_column_int64(row, 0)
      let sealed = UnsafeRawBufferPointer(
        start: sqlite3_column_blob(row, 1), count: Int(sqlite3_column_bytes(row, 1)))
      guard let part = seal.open(sealed, at: .day(day, client: client)) else {
        throw UsageLogError(
          .badInput,
          "\(path) is damaged at client \(client): what lies at \(dayText(day)) was altered or is not "
            + "that day's; import the log again")
      }
      guard let part = ClientHistory(encoded: part) else { throw damaged(client) }
      history.append(part)
    }
    return history
  }
}

/// `YYYY-MM-DD` for a day since 1970, whatever a damaged log says it is.
private func dayText(_ day: Int64) -> String {
  let (time, overflows) = day.multipliedReportingOverflow(by: LocalClock.day)
  guard !overflows, loggedTimes.contains(time) else { return "day \(day)" }
  return String(localTimeText(time).prefix(10))
}

/// Why a database cannot be read as a log.
func readError(_ path: String, _ error: DatabaseError) -> UsageLogError {
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
