import Foundation
import GRDB
import Glibc
import Storage

/// The files of a version: models/<hash of both>/ with what `fedsim predict` reads.
///
/// Nothing is deleted but what an `add` that was killed has provably left: a folder whose name says
/// that it is partial, or one that still holds the mark of a copy that is not registered yet.
extension Registry {
  private static let nameLength = 32
  private static let partialMark = ".partial"
  /// In a copy from before it gets its name until its version is committed.
  private static let unregisteredMark = ".unregistered"
  /// Needed to load a model, then what is copied where the run has it.
  private static let required = ["model.safetensors", "config.yaml"]
  private static let optional = ["manifest.json", "summary.json"]

  private var models: String { "\(folder)/models" }

  /// The folder of a version, after its files were found to be those that were registered.
  package func verifiedFolder(of version: ModelVersion) throws(RegistryError) -> String {
    let path = modelFolder(model: version.modelHash, config: version.configFileHash)
    for (name, hash) in zip(Self.required, [version.modelHash, version.configFileHash]) {
      guard let content = try Self.found("\(path)/\(name)") else {
        throw RegistryError(
          .missingInput,
          "\(path)/\(name): is missing, so version \(version.version) cannot be loaded; put it back, "
            + "or add its run \(version.details.run) again.")
      }
      guard Self.hash(of: content) == hash else {
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
    let model = Self.hash(of: try Self.content(of: "\(run)/model.safetensors"))
    let config = Self.hash(of: try Self.content(of: "\(run)/config.yaml"))
    return (version.modelHash, version.configFileHash) == (model, config)
  }

  /// Copies a run's files under a temporary name, then renames: the folder is whole or not there.
  ///
  /// Within a change, so that no other process takes the copy for a leftover; `finishCopy` belongs
  /// after its commit.
  func copyFiles(of run: String) throws(RegistryError) -> (model: String, config: String) {
    let contents = [
      try Self.content(of: "\(run)/model.safetensors"), try Self.content(of: "\(run)/config.yaml"),
    ]
    let (model, config) = (Self.hash(of: contents[0]), Self.hash(of: contents[1]))
    let path = modelFolder(model: model, config: config)
    if try isWhole(path, model: model, config: config) { return (model, config) }
    let partial = path + Self.partialMark
    guard mkdir(partial, 0o700) == 0 else { throw Self.failure(partial) }
    do throws(RegistryError) {
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
        Self.synchronize(partial)
        guard rename(partial, path) == 0 else { throw Self.failure(path) }
      }
      Self.synchronize(models)
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
    Self.synchronize(path)
    rmdir(partial)
  }

  /// Takes the mark from a copy whose version is committed.
  func finishCopy(of version: ModelVersion) {
    let path = modelFolder(model: version.modelHash, config: version.configFileHash)
    unlink("\(path)/\(Self.unregisteredMark)")
  }

  /// Removes what a killed `add` has left; refuses to go on where other models are not listed.
  ///
  /// Models that the database does not know belong to another state of it: it was cut, replaced by
  /// an older copy, or is another registry's. Within a change, so that nobody is just copying.
  func removeLeftovers(_ db: Database) throws {
    let leftovers = try leftovers(db)
    for name in leftovers.listed { unlink("\(models)/\(name)/\(Self.unregisteredMark)") }
    for name in leftovers.unlisted { removeOwn("\(models)/\(name)") }
  }

  /// Names below `models` that a killed change left.
  private struct Leftovers {
    /// Models that are registered and still have the mark of one that is not.
    var listed: Set<String>
    var unlisted: Set<String>
  }

  /// Throws when there are models that nobody knows.
  package func requireListedModels() throws(RegistryError) { _ = try look { try leftovers($0) } }

  private func leftovers(_ db: Database) throws -> Leftovers {
    let rows = try Row.fetchAll(db, sql: "SELECT model_hash, config_file_hash FROM version")
    let known = Set(
      try rows.map { row in
        let path = modelFolder(
          model: try row.decode(String.self, atIndex: 0),
          config: try row.decode(String.self, atIndex: 1))
        return URL(fileURLWithPath: path).lastPathComponent
      })
    let found = try Self.modelFolders(in: models)
    func mark(_ name: String) -> String { "\(models)/\(name)/\(Self.unregisteredMark)" }
    let marked = Set(try found.whole.filter { try Self.exists(mark($0)) })
    let unknown = found.whole.filter { !known.contains($0) && !marked.contains($0) }
    guard let first = unknown.min() else {
      return Leftovers(
        listed: marked.intersection(known), unlisted: marked.subtracting(known).union(found.partial)
      )
    }
    throw RegistryError(
      .badData,
      "\(path): does not list \(unknown.count) of the \(found.whole.count) models in \(models) "
        + "(\(first)\(unknown.count > 1 ? " and others" : "")), so it was cut, is an older copy or is "
        + "another registry's; put the right copy back, or move these models elsewhere to go on "
        + "without them.")
  }

  /// How many models lie in the folder of a registry, listed or not.
  static func storedModelCount(in folder: String) throws(RegistryError) -> Int {
    try modelFolders(in: "\(folder)/models").whole.count
  }

  /// Names that `copyFiles` makes; whatever else is there is somebody's own and of no concern.
  private static func modelFolders(
    in models: String
  ) throws(RegistryError) -> (whole: [String], partial: [String]) {
    let names = try explaining { () throws(StorageError) in
      try FolderContent.names(in: models) ?? []
    }
    func isName(_ name: Substring) -> Bool {
      name.utf8.count == nameLength
        && name.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
    }
    return (
      names.filter { isName($0[...]) },
      names.filter { $0.hasSuffix(partialMark) && isName($0.dropLast(partialMark.count)) }
    )
  }

  /// Removes a folder that holds nothing but what `copyFiles` writes; false where it is left alone.
  @discardableResult
  private func removeOwn(_ path: String) -> Bool {
    // A link would lead to files of somebody else.
    guard (try? FileKind.of(path, followingLinks: false)) == .folder,
      let names = try? FolderContent.names(in: path)
    else { return false }
    let own = Set(Self.required + Self.optional + [Self.unregisteredMark])
    guard names.allSatisfy(own.contains) else { return false }
    // The mark last: what is left after a kill can still be told from a model.
    for name in names where name != Self.unregisteredMark { unlink("\(path)/\(name)") }
    unlink("\(path)/\(Self.unregisteredMark)")
    return rmdir(path) == 0
  }

  private func isWhole(
    _ path: String, model: String, config: String
  ) throws(RegistryError) -> Bool {
    for (name, hash) in zip(Self.required, [model, config])
    where try Self.found("\(path)/\(name)").map(Self.hash) != hash {
      return false
    }
    return true
  }

  private static func exists(_ path: String) throws(RegistryError) -> Bool {
    try explaining { () throws(StorageError) in try FileKind.exists(path) }
  }

  /// The bytes of a file; nil when there is none.
  private static func found(_ path: String) throws(RegistryError) -> Data? {
    try explaining { () throws(StorageError) in try Digest.contents(of: path) }
  }

  private func modelFolder(model: String, config: String) -> String {
    "\(models)/\(Self.hash(of: Data((model + config).utf8)).prefix(Self.nameLength))"
  }

  private static func content(of path: String) throws(RegistryError) -> Data {
    guard let content = try found(path) else {
      throw RegistryError(
        .missingInput, "\(path): is missing; register the folder of a finished run.")
    }
    return content
  }

  private static func hash(of content: Data) -> String {
    Digest.of(content)
  }

  /// Makes a file that only its owner may read, and waits for the disk.
  private static func write(_ content: Data, to path: String) throws(RegistryError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    var rest = content[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure(path) }
      rest = rest.dropFirst(count)
    }
    guard fsync(descriptor) == 0 else { throw failure(path) }
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

  private static func synchronize(_ path: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
