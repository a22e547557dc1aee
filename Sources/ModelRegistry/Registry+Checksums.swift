import Foundation
import GRDB
import Storage

/// What tells a row that was changed from outside from one that a change of ours wrote.
///
/// Each version has a SHA-256 of its whole row, which names its number and its model file; one more
/// covers these of all versions, in order, and all changes of stage, so that a row that was deleted,
/// added or exchanged is noticed as well. Every look and every change begins with checking all of them.
extension Registry {
  /// What a registry of an older version lacks.
  static let checksumSchema = """
    ALTER TABLE version ADD COLUMN manifest_hash TEXT;
    ALTER TABLE version ADD COLUMN summary_hash TEXT;
    ALTER TABLE version ADD COLUMN digest TEXT;
    CREATE TABLE checksum (id INTEGER PRIMARY KEY CHECK (id = 1), digest TEXT NOT NULL);
    PRAGMA user_version = 2;
    """

  private static let versionColumns = [
    "version", "stage", "parent", "replaced", "name", "run", "config_hash", "data_version",
    "metrics", "epsilon", "delta", "model_hash", "config_file_hash", "manifest_hash",
    "summary_hash",
  ]
  private static let changeColumns = ["id", "version", "from", "to", "time", "reason"]

  /// Whether this version of the schema has checksums; throws for one that has lost them.
  static func hasChecksums(_ db: Database, path: String) throws -> Bool {
    guard try Int.fetchOne(db, sql: "PRAGMA user_version") != 2 else { return true }
    guard try !db.tableExists("checksum") else {
      throw RegistryError(.badData, "\(path): is damaged; put a copy of it back.")
    }
    return false
  }

  /// Throws when anything is not as the last change left it.
  func check(_ db: Database) throws {
    guard try Self.hasChecksums(db, path: path) else { return }
    let digests = try Self.rowDigests(db)
    for (version, digest, written) in digests where digest != written {
      throw RegistryError(
        .badData,
        "\(path): what it says of version \(version) is not what was registered; put a copy of it back."
      )
    }
    let written = try String.fetchOne(db, sql: "SELECT digest FROM checksum WHERE id = 1")
    guard try written == Self.wholeDigest(db, rows: digests.map(\.digest)) else {
      throw RegistryError(
        .badData,
        "\(path): versions or changes of their stages were added, removed or exchanged outside of "
          + "fedsim; put a copy of it back.")
    }
  }

  /// Adds checksums to a registry of an older version, whose rows are taken as they are.
  func upgrade(_ db: Database) throws {
    guard try !Self.hasChecksums(db, path: path) else { return }
    try db.execute(sql: Self.checksumSchema)
    for row in try Row.fetchAll(
      db, sql: "SELECT DISTINCT model_hash, config_file_hash FROM version")
    {
      let model: String = try row.decode(forColumn: "model_hash")
      let config: String = try row.decode(forColumn: "config_file_hash")
      try noteCopies(model: model, config: config, db)
    }
  }

  /// Takes down how the rows are now, after a change.
  func seal(_ db: Database) throws {
    let digests = try Self.rowDigests(db)
    for (version, digest, written) in digests where digest != written {
      try db.execute(
        sql: "UPDATE version SET digest = ? WHERE version = ?", arguments: [digest, version])
    }
    try db.execute(
      sql: "INSERT OR REPLACE INTO checksum VALUES (1, ?)",
      arguments: [try Self.wholeDigest(db, rows: digests.map(\.digest))])
  }

  private static func rowDigests(
    _ db: Database
  ) throws -> [(version: Int, digest: String, written: String?)] {
    try Row.fetchAll(db, sql: "SELECT * FROM version ORDER BY version").map { row in
      (
        try row.decode(forColumn: "version"), Digest.of(bytes(of: row, versionColumns)),
        try row.decode(String?.self, forColumn: "digest")
      )
    }
  }

  private static func wholeDigest(_ db: Database, rows: [String]) throws -> String {
    var whole = Data(rows.joined(separator: " ").utf8)
    for row in try Row.fetchAll(db, sql: "SELECT * FROM stage_change ORDER BY id") {
      whole += bytes(of: row, changeColumns)
    }
    return Digest.of(whole)
  }

  /// Kind, length and bytes of each cell: rows of other cells have other bytes.
  private static func bytes(of row: Row, _ columns: [String]) -> Data {
    var bytes = Data()
    for column in columns {
      let value: DatabaseValue = row[column] ?? .null
      let (kind, content): (Character, Data) =
        switch value.storage {
        case .null: ("n", Data())
        case .int64(let number): ("i", Data("\(number)".utf8))
        case .double(let number): ("d", Data("\(number.bitPattern)".utf8))
        case .string(let text): ("s", Data(text.utf8))
        case .blob(let data): ("b", data)
        }
      bytes += Data("\(kind)\(content.count) ".utf8) + content
    }
    return bytes
  }
}
