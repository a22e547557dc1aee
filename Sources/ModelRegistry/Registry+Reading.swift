import Foundation
import GRDB

/// Looking versions up.
extension Registry {
  /// All versions, oldest first.
  package func versions() throws(RegistryError) -> [ModelVersion] {
    try look { db in
      try Row.fetchAll(db, sql: "SELECT * FROM version ORDER BY version").map(Self.version)
    }
  }

  /// What became of a version, oldest first.
  package func changes(of version: Int) throws(RegistryError) -> [StageChange] {
    try look { db in
      try Row.fetchAll(
        db, sql: "SELECT * FROM stage_change WHERE version = ? ORDER BY id", arguments: [version]
      ).map { row in
        StageChange(
          version: try row.decode(forColumn: "version"),
          from: try (row.decode(String?.self, forColumn: "from")).map(Self.stage),
          to: try Self.stage(row.decode(forColumn: "to")), time: try row.decode(forColumn: "time"),
          reason: try row.decode(forColumn: "reason"))
      }
    }
  }

  /// The version that a person means: its number, or the stage of which there is but one.
  package func version(named name: String) throws(RegistryError) -> ModelVersion {
    try look { db in
      let row =
        if let number = Int(name) {
          try Row.fetchOne(db, sql: "SELECT * FROM version WHERE version = ?", arguments: [number])
        } else {
          try Row.fetchOne(
            db,
            sql: "SELECT * FROM version WHERE stage = ? AND stage IN ('production', 'canary')",
            arguments: [name])
        }
      guard let row else {
        throw RegistryError(
          .missingInput,
          "\(self.folder): has no version '\(name)'; name one of `fedsim registry list`, production or "
            + "canary.")
      }
      return try Self.version(row)
    }
  }

  static func fetch(_ version: Int, _ db: Database, _ folder: String) throws -> ModelVersion {
    let row = try Row.fetchOne(
      db, sql: "SELECT * FROM version WHERE version = ?", arguments: [version])
    guard let row else {
      throw RegistryError(
        .missingInput,
        "\(folder): has no version \(version); `fedsim registry list` shows which there are.")
    }
    return try Self.version(row)
  }

  static func fetch(_ stage: Stage, _ db: Database) throws -> ModelVersion? {
    try Row.fetchOne(
      db, sql: "SELECT * FROM version WHERE stage = ?", arguments: [stage.rawValue]
    ).map(version)
  }

  private static func version(_ row: Row) throws -> ModelVersion {
    let metrics: String = try row.decode(forColumn: "metrics")
    return ModelVersion(
      version: try row.decode(forColumn: "version"),
      stage: try stage(row.decode(forColumn: "stage")), parent: try row.decode(forColumn: "parent"),
      replaced: try row.decode(forColumn: "replaced"),
      details: ModelDetails(
        name: try row.decode(forColumn: "name"), run: try row.decode(forColumn: "run"),
        configHash: try row.decode(forColumn: "config_hash"),
        dataVersion: try row.decode(forColumn: "data_version"),
        metrics: try JSONDecoder().decode([String: Double].self, from: Data(metrics.utf8)),
        epsilon: try row.decode(forColumn: "epsilon"), delta: try row.decode(forColumn: "delta")),
      modelHash: try row.decode(forColumn: "model_hash"),
      configFileHash: try row.decode(forColumn: "config_file_hash"),
      // A registry of an older version has no such columns.
      manifestHash: row["manifest_hash"], summaryHash: row["summary_hash"])
  }

  private static func stage(_ name: String) throws -> Stage {
    guard let stage = Stage(rawValue: name) else {
      throw DatabaseError(resultCode: .SQLITE_CORRUPT)
    }
    return stage
  }
}
