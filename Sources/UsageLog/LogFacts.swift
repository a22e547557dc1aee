import Foundation
import GRDB
import Sealing

/// What a log says about itself as a whole; nothing of it is checked yet.
struct LogFacts {
  let clients: Int
  private let meta: [String: DatabaseValue]

  init(_ db: Database) throws {
    let facts = try Row.fetchAll(db, sql: "SELECT key, value FROM meta").map {
      (String.fromDatabaseValue($0[0]) ?? "", $0[1] as DatabaseValue)
    }
    meta = Dictionary(facts, uniquingKeysWith: { first, _ in first })
    clients = try Int.fetchOne(db, sql: "SELECT count(*) FROM client") ?? 0
  }

  /// Nil in sealed logs and those of older versions.
  var wholeDigest: String? {
    meta[LogDatabase.wholeDigest].map { String.fromDatabaseValue($0) ?? "" }
  }

  /// Whether days were deleted, as far as the log says so: older versions did not say.
  var isExpired: Bool { meta["expired_before"] != nil }

  var contentHash: String { meta["content_hash"].flatMap(String.fromDatabaseValue) ?? "" }

  /// Whether the log is sealed; throws for a format that this program does not know.
  func isSealed(path: String) throws(UsageLogError) -> Bool {
    let version = meta["schema_version"].flatMap(Int.fromDatabaseValue)
    switch version {
    case LogDatabase.rowVersion: return false
    case LogDatabase.sealedVersion: return true
    default:
      throw UsageLogError(
        .badInput,
        "\(path) has version \(version.map(String.init) ?? "none") of the usage log format "
          + "where this program reads \(LogDatabase.rowVersion) and \(LogDatabase.sealedVersion); "
          + "import the log again")
    }
  }

  /// What opens the log; nil when it is in clear.
  func seal(sealKeyFile: String?, path: String) throws(UsageLogError) -> LogSeal? {
    guard try isSealed(path: path) else {
      guard sealKeyFile == nil else {
        throw UsageLogError(
          .badInput,
          "\(path) is not sealed; name no key, or import the log again with --seal-key-file")
      }
      return nil
    }
    guard let sealKeyFile else {
      throw UsageLogError(
        .badInput,
        "\(path) is sealed; name the file with its key (population.seal_key_file in an experiment, "
          + "--seal-key-file on the command line)")
    }
    guard let logID = meta["log_id"].flatMap(Data.fromDatabaseValue),
      let check = meta["key_check"].flatMap(Data.fromDatabaseValue)
    else { throw UsageLogError(.badInput, "\(path) is damaged; import the log again") }
    let seal = LogSeal(key: SealingKey(try KeyFile.read(sealKeyFile)), logID: Array(logID))
    guard seal.open(check, at: .check) != nil else {
      throw UsageLogError(
        .badInput,
        "\(sealKeyFile) is not the key that \(path) was sealed with; give the --seal-key-file of its import"
      )
    }
    return seal
  }

  /// The range that two facts state; both are missing where there is no session.
  func timeRange(path: String) throws(UsageLogError) -> ClosedRange<Int64>? {
    guard meta["first_time"] != nil || meta["last_time"] != nil else { return nil }
    guard let first = meta["first_time"].flatMap(Int64.fromDatabaseValue),
      let last = meta["last_time"].flatMap(Int64.fromDatabaseValue),
      loggedTimes.contains(first), loggedTimes.contains(last), first <= last
    else {
      throw UsageLogError(
        .badInput,
        "\(path) is damaged: its first and last time are no range between 1970 and 9999"
          + "; import the log again")
    }
    return first...last
  }
}
