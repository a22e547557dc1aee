import Crypto
import Foundation
import GRDB
import Glibc

/// The files of a version: models/<hash of both>/ with what `fedsim predict` reads.
extension Registry {
  private static let nameLength = 32
  private static let partialMark = ".partial"
  /// Needed to load a model, then what is copied where the run has it.
  private static let required = ["model.safetensors", "config.yaml"]
  private static let optional = ["manifest.json", "summary.json"]

  /// The folder of a version, after its files were found to be those that were registered.
  package func verifiedFolder(of version: ModelVersion) throws(RegistryError) -> String {
    let path = modelFolder(model: version.modelHash, config: version.configFileHash)
    for (name, hash) in zip(Self.required, [version.modelHash, version.configFileHash]) {
      guard try Self.hash(of: "\(path)/\(name)") == hash else {
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
    let model = try Self.hash(of: "\(run)/model.safetensors")
    let config = try Self.hash(of: "\(run)/config.yaml")
    return (version.modelHash, version.configFileHash) == (model, config)
  }

  /// Copies a run's files under a temporary name, then renames: the folder is whole or not there.
  ///
  /// Within a change, so that no other process takes the copy for a leftover.
  func copyFiles(of run: String) throws(RegistryError) -> (model: String, config: String) {
    let model = try Self.hash(of: "\(run)/model.safetensors")
    let config = try Self.hash(of: "\(run)/config.yaml")
    let path = modelFolder(model: model, config: config)
    let files = FileManager.default
    if isWhole(path, model: model, config: config) { return (model, config) }
    let partial = path + Self.partialMark
    do {
      try files.createDirectory(atPath: partial, withIntermediateDirectories: true)
      for name in Self.required + Self.optional where files.fileExists(atPath: "\(run)/\(name)") {
        try files.copyItem(atPath: "\(run)/\(name)", toPath: "\(partial)/\(name)")
        Self.synchronize("\(partial)/\(name)")
      }
      // One that is there was damaged.
      try? files.removeItem(atPath: path)
      guard rename(partial, path) == 0 else {
        throw RegistryError(
          .inputOutput, "\(path): cannot be made: \(String(cString: strerror(errno))).")
      }
      Self.synchronize("\(folder)/models")
      return (model, config)
    } catch {
      try? files.removeItem(atPath: partial)
      throw error as? RegistryError
        ?? RegistryError(.inputOutput, "\(path): cannot be written: \(error.localizedDescription)")
    }
  }

  /// Removes the copies of no version: what a killed `add` has left behind.
  ///
  /// Within a change, so that no other process is just copying.
  func removeLeftovers(_ db: Database) throws {
    let files = FileManager.default
    let models = "\(folder)/models"
    let names = try Row.fetchAll(db, sql: "SELECT model_hash, config_file_hash FROM version").map {
      URL(fileURLWithPath: modelFolder(model: $0[0], config: $0[1])).lastPathComponent
    }
    let known = Set(names)
    for name in (try? files.contentsOfDirectory(atPath: models)) ?? [] where !known.contains(name) {
      let id = name.hasSuffix(Self.partialMark) ? name.dropLast(Self.partialMark.count) : name[...]
      // Nothing but what `copyFiles` makes.
      guard id.count == Self.nameLength, id.allSatisfy(\.isHexDigit) else { continue }
      try? files.removeItem(atPath: "\(models)/\(name)")
    }
  }

  private func isWhole(_ path: String, model: String, config: String) -> Bool {
    zip(Self.required, [model, config]).allSatisfy { (try? Self.hash(of: "\(path)/\($0)")) == $1 }
  }

  private func modelFolder(model: String, config: String) -> String {
    let both = SHA256.hash(data: Data((model + config).utf8))
    return "\(folder)/models/\(Self.hexadecimal(both).prefix(Self.nameLength))"
  }

  private static func hash(of path: String) throws(RegistryError) -> String {
    do {
      return hexadecimal(SHA256.hash(data: try Data(contentsOf: URL(fileURLWithPath: path))))
    } catch {
      throw RegistryError(
        .missingInput, "\(path): cannot be read; register the folder of a finished run.")
    }
  }

  private static func hexadecimal(_ digest: SHA256.Digest) -> String {
    digest.map { String(format: "%02x", $0) }.joined()
  }

  private static func synchronize(_ path: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
