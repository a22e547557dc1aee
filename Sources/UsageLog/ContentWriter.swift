import Crypto
import Foundation
import GRDB
import GRDBSQLite
import UsageData

/// Fills the tables of a new log and hashes every value that it writes, in order.
struct ContentWriter {
  private let db: Database
  private let catalogue: AppCatalogue
  private let insertClient: Statement
  private let insertSession: Statement
  private let insertOpen: Statement
  private let insertInstall: Statement
  private var summary = LogSummary()
  private var hash = SHA256()
  /// What was written since the hash was last updated; numbers as 8 little-endian bytes.
  private var unhashed: [UInt8] = []

  init(_ db: Database, _ catalogue: AppCatalogue) throws {
    self.db = db
    self.catalogue = catalogue
    insertClient = try db.makeStatement(sql: LogDatabase.insertClient)
    insertSession = try db.makeStatement(sql: LogDatabase.insertSession)
    insertOpen = try db.makeStatement(sql: LogDatabase.insertOpen)
    insertInstall = try db.makeStatement(sql: LogDatabase.insertInstall)
  }

  mutating func writeApps() throws {
    for (id, app) in catalogue.apps.enumerated() {
      try db.execute(
        sql: "INSERT INTO app VALUES (?, ?, ?, ?)",
        arguments: [id, app.name, app.clients, app.opens])
      add(Array(app.name.utf8))
    }
    summary.apps = catalogue.apps.count
  }

  /// Writes the next client; `history` has the app ids from before the catalogue's order.
  mutating func write(id: [UInt8], _ history: ClientHistory) throws {
    var history = history
    catalogue.renumber(&history)
    try insertClient.execute(arguments: [summary.clients, Data(id)])
    add(id)
    for (number, session) in history.sessions.enumerated() {
      try write(session, number)
      for open in session.opens { try write(history.opens[open], open, session: number) }
    }
    for (number, install) in history.installs.enumerated() { try write(install, number) }
    summary.clients += 1
    hash.update(data: unhashed)
    unhashed.removeAll(keepingCapacity: true)
  }

  /// Writes the facts about the whole log.
  mutating func finish() throws -> LogSummary {
    hash.update(data: unhashed)
    summary.contentHash = hash.finalize().map {
      String($0 >> 4, radix: 16) + String($0 & 15, radix: 16)
    }
    .joined()
    try writeMeta("schema_version", LogDatabase.schemaVersion)
    try writeMeta("content_hash", summary.contentHash)
    if let range = summary.timeRange {
      try writeMeta("first_time", range.lowerBound)
      try writeMeta("last_time", range.upperBound)
    }
    return summary
  }

  private mutating func write(_ session: Session, _ number: Int) throws {
    let context = session.context
    begin(insertSession, number)
    bind(insertSession, 3, session.start)
    bind(insertSession, 4, session.end)
    bind(insertSession, 5, Int64(context.place))
    bind(insertSession, 6, real: Double(context.battery))
    bind(insertSession, 7, context.isCharging ? 1 : 0)
    bind(insertSession, 8, Int64(context.network.rawValue))
    bind(insertSession, 9, Int64(context.notification))
    try insertSession.insert()
    summary.sessions += 1
    if session.opens.isEmpty { summary.sessionsWithoutApp += 1 }
    let range = summary.timeRange ?? session.start...session.end
    summary.timeRange =
      min(range.lowerBound, session.start)...max(range.upperBound, session.end)
  }

  private mutating func write(_ open: AppOpen, _ number: Int, session: Int) throws {
    begin(insertOpen, number)
    bind(insertOpen, 3, Int64(session))
    bind(insertOpen, 4, open.time)
    bind(insertOpen, 5, Int64(open.app))
    try insertOpen.insert()
    summary.opens += 1
  }

  private mutating func write(_ install: AppInstall, _ number: Int) throws {
    begin(insertInstall, number)
    bind(insertInstall, 3, install.time)
    bind(insertInstall, 4, Int64(install.app))
    try insertInstall.insert()
  }

  private func writeMeta(_ key: String, _ value: some DatabaseValueConvertible) throws {
    try db.execute(sql: "INSERT INTO meta VALUES (?, ?)", arguments: [key, value])
  }

  /// Binds the key of a row: the current client and its place among the client's rows.
  private mutating func begin(_ statement: Statement, _ number: Int) {
    bind(statement, 1, Int64(summary.clients))
    bind(statement, 2, Int64(number))
  }

  private mutating func bind(_ statement: Statement, _ column: Int32, _ value: Int64) {
    sqlite3_bind_int64(statement.sqliteStatement, column, value)
    add(UInt64(bitPattern: value))
  }

  private mutating func bind(_ statement: Statement, _ column: Int32, real value: Double) {
    sqlite3_bind_double(statement.sqliteStatement, column, value)
    add(value.bitPattern)
  }

  private mutating func add(_ value: UInt64) {
    withUnsafeBytes(of: value.littleEndian) { unhashed.append(contentsOf: $0) }
  }

  private mutating func add(_ bytes: [UInt8]) {
    add(UInt64(bytes.count))
    unhashed.append(contentsOf: bytes)
  }
}
