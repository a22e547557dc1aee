import GRDB
import Glibc
import Sealing
import UsageData

/// Writes histories as a usage log that `UsageLog` reads, so that client i stays client i.
///
/// `history` is asked for every client twice and must answer the same both times. App ids index
/// `appNames`; apps that no history mentions are left out and the others renumbered.
///
/// - Parameter sealKey: seals what the clients did, day by day; nil writes rows in clear.
package func writeLog(
  to path: String, clientCount: Int, appNames: [String], sealKey: SealingKey? = nil,
  overwrite: Bool = false, history: (Int) throws -> ClientHistory
) throws -> LogSummary {
  try withNewFile(path, overwrite: overwrite) { partial in
    try writeLog(to: partial.path, named: path, appNames: appNames, sealKey: sealKey) { body in
      for client in 0..<clientCount {
        let id = withUnsafeBytes(of: UInt64(client).bigEndian) { [UInt8]($0) }
        try body(id, try history(client))
      }
    }
  }
}

/// Writes a log from clients in the order of their ids; messages call it `name`.
///
/// `forEachClient` is called twice and must give the same both times.
func writeLog(
  to path: String, named name: String, appNames: [String], sealKey: SealingKey?,
  forEachClient: (_ body: (_ id: [UInt8], _ history: ClientHistory) throws -> Void) throws -> Void
) throws -> LogSummary {
  var counts = AppUseCounts(appCount: appNames.count)
  try forEachClient { _, history in counts.add(history) }
  do {
    return try fillDatabase(
      at: path, AppCatalogue(counts, names: appNames), sealKey, forEachClient)
  } catch let error as DatabaseError {
    throw logError(error, .writing, name)
  }
}

private func fillDatabase(
  at path: String, _ catalogue: AppCatalogue, _ sealKey: SealingKey?,
  _ forEachClient: (_ body: (_ id: [UInt8], _ history: ClientHistory) throws -> Void) throws -> Void
) throws -> LogSummary {
  var configuration = Configuration()
  // The file has no reader and no value before it is complete, so it needs no journal.
  configuration.prepareDatabase { db in
    try db.execute(
      sql: """
        PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
        PRAGMA cache_size = -8192;
        """)
  }
  let database = try DatabaseQueue(path: path, configuration: configuration)
  let summary = try database.write { db in
    try db.execute(sql: sealKey == nil ? LogDatabase.rowSchema : LogDatabase.sealedSchema)
    let writer: any HistoryWriter =
      if let sealKey {
        try SealedDayWriter(db, LogSeal(key: sealKey, logID: LogSeal.newLogID()))
      } else {
        try RowWriter(db)
      }
    var content = try ContentWriter(db, catalogue, writer, hasDigests: sealKey == nil)
    try content.writeApps()
    try forEachClient { try content.write(id: $0, $1) }
    return try content.finish(
      version: sealKey == nil ? LogDatabase.rowVersion : LogDatabase.sealedVersion)
  }
  try database.close()
  return summary
}
