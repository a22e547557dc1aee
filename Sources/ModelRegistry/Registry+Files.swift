import Foundation
import GRDB
import Glibc
import Storage

/// The files of a version: models/<hash of both>/ with what `fedsim predict` reads.
///
/// Nothing is deleted but what an `add` that was killed has provably left: a folder whose name says
/// that it is partial, or one that still holds the mark of a copy that is not registered yet.
extension Registry {
  static let nameLength = 32
  static let partialMark = ".partial"
  /// In a copy from before it gets its name until its version is committed.
  static let unregisteredMark = ".unregistered"
  /// Needed to load a model, then what is copied where the run has it.
  static let required = ["model.safetensors", "config.yaml"]
  static let optional = ["manifest.json", "summary.json"]

  var models: String { "\(folder)/models" }

  /// The folder of a version, after its files were found to be those that were registered.
  package func verifiedFolder(of version: ModelVersion) throws(RegistryError) -> String {
    let path = modelFolder(model: version.modelHash, config: version.configFileHash)
    for (name, hash) in zip(
      Self.required + Self.optional,
      [version.modelHash, version.configFileHash, version.manifestHash, version.summaryHash])
    {
      guard let hash else { continue }
      guard let found = try Self.digest(of: "\(path)/\(name)") else {
        throw RegistryError(
          .missingInput,
          "\(path)/\(name): is missing, so version \(version.version) cannot be loaded; put it back, "
            + "or add its run \(version.details.run) again.")
      }
      guard found == hash else {
        throw RegistryError(
          .badData,
          "\(path)/\(name): is not the file that was registered as version \(version.version); add its "
            + "run \(version.details.run) again, or roll back.")
      }
    }
    return path
  }

  /// Whether a version's files are those of a run as it is now.
  package func holds(_ version: ModelVersion, from run: String) throws(RegistryError) -> Bool {
    let model = try Self.digest(of: "\(run)/model.safetensors")
    let config = try Self.digest(of: "\(run)/config.yaml")
    return (version.modelHash, version.configFileHash) == (model, config)
  }

  /// Copies a run's files under a temporary name, then renames: the folder is whole or not there.
  ///
  /// Within a change, so that no other process takes the copy for a leftover; `finishCopy` belongs
  /// after its commit.
  func copyFiles(
    of run: String, _ db: Database
  ) throws -> (model: String, config: String) {
    let contents = [
      try Self.content(of: "\(run)/model.safetensors"), try Self.content(of: "\(run)/config.yaml"),
    ]
    let (model, config) = (Digest.of(contents[0]), Digest.of(contents[1]))
    let path = modelFolder(model: model, config: config)
    if try isWhole(path, model: model, config: config, db) { return (model, config) }
    let partial = path + Self.partialMark
    guard mkdir(partial, 0o700) == 0 else { throw Self.failure(partial) }
    do {
      for (name, content) in zip(Self.required, contents) {
        try Self.write(content, to: "\(partial)/\(name)")
      }
      for name in Self.optional {
        guard let content = try Self.found("\(run)/\(name)") else { continue }
        try Self.write(content, to: "\(partial)/\(name)")
      }
      if try Self.exists(path) {
        try repair(path, from: partial)
      } else {
        try Self.write(Data(), to: "\(partial)/\(Self.unregisteredMark)")
        try Self.synchronize(partial)
        guard rename(partial, path) == 0 else { throw Self.failure(path) }
      }
      try Self.synchronize(models)
      return (model, config)
    } catch {
      removeOwn(partial)
      throw error
    }
  }

  /// Puts intact files in the place of damaged ones, each at once; nothing else in the folder moves.
  private func repair(_ path: String, from partial: String) throws(RegistryError) {
    for name in Self.required + Self.optional
    where try Self.exists("\(partial)/\(name)") {
      guard rename("\(partial)/\(name)", "\(path)/\(name)") == 0 else {
        throw Self.failure("\(path)/\(name)")
      }
    }
    try Self.synchronize(path)
    rmdir(partial)
  }

  /// Takes the mark from a copy whose version is committed.
  func finishCopy(of version: ModelVersion) {
    let path = modelFolder(model: version.modelHash, config: version.configFileHash)
    unlink("\(path)/\(Self.unregisteredMark)")
  }

  /// Whether a folder holds these files, and beside them what the registry knows of it.
  private func isWhole(_ path: String, model: String, config: String, _ db: Database) throws -> Bool
  {
    let known = try Row.fetchOne(
      db,
      sql: """
        SELECT manifest_hash, summary_hash FROM version
        WHERE model_hash = ? AND config_file_hash = ?
        """, arguments: [model, config])
    let hashes: [String?] = [model, config, known?["manifest_hash"], known?["summary_hash"]]
    for (name, hash) in zip(Self.required + Self.optional, hashes) {
      if let hash, try Self.digest(of: "\(path)/\(name)") != hash { return false }
    }
    return true
  }

  /// Takes down which copies lie beside a model, for every version that has it.
  func noteCopies(model: String, config: String, _ db: Database) throws {
    let path = modelFolder(model: model, config: config)
    let hashes = try Self.optional.map { try Self.digest(of: "\(path)/\($0)") }
    try db.execute(
      sql: """
        UPDATE version SET manifest_hash = ?, summary_hash = ?
        WHERE model_hash = ? AND config_file_hash = ?
        """, arguments: [hashes[0], hashes[1], model, config])
  }

  /// SHA-256 of a file; nil when there is none.
  private static func digest(of path: String) throws(RegistryError) -> String? {
    try explaining { () throws(StorageError) in try Digest.ofFound(path) }
  }

  static func exists(_ path: String) throws(RegistryError) -> Bool {
    try explaining { () throws(StorageError) in try FileKind.exists(path) }
  }

  /// The bytes of a file; nil when there is none.
  private static func found(_ path: String) throws(RegistryError) -> Data? {
    try explaining { () throws(StorageError) in
      try Digest.contents(of: path, limit: StorageLimit.table)
    }
  }

  func modelFolder(model: String, config: String) -> String {
    "\(models)/\(Digest.of(Data((model + config).utf8)).prefix(Self.nameLength))"
  }

  private static func content(of path: String) throws(RegistryError) -> Data {
    guard let content = try found(path) else {
      throw RegistryError(
        .missingInput, "\(path): is missing; register the folder of a finished run.")
    }
    return content
  }

  /// Makes a file that only its owner may read, and waits for the disk.
  private static func write(_ content: Data, to path: String) throws(RegistryError) {
    try explaining { () throws(StorageError) in
      try AtomicFile.write(content, to: path, mode: AtomicFile.ownMode)
    }
  }

  /// The current errno as an error about one file.
  static func failure(_ path: String) -> RegistryError {
    let code = errno
    let advice =
      switch code {
      case ENOSPC, EDQUOT: "free some space and try again"
      case EEXIST, ENOTEMPTY: "move away what is there, which no registry made, and try again"
      default: "use a folder that is there and that you may write to"
      }
    return RegistryError(
      .inputOutput, "\(path): cannot be written: \(String(cString: strerror(code))); \(advice).")
  }

  private static func synchronize(_ path: String) throws(RegistryError) {
    try explaining { () throws(StorageError) in try AtomicFile.synchronize(folder: path) }
  }
}
