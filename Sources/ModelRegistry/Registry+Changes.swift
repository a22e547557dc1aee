import Foundation
import GRDB

/// What changes the stage of a version.
extension Registry {
  /// Copies the model of a run and registers it as a candidate.
  ///
  /// - Parameter parent: the version it was trained from; nil is the one in production.
  package func add(
    _ details: ModelDetails, parent: Int? = nil
  ) throws(RegistryError) -> ModelVersion {
    let added = try change { db in
      let parent =
        try parent.map { try Self.fetch($0, db, self.folder).version }
        ?? Self.fetch(.production, db)?.version
      let hashes = try self.copyFiles(of: details.run, db)
      // JSON has no other numbers.
      let metrics = details.metrics.filter(\.value.isFinite)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys]
      try db.execute(
        sql: """
          INSERT INTO version (stage, parent, name, run, config_hash, data_version, metrics, epsilon,
            delta, model_hash, config_file_hash)
          VALUES ('candidate', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          """,
        arguments: [
          parent, details.name, details.run, details.configHash, details.dataVersion,
          String(decoding: try encoder.encode(metrics), as: UTF8.self), details.epsilon,
          details.delta, hashes.model, hashes.config,
        ])
      let number = Int(db.lastInsertedRowID)
      try self.noteCopies(model: hashes.model, config: hashes.config, db)
      let added = try Self.fetch(number, db, self.folder)
      try Self.record(added.version, from: nil, to: .candidate, "added", db)
      return added
    }
    finishCopy(of: added)
    return added
  }

  /// Takes a version one stage on, or to the stage given: a candidate to canary, either to
  /// production, where it retires the version before it.
  package func promote(
    _ version: Int, to wanted: Stage? = nil, reason: String
  ) throws(RegistryError) -> ModelVersion {
    let registered = try self.version(named: "\(version)")
    _ = try verifiedFolder(of: registered)
    return try change { db in
      let current = try Self.fetch(version, db, self.folder)
      let next = wanted ?? (current.stage == .candidate ? .canary : .production)
      switch (current.stage, next) {
      case (.candidate, .canary):
        if let canary = try Self.fetch(.canary, db) {
          throw RegistryError(
            .usage,
            "\(self.folder): version \(canary.version) is the canary; promote it or roll it back first."
          )
        }
      case (.candidate, .production), (.canary, .production):
        if let before = try Self.fetch(.production, db) {
          try Self.move(before, to: .retired, "replaced by version \(version)", db)
          try db.execute(
            sql: "UPDATE version SET replaced = ? WHERE version = ?",
            arguments: [before.version, version])
        }
      default:
        throw RegistryError(
          .usage,
          "\(self.folder): version \(version) is \(current.stage.rawValue) and cannot become "
            + "\(next.rawValue); promote a candidate or the canary.")
      }
      try Self.move(current, to: next, reason, db)
      return try Self.fetch(version, db, self.folder)
    }
  }

  /// Ends the canary: it is retired, production stays.
  package func rollBackCanary(reason: String) throws(RegistryError) -> ModelVersion {
    try change { db in
      guard let canary = try Self.fetch(.canary, db) else {
        throw RegistryError(.usage, "\(self.folder): has no canary that could be rolled back.")
      }
      try Self.move(canary, to: .retired, reason, db)
      return try Self.fetch(canary.version, db, self.folder)
    }
  }

  /// Puts the version back that the one in production replaced; returns it.
  package func rollBackProduction(reason: String) throws(RegistryError) -> ModelVersion {
    try change { db in
      guard let current = try Self.fetch(.production, db) else {
        throw RegistryError(.usage, "\(self.folder): has no version in production.")
      }
      guard let replaced = current.replaced else {
        throw RegistryError(
          .usage,
          "\(self.folder): version \(current.version) was the first in production; there is none to go "
            + "back to.")
      }
      let before = try Self.fetch(replaced, db, self.folder)
      _ = try self.verifiedFolder(of: before)
      try Self.move(current, to: .retired, reason, db)
      try Self.move(before, to: .production, "rollback of version \(current.version)", db)
      return try Self.fetch(replaced, db, self.folder)
    }
  }

  private static func move(
    _ version: ModelVersion, to stage: Stage, _ reason: String, _ db: Database
  ) throws {
    try db.execute(
      sql: "UPDATE version SET stage = ? WHERE version = ?",
      arguments: [stage.rawValue, version.version])
    try record(version.version, from: version.stage, to: stage, reason, db)
  }

  private static func record(
    _ version: Int, from: Stage?, to: Stage, _ reason: String, _ db: Database
  ) throws {
    try db.execute(
      sql:
        "INSERT INTO stage_change (version, \"from\", \"to\", time, reason) VALUES (?, ?, ?, ?, ?)",
      arguments: [
        version, from?.rawValue, to.rawValue, Int64(Date().timeIntervalSince1970), reason,
      ])
  }
}
