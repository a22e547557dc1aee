import Crypto
import Foundation
import GRDB
import Storage
import UsageData

/// Fills the tables of a new log and hashes every value that it writes, in order.
///
/// The hash is that of the content, however the file lays it out. A log in clear holds a digest of
/// each client as well, and one of all digests and facts.
struct ContentWriter {
  private let db: Database
  private let catalogue: AppCatalogue
  private let writer: any HistoryWriter
  private let insertClient: Statement
  /// Nil for a sealed log, which needs no digests.
  private var digests: DigestWriter?
  private var summary = LogSummary()
  private var hash = SHA256()

  init(
    _ db: Database, _ catalogue: AppCatalogue, _ writer: any HistoryWriter, hasDigests: Bool
  ) throws {
    self.db = db
    self.catalogue = catalogue
    self.writer = writer
    insertClient = try db.makeStatement(sql: LogDatabase.insertClient)
    digests = hasDigests ? try DigestWriter(db) : nil
  }

  mutating func writeApps() throws {
    for (id, app) in catalogue.apps.enumerated() {
      try writer.write(app, id: id)
      let bytes = ContentBytes(ofApp: app.name).bytes
      hash.update(data: bytes)
      digests?.add(app: bytes)
    }
    summary.apps = catalogue.apps.count
  }

  /// Writes the next client; `history` has the app ids from before the catalogue's order.
  mutating func write(id: [UInt8], _ history: ClientHistory) throws {
    var history = history
    catalogue.renumber(&history)
    try insertClient.execute(arguments: [summary.clients, Data(id)])
    try writer.write(history, of: summary.clients)
    history.sessions.forEach { count($0) }
    let bytes = ContentBytes(of: history, client: summary.clients, id: id).bytes
    hash.update(data: bytes)
    try digests?.add(client: summary.clients, bytes)
    summary.clients += 1
  }

  /// Writes the facts about the whole log.
  mutating func finish(version: Int) throws -> LogSummary {
    summary.contentHash = Digest.text(hash.finalize())
    try writeMeta("schema_version", version)
    try writeMeta("content_hash", summary.contentHash)
    if let range = summary.timeRange {
      try writeMeta("first_time", range.lowerBound)
      try writeMeta("last_time", range.upperBound)
    }
    try digests?.finish(
      FactsOfContent(contentHash: summary.contentHash, timeRange: summary.timeRange))
    return summary
  }

  private func writeMeta(_ key: String, _ value: some DatabaseValueConvertible) throws {
    try db.execute(sql: LogDatabase.insertMeta, arguments: [key, value])
  }

  private mutating func count(_ session: Session) {
    summary.sessions += 1
    summary.opens += session.opens.count
    if session.opens.isEmpty { summary.sessionsWithoutApp += 1 }
    let range = summary.timeRange ?? session.start...session.end
    summary.timeRange =
      min(range.lowerBound, session.start)...max(range.upperBound, session.end)
  }
}
