import GRDB
import GRDBSQLite
import UsageData

/// Writes a row for every event, for anybody to read.
struct RowWriter: HistoryWriter {
  private let db: Database
  private let insertSession: Statement
  private let insertOpen: Statement
  private let insertInstall: Statement

  init(_ db: Database) throws {
    self.db = db
    insertSession = try db.makeStatement(sql: LogDatabase.insertSession)
    insertOpen = try db.makeStatement(sql: LogDatabase.insertOpen)
    insertInstall = try db.makeStatement(sql: LogDatabase.insertInstall)
  }

  func write(_ app: AppCatalogue.App, id: Int) throws {
    try db.execute(
      sql: "INSERT INTO app VALUES (?, ?, ?, ?)",
      arguments: [id, app.name, app.clients, app.opens])
  }

  func write(_ history: ClientHistory, of client: Int) throws {
    for (number, session) in history.sessions.enumerated() {
      try write(session, number, of: client)
      for index in session.opens {
        let open = history.opens[index]
        try insertOpen.insert(
          Int64(client), Int64(index), Int64(number), open.time, Int64(open.app))
      }
    }
    for (number, install) in history.installs.enumerated() {
      try insertInstall.insert(
        Int64(client), Int64(number), install.time, Int64(install.app))
    }
  }

  private func write(_ session: Session, _ number: Int, of client: Int) throws {
    let context = session.context
    sqlite3_bind_double(insertSession.sqliteStatement, 9, Double(context.battery))
    try insertSession.insert(
      Int64(client), Int64(number), session.start, session.end, Int64(context.place),
      context.isCharging ? 1 : 0, Int64(context.network.rawValue), Int64(context.notification))
  }
}
