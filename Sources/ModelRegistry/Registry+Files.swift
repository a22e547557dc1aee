import Crypto
import Foundation
import Glibc

/// The files of a version: models/<hash of both>/ with what `fedsim predict` reads.
extension Registry {
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

  /// Copies a run's files under a temporary name, then renames: the folder is whole or not there.
  func copyFiles(of run: String) throws(RegistryError) -> (model: String, config: String) {
    let model = try Self.hash(of: "\(run)/model.safetensors")
    let config = try Self.hash(of: "\(run)/config.yaml")
    let path = modelFolder(model: model, config: config)
    let files = FileManager.default
    if files.fileExists(atPath: path) { return (model, config) }
    let partial = "\(path).partial-\(getpid())"
    do {
      try? files.removeItem(atPath: partial)
      try files.createDirectory(atPath: partial, withIntermediateDirectories: true)
      for name in Self.required + Self.optional where files.fileExists(atPath: "\(run)/\(name)") {
        try files.copyItem(atPath: "\(run)/\(name)", toPath: "\(partial)/\(name)")
        Self.synchronize("\(partial)/\(name)")
      }
      // Another process may have been faster with the same model.
      guard rename(partial, path) == 0 || files.fileExists(atPath: path) else {
        throw RegistryError(
          .inputOutput, "\(path): cannot be made: \(String(cString: strerror(errno))).")
      }
      try? files.removeItem(atPath: partial)
      Self.synchronize("\(folder)/models")
      return (model, config)
    } catch {
      try? files.removeItem(atPath: partial)
      throw error as? RegistryError
        ?? RegistryError(.inputOutput, "\(path): cannot be written: \(error.localizedDescription)")
    }
  }

  private func modelFolder(model: String, config: String) -> String {
    let both = SHA256.hash(data: Data((model + config).utf8))
    return "\(folder)/models/\(Self.hexadecimal(both).prefix(32))"
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
