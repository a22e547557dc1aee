import Foundation
import GRDB

/// Versions of a model and the stage each is in: one SQLite file, and a folder per model beside it.
///
/// Every change is one transaction that begins with the write lock, so that processes take turns and
/// one that is killed leaves either all of its change or nothing, but for copied files, which the next
/// change removes. That at most one version is in
/// production, and one a canary, is the database's own rule.
package struct Registry: Sendable {
  package let folder: String
  let database: DatabaseQueue

  private static let schema = """
    CREATE TABLE IF NOT EXISTS version (
      version INTEGER PRIMARY KEY AUTOINCREMENT,
      stage TEXT NOT NULL CHECK (stage IN ('candidate', 'canary', 'production', 'retired')),
      parent INTEGER REFERENCES version, replaced INTEGER REFERENCES version,
      name TEXT NOT NULL, run TEXT NOT NULL, config_hash TEXT NOT NULL, data_version TEXT NOT NULL,
      metrics TEXT NOT NULL, epsilon REAL, delta REAL NOT NULL,
      model_hash TEXT NOT NULL, config_file_hash TEXT NOT NULL);
    CREATE UNIQUE INDEX IF NOT EXISTS one_production ON version (stage)
      WHERE stage = 'production';
    CREATE UNIQUE INDEX IF NOT EXISTS one_canary ON version (stage) WHERE stage = 'canary';
    CREATE TABLE IF NOT EXISTS stage_change (
      id INTEGER PRIMARY KEY AUTOINCREMENT, version INTEGER NOT NULL REFERENCES version,
      "from" TEXT, "to" TEXT NOT NULL, time INTEGER NOT NULL, reason TEXT NOT NULL);
    PRAGMA user_version = 1;
    """

  /// Opens the registry in a folder.
  ///
  /// - Parameter create: make it when there is none.
  package init(_ folder: String, create: Bool = false) throws(RegistryError) {
    self.folder = folder
    let path = "\(folder)/registry.sqlite"
    if !FileManager.default.fileExists(atPath: path) {
      guard create else {
        throw RegistryError(
          .missingInput,
          "\(folder): holds no registry; make one with `fedsim registry add RUN --registry \(folder)`."
        )
      }
      do {
        try FileManager.default.createDirectory(
          atPath: "\(folder)/models", withIntermediateDirectories: true)
      } catch {
        throw RegistryError(.inputOutput, "\(folder): cannot be made; choose another --registry.")
      }
    }
    var configuration = Configuration()
    // Long enough for any other process to end its transaction.
    configuration.busyMode = .timeout(30)
    do {
      database = try DatabaseQueue(path: path, configuration: configuration)
      let version = try database.read { try Int.fetchOne($0, sql: "PRAGMA user_version") }
      guard version == 0 || version == 1 else {
        throw RegistryError(
          .badData, "\(path): was written by another version of fedsim; use that one.")
      }
      if version == 0 { try Self.inTransaction(database) { try $0.execute(sql: Self.schema) } }
    } catch {
      throw Self.explained(error, path)
    }
  }

  /// Runs `body` alone, all of it or nothing, after removing what a killed process has left.
  func change<Result>(
    _ body: (Database) throws -> Result
  ) throws(RegistryError) -> Result {
    do {
      return try Self.inTransaction(database) { db in
        try removeLeftovers(db)
        return try body(db)
      }
    } catch {
      throw Self.explained(error, "\(folder)/registry.sqlite")
    }
  }

  func look<Result>(_ body: (Database) throws -> Result) throws(RegistryError) -> Result {
    do {
      return try database.read(body)
    } catch {
      throw Self.explained(error, "\(folder)/registry.sqlite")
    }
  }

  private static func inTransaction<Result>(
    _ database: DatabaseQueue, _ body: (Database) throws -> Result
  ) throws -> Result {
    try database.writeWithoutTransaction { db in
      var result: Result?
      try db.inTransaction(.immediate) {
        result = try body(db)
        return .commit
      }
      guard let result else { preconditionFailure("a transaction that ended has a result") }
      return result
    }
  }

  private static func explained(_ error: any Error, _ path: String) -> RegistryError {
    if let error = error as? RegistryError { return error }
    guard let error = error as? DatabaseError else {
      return RegistryError(.badData, "\(path): is damaged; put a copy of it back.")
    }
    let reason = error.message ?? "\(error.resultCode)"
    switch error.resultCode {
    case .SQLITE_NOTADB, .SQLITE_CORRUPT, .SQLITE_ERROR, .SQLITE_CONSTRAINT:
      return RegistryError(
        .badData, "\(path): is no registry or is damaged (\(reason)); put a copy of it back.")
    default:
      return RegistryError(
        .inputOutput, "\(path): cannot be used (\(reason)); try again, or free the disk.")
    }
  }
}
