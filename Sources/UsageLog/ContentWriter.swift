import Crypto
import Foundation
import GRDB
import UsageData

/// Fills the tables of a new log and hashes every value that it writes, in order.
///
/// The hash is that of the content, however the file lays it out.
struct ContentWriter {
  private let db: Database
  private let catalogue: AppCatalogue
  private let writer: any HistoryWriter
  private let insertClient: Statement
  private var summary = LogSummary()
  private var hash = SHA256()
  /// What was written since the hash was last updated; numbers as 8 little-endian bytes.
  private var unhashed: [UInt8] = []

  init(_ db: Database, _ catalogue: AppCatalogue, _ writer: any HistoryWriter) throws {
    self.db = db
    self.catalogue = catalogue
    self.writer = writer
    insertClient = try db.makeStatement(sql: LogDatabase.insertClient)
  }

  mutating func writeApps() throws {
    for (id, app) in catalogue.apps.enumerated() {
      try writer.write(app, id: id)
      add(Array(app.name.utf8))
    }
    summary.apps = catalogue.apps.count
  }

  /// Writes the next client; `history` has the app ids from before the catalogue's order.
  mutating func write(id: [UInt8], _ history: ClientHistory) throws {
    var history = history
    catalogue.renumber(&history)
    try insertClient.execute(arguments: [summary.clients, Data(id)])
    try writer.write(history, of: summary.clients)
    add(id)
    add(history)
    summary.clients += 1
    hash.update(data: unhashed)
    unhashed.removeAll(keepingCapacity: true)
  }

  /// Writes the facts about the whole log.
  mutating func finish(version: Int) throws -> LogSummary {
    hash.update(data: unhashed)
    summary.contentHash = hexadecimal(hash.finalize())
    try writeMeta("schema_version", version)
    try writeMeta("content_hash", summary.contentHash)
    if let range = summary.timeRange {
      try writeMeta("first_time", range.lowerBound)
      try writeMeta("last_time", range.upperBound)
    }
    return summary
  }

  private func writeMeta(_ key: String, _ value: some DatabaseValueConvertible) throws {
    try db.execute(sql: LogDatabase.insertMeta, arguments: [key, value])
  }

  /// Counts and hashes what the current client did.
  private mutating func add(_ history: ClientHistory) {
    let client = Int64(summary.clients)
    for (number, session) in history.sessions.enumerated() {
      count(session)
      let context = session.context
      add(client, Int64(number), session.start, session.end, Int64(context.place))
      add(Int64(bitPattern: Double(context.battery).bitPattern))
      add(
        context.isCharging ? 1 : 0, Int64(context.network.rawValue), Int64(context.notification))
      for index in session.opens {
        let open = history.opens[index]
        add(client, Int64(index), Int64(number), open.time, Int64(open.app))
      }
    }
    for (number, install) in history.installs.enumerated() {
      add(client, Int64(number), install.time, Int64(install.app))
    }
  }

  private mutating func count(_ session: Session) {
    summary.sessions += 1
    summary.opens += session.opens.count
    if session.opens.isEmpty { summary.sessionsWithoutApp += 1 }
    let range = summary.timeRange ?? session.start...session.end
    summary.timeRange =
      min(range.lowerBound, session.start)...max(range.upperBound, session.end)
  }

  private mutating func add(_ values: Int64...) {
    for value in values {
      withUnsafeBytes(of: value.littleEndian) { unhashed.append(contentsOf: $0) }
    }
  }

  private mutating func add(_ bytes: [UInt8]) {
    add(Int64(bytes.count))
    unhashed.append(contentsOf: bytes)
  }
}

func hexadecimal(_ digest: SHA256.Digest) -> String {
  digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
}
