import Foundation
import GRDB
import Glibc
import Storage

/// Versions of a model and the stage each is in: one SQLite file, and a folder per model beside it.
///
/// Every change is one transaction that begins with the write lock, so that processes take turns and
/// one that is killed leaves either all of its change or nothing, but for copied files, which the next
/// change removes. That at most one version is in
/// production, and one a canary, is the database's own rule. Only the owner may read what is made.
package struct Registry: Sendable {
  package let folder: String
  /// What to know about a registry whose versions could not be checked.
  package let note: String?
  let path: String
  private let database: DatabaseQueue

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
  /// - Parameter create: make it when there is none, neither a database nor models.
  package init(_ folder: String, create: Bool = false) throws(RegistryError) {
    self.folder = folder
    path = "\(folder)/registry.sqlite"
    let file = path
    let isThere = try explaining { () throws(StorageError) in try FileKind.exists(file) }
    if !isThere, !create {
      try Self.refuseModels(in: folder, "is missing")
      throw RegistryError(
        .missingInput,
        "\(folder): holds no registry; make one with `fedsim registry add RUN --registry \(folder)`."
      )
    }
    var configuration = Configuration()
    // Long enough for any other process to end its transaction.
    configuration.busyMode = .timeout(30)
    configuration.prepareDatabase { db in
      // A database from elsewhere may hold views and triggers of its own.
      try db.execute(sql: "PRAGMA trusted_schema = OFF")
    }
    if !isThere { try Self.makeFiles(in: folder) }
    do {
      database = try DatabaseQueue(path: path, configuration: configuration)
      let version = try database.read { try Int.fetchOne($0, sql: "PRAGMA user_version") }
      guard let version, (0...2).contains(version) else {
        throw RegistryError(
          .badData, "\(path): was written by another version of fedsim; use that one.")
      }
      note =
        version == 1
        ? "\(path): an older fedsim made it without checksums, so what it says of versions is taken as it "
          + "is; the next change adds checksums." : nil
      if version == 0 { try begin(create: create) }
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
        // A database that lost a page may still answer, with less than it held.
        guard try String.fetchOne(db, sql: "PRAGMA integrity_check(1)") == "ok" else {
          throw DatabaseError(resultCode: .SQLITE_CORRUPT)
        }
        try check(db)
        try upgrade(db)
        try removeLeftovers(db)
        let result = try body(db)
        try seal(db)
        return result
      }
    } catch {
      throw Self.explained(error, path)
    }
  }

  func look<Result>(_ body: (Database) throws -> Result) throws(RegistryError) -> Result {
    do {
      return try database.read { db in
        try check(db)
        return try body(db)
      }
    } catch {
      throw Self.explained(error, path)
    }
  }

  /// Makes the tables in a file that is empty, as a new one is.
  ///
  /// An empty file beside models is a registry that was cut: the models are all that is left of it.
  private func begin(create: Bool) throws {
    guard create else {
      guard try database.read({ try Self.isEmpty($0) }) else { return }
      try Self.refuseModels(in: folder, "is empty")
      throw RegistryError(
        .badData,
        "\(path): is empty; put a copy of it back, or start over with `fedsim registry add RUN "
          + "--registry \(folder)`.")
    }
    try Self.inTransaction(database) { db in
      // Somebody else may have made them just now.
      guard try Self.isEmpty(db) else { return }
      try Self.refuseModels(in: folder, "is empty")
      try db.execute(sql: Self.schema)
      try db.execute(sql: Self.checksumSchema)
      try seal(db)
    }
  }

  /// Whether there is nothing in it yet; throws for a database of something else.
  private static func isEmpty(_ db: Database) throws -> Bool {
    guard try Int.fetchOne(db, sql: "PRAGMA user_version") == 0 else { return false }
    guard try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") == 0 else {
      throw DatabaseError(resultCode: .SQLITE_NOTADB)
    }
    return true
  }

  private static func refuseModels(
    in folder: String, _ problem: String
  ) throws(RegistryError) {
    let count = try storedModelCount(in: folder)
    guard count > 0 else { return }
    throw RegistryError(
      .badData,
      "\(folder)/registry.sqlite: \(problem), but \(folder)/models holds \(count) "
        + "\(count == 1 ? "model" : "models") that it has listed; put a copy of it back, or use "
        + "another folder.")
  }
}

extension Registry {
  /// The folders and an empty database, which only the owner may read; what is there stays as it is.
  private static func makeFiles(in folder: String) throws(RegistryError) {
    let models = "\(folder)/models"
    let parent = URL(fileURLWithPath: folder).deletingLastPathComponent().path
    do {
      try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    } catch {
      throw RegistryError(
        .inputOutput, "\(folder): cannot be made; use a folder that you may write to.")
    }
    for path in [folder, models] {
      guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw failure(path) }
    }
    // SQLite gives its other files the permissions of this one.
    let path = "\(folder)/registry.sqlite"
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      // Somebody else may have made it just now.
      guard errno == EEXIST else { throw failure(path) }
      return
    }
    close(descriptor)
    do throws(RegistryError) {
      try refuseModels(in: folder, "is missing")
    } catch {
      unlink(path)
      throw error
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

  /// Any error of a change or a look as one sentence; what SQLite says of itself helps nobody.
  private static func explained(_ error: any Error, _ path: String) -> RegistryError {
    if let error = error as? RegistryError { return error }
    guard let error = error as? DatabaseError else {
      return RegistryError(.badData, "\(path): is damaged; put a copy of it back.")
    }
    switch error.resultCode {
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      return RegistryError(
        .inputOutput,
        "\(path): another process is changing it and has not finished within 30 seconds; try again."
      )
    case .SQLITE_FULL:
      return RegistryError(
        .inputOutput, "\(path): cannot be written, because the disk is full; free some space.")
    case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH:
      return RegistryError(
        .inputOutput,
        "\(path): may not be written by you; ask its owner, or use a registry of your own.")
    case .SQLITE_CANTOPEN:
      return RegistryError(
        .inputOutput,
        "\(path): cannot be opened; it must be a file, in a folder, that you may read and write.")
    case .SQLITE_IOERR, .SQLITE_NOLFS:
      return RegistryError(
        .inputOutput, "\(path): the disk reports an error; check it, then try again.")
    case .SQLITE_NOMEM:
      return RegistryError(.inputOutput, "\(path): there is not enough memory to read it.")
    case .SQLITE_NOTADB:
      return RegistryError(
        .badData, "\(path): is no registry, or its beginning is damaged; put a copy of it back.")
    default:
      return RegistryError(
        .badData, "\(path): is no registry or is damaged; put a copy of it back.")
    }
  }
}
