import Foundation
import GRDB
import Glibc
import Sealing
import Storage
import UsageData

/// A usage log in one SQLite file, opened for reading; many processes may read it at once.
package struct UsageLog: Sendable {
  package let path: String
  package let clientCount: Int
  /// SHA-256 of the content in order, in hexadecimal; another one once days were deleted.
  package let contentHash: String
  /// Local times between which all sessions lie, the last exact; nil when there is none.
  package let timeRange: ClosedRange<Int64>?
  private let appNames: [String]
  let database: DatabaseQueue
  /// Nil when the log is in clear.
  let seal: LogSeal?
  /// Nil when the log is sealed or was written by an older version.
  private let digests: LogDigests?
  let isExpired: Bool

  /// - Parameter sealKeyFile: holds the key of a sealed log; nil for one in clear.
  package init(path: String, sealKeyFile: String? = nil) throws {
    self.path = path
    guard try explaining({ () throws(StorageError) in try FileKind.exists(path) }) else {
      throw UsageLogError(
        .missingFile, "\(path) does not exist; make it with `fedsim data import`")
    }
    try requireFile(path, holding: "the log that `fedsim data import` wrote")
    try checkCompanions(of: path)
    Self.undoInterruptedExpiry(path)
    var configuration = Configuration()
    configuration.readonly = true
    // A finished log never changes: keep the read lock, which others share, instead of taking it
    // anew for each client.
    configuration.prepareDatabase { try $0.execute(sql: "PRAGMA locking_mode = EXCLUSIVE") }
    do {
      database = try DatabaseQueue(path: path, configuration: configuration)
      let facts = try database.read(LogFacts.init)
      seal = try facts.seal(sealKeyFile: sealKeyFile, path: path)
      appNames = try database.read { [seal] in try Self.appNames($0, seal, path) }
      guard facts.clients > 0 else {
        throw UsageLogError(.badInput, "\(path) has no clients; import the log again")
      }
      clientCount = facts.clients
      contentHash = facts.contentHash
      let timeRange = try facts.timeRange(path: path)
      self.timeRange = timeRange
      isExpired = facts.isExpired
      digests =
        if seal == nil {
          try database.read { [appNames] in
            try LogDigests($0, facts, apps: appNames, timeRange: timeRange, path: path)
          }
        } else {
          nil
        }
    } catch let error as DatabaseError {
      throw logError(error, .reading, path)
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
      return try database.unsafeRead { db in
        let history =
          if let seal {
            try readDays(of: client, seal, from: db)
          } else {
            try readRows(of: client, from: db, path: path)
          }
        guard isPossible(history) else { throw damagedClient(client, of: path) }
        if let digests {
          let content = ContentBytes(
            of: history, client: client, id: try readID(of: client, from: db))
          guard try digests.match(content, of: client, in: db) else {
            throw damagedClient(client, of: path)
          }
        }
        return history
      }
    } catch let error as DatabaseError {
      throw logError(error, .reading, path)
    }
  }

  /// Undoes what a killed `expireLog` has left half done, which one who only reads may not.
  ///
  /// Where that is impossible, because another process is just at it or the file may not be written,
  /// reading says so.
  private static func undoInterruptedExpiry(_ path: String) {
    guard access("\(path)-journal", F_OK) == 0 else { return }
    try? DatabaseQueue(path: path).read { _ = try LogFacts($0) }
  }

  private static func appNames(
    _ db: Database, _ seal: LogSeal?, _ path: String
  ) throws -> [String] {
    guard let seal else { return try String.fetchAll(db, sql: "SELECT name FROM app ORDER BY id") }
    let sealed = try Data.fetchAll(db, sql: "SELECT sealed FROM app ORDER BY id")
    return try sealed.enumerated().map { id, name in
      guard let name = seal.open(name, at: .app(id)) else {
        throw UsageLogError(
          .badInput, "\(path) is damaged at the name of app \(id); import the log again")
      }
      return String(decoding: name, as: UTF8.self)
    }
  }

  /// Whether times and apps are such as a log may hold.
  private func isPossible(_ history: ClientHistory) -> Bool {
    let apps = 0..<Int32(appCount)
    return history.sessions.allSatisfy {
      loggedTimes.contains($0.start) && loggedTimes.contains($0.end) && $0.start <= $0.end
        && $0.context.notification < apps.upperBound
    }
      && history.opens.allSatisfy { loggedTimes.contains($0.time) && apps.contains($0.app) }
      && history.installs.allSatisfy { loggedTimes.contains($0.time) && apps.contains($0.app) }
  }

  /// Whether reading a client finds out that its rows were damaged.
  var checksClients: Bool { seal != nil || digests != nil }
}

/// Throws when something other than a file stands at a path, which SQLite calls an error of the disk.
func requireFile(_ path: String, holding content: String) throws(UsageLogError) {
  let kind = try explaining { () throws(StorageError) in try FileKind.of(path) }
  guard let kind, kind != .file else { return }
  throw UsageLogError(
    .badInput,
    kind == .folder
      ? "\(path) is a folder; name the file with \(content)"
      : "\(path) is a pipe or device; name a file with \(content)")
}

/// Throws when a file that SQLite would take for part of the log belongs to somebody else.
///
/// SQLite undoes what a killed process left half done from `PATH-journal`, and writes there what it
/// is about to change.
func checkCompanions(of path: String) throws(UsageLogError) {
  func status(_ path: String, followingLinks: Bool) throws(UsageLogError) -> stat? {
    try explaining { () throws(StorageError) in
      try FileKind.status(of: path, followingLinks: followingLinks)
    }
  }
  guard let log = try status(path, followingLinks: true) else { return }
  for name in ["-journal", "-wal", "-shm"].map({ path + $0 }) {
    guard let status = try status(name, followingLinks: false) else { continue }
    let isOwn = status.st_uid == log.st_uid || status.st_uid == geteuid()
    guard status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1, isOwn else {
      throw UsageLogError(
        .inputOutput,
        "\(name) does not belong to the owner of this log, so \(path) is not opened; find out whose it "
          + "is, and remove it")
    }
  }
}
