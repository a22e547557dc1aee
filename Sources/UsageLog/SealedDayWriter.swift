import Foundation
import GRDB
import UsageData

/// Writes one sealed blob for every day of every client.
struct SealedDayWriter: HistoryWriter {
  private let db: Database
  private let seal: LogSeal
  private let insertDay: Statement

  /// Writes what tells the right key from a wrong one as well.
  init(_ db: Database, _ seal: LogSeal) throws {
    self.db = db
    self.seal = seal
    insertDay = try db.makeStatement(sql: LogDatabase.insertDay)
    try db.execute(sql: LogDatabase.insertMeta, arguments: ["log_id", Data(seal.logID)])
    try db.execute(
      sql: LogDatabase.insertMeta, arguments: ["key_check", Data(seal.seal([], at: .check))])
  }

  /// How widely an app is used stays out: its place in the order says enough.
  func write(_ app: AppCatalogue.App, id: Int) throws {
    try db.execute(
      sql: "INSERT INTO app VALUES (?, ?)",
      arguments: [id, Data(seal.seal(Array(app.name.utf8), at: .app(id)))])
  }

  func write(_ history: ClientHistory, of client: Int) throws {
    for (day, part) in history.days() {
      let sealed = seal.seal(part.encoded, at: .day(day, client: client))
      try insertDay.execute(arguments: [client, day, Data(sealed)])
    }
  }
}
