import GRDB
import GRDBSQLite
import UsageData

/// Reads what a client of a log in clear did; messages call the log `path`.
func readRows(of client: Int, from db: Database, path: String) throws -> ClientHistory {
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
    guard owner >= session, owner < history.sessions.count else {
      throw damagedClient(client, of: path)
    }
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

/// The hashed id of a client; empty when there is none.
func readID(of client: Int, from db: Database) throws -> [UInt8] {
  var id: [UInt8] = []
  try db.cachedStatement(sql: LogDatabase.selectID).forEachRow(of: client) { row in
    id = Array(
      UnsafeRawBufferPointer(
        start: sqlite3_column_blob(row, 0), count: Int(sqlite3_column_bytes(row, 0))))
  }
  return id
}

func damagedClient(_ client: Int, of path: String) -> UsageLogError {
  UsageLogError(.badInput, "\(path) is damaged at client \(client); import the log again")
}

extension UsageLog {
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
      guard let part = ClientHistory(encoded: part) else { throw damagedClient(client, of: path) }
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
