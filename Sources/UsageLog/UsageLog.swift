import Foundation
import GRDB
import Glibc
import Sealing
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

  /// - Parameter sealKeyFile: holds the key of a sealed log; nil for one in clear.
  package init(path: String, sealKeyFile: String? = nil) throws {
    self.path = path
    guard access(path, F_OK) == 0 else {
      throw UsageLogError(
        .missingFile, "\(path) does not exist; make it with `fedsim data import`")
    }
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
      timeRange = try facts.timeRange(path: path)
    } catch let error as DatabaseError {
      throw readError(path, error)
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
            try readRows(of: client, from: db)
          }
        guard isPossible(history) else { throw damaged(client) }
        return history
      }
    } catch let error as DatabaseError {
      throw readError(path, error)
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

  func damaged(_ client: Int) -> UsageLogError {
    UsageLogError(
      .badInput, "\(path) is damaged at client \(client); import the log again")
  }
}
