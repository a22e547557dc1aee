import Foundation

/// A folder whose files were recorded when they were written; every reader of a run, a sweep or a
/// lifecycle opens it through this, so that no damage goes unnoticed.
///
/// What is recorded: of a run that has ended, SHA256SUMS and manifest.json; of one that has not, the
/// beginnings of its CSV files, in its checkpoint. Files that are not recorded, such as figures, are
/// read as they are.
package struct RecordedFolder: Sendable {
  package let path: String
  /// Hexadecimal SHA-256 of whole files, by name.
  private var whole: [String: String] = [:]
  /// Of files that have grown since.
  private var beginnings: [String: (size: Int, digest: String)] = [:]
  /// Whether anything is recorded; older versions of fedsim recorded nothing.
  package private(set) var isRecorded = false
  /// Of the run's configuration, as its checkpoint has it.
  package private(set) var configHash: String?

  /// Reads what is recorded, and checks that it is whole.
  package init(_ path: String) throws(StorageError) {
    self.path = path
    let manifestPath = "\(path)/\(SealedManifest.name)"
    let bytes = try Digest.contents(of: manifestPath, limit: StorageLimit.text)
    var manifest: SealedManifest?
    if let bytes { manifest = try SealedManifest(bytes, path: manifestPath) }
    let list = try ChecksumList.read(from: path)
    if let manifest, !manifest.files.isEmpty {
      isRecorded = true
      whole = manifest.files
      whole[ChecksumList.name] = nil
      if let list {
        try checkAgreement(of: list, with: manifest)
      } else if try !Self.isCopyInRegistry(path) {
        throw missing(ChecksumList.name)
      }
      return
    }
    if let list {
      isRecorded = true
      whole = list.sums
      guard list.sums["config.yaml"] != nil, manifest == nil else { return }
      throw bytes == nil ? missing(SealedManifest.name) : lostSeal
    }
    try readCheckpoint(isExpected: manifest != nil)
    guard isRecorded, manifest == nil else { return }
    throw bytes == nil ? missing(SealedManifest.name) : lostSeal
  }

  private func checkAgreement(
    of list: ChecksumList, with manifest: SealedManifest
  ) throws(StorageError) {
    guard Digest.of(Data(list.text.utf8)) == manifest.files[ChecksumList.name],
      list.sums.allSatisfy({ manifest.files[$0.key] == $0.value })
    else { throw changed(ChecksumList.name) }
  }

  /// A model in a registry stands beside its manifest, without the rest of its run.
  private var isCopyInRegistry: Bool { (try? Self.isCopyInRegistry(path)) == true }

  /// Whether a folder is `models/…` of a registry, also of one that has lost its database.
  package static func isCopyInRegistry(_ path: String) throws(StorageError) -> Bool {
    let models = URL(fileURLWithPath: path).standardizedFileURL.deletingLastPathComponent()
    let database = models.deletingLastPathComponent().appending(path: "registry.sqlite")
    guard models.lastPathComponent == "models" else { return false }
    if try FileKind.exists(database.path) { return true }
    let name = URL(fileURLWithPath: path).standardizedFileURL.lastPathComponent
    let isHash = name.utf8.count == 32 && name.utf8.allSatisfy("0123456789abcdef".utf8.contains)
    guard isHash, try !FileKind.exists(ChecksumList.path(in: path)) else { return false }
    return try !FileKind.exists("\(path)/checkpoint")
  }

  // MARK: - A run that has not ended

  private static let checkpoints = ["checkpoint/state.bin", "checkpoint/lifecycle.bin"]

  private struct Checkpoint: Decodable {
    var sizes: [String: Int]
    var digests: [String: String]?
    var configHash: String?
  }

  /// - Parameter isExpected: whether a checkpoint must be there and record something.
  private mutating func readCheckpoint(isExpected: Bool) throws(StorageError) {
    for name in Self.checkpoints {
      let file = "\(path)/\(name)"
      guard try FileKind.exists(file) else { continue }
      guard let data = try HashedBytes.read(file),
        let checkpoint = try? PropertyListDecoder().decode(Checkpoint.self, from: data)
      else {
        // A run of an older version can be read without its checkpoint.
        if isExpected { throw changed(name) }
        return
      }
      guard let digests = checkpoint.digests else {
        if isExpected { throw changed(name) }
        return
      }
      isRecorded = true
      configHash = checkpoint.configHash
      for (name, digest) in digests {
        if let size = checkpoint.sizes[name] {
          beginnings[name] = (size, digest)
        } else {
          whole[name] = digest
        }
      }
      return
    }
    if isExpected { throw missing(Self.checkpoints[0]) }
  }

  // MARK: - Reading

  /// The names of all files that are recorded, sorted.
  package var names: [String] { (Array(whole.keys) + Array(beginnings.keys)).sorted() }

  /// Nil where nothing is recorded of it, or only its beginning.
  package func digest(of name: String) -> String? { whole[name] }

  /// The bytes of a file, which are those that were written; nil when there is none and none is
  /// recorded.
  package func data(_ name: String) throws(StorageError) -> Data? {
    let file = "\(path)/\(name)"
    // What is larger than usual is loaded only when it is known to be what was written.
    if let status = try FileKind.status(of: file), status.st_size > StorageLimit.text {
      try check(name)
    }
    guard let data = try Digest.contents(of: file, limit: StorageLimit.table) else {
      guard whole[name] == nil, beginnings[name] == nil else { throw missing(name) }
      return nil
    }
    if let digest = whole[name] {
      guard Digest.of(data) == digest else { throw changed(name) }
    } else if let (size, digest) = beginnings[name] {
      guard data.count >= size, Digest.of(data.prefix(size)) == digest else { throw changed(name) }
    }
    return data
  }

  /// Checks a file without keeping it.
  package func check(_ name: String) throws(StorageError) {
    let file = "\(path)/\(name)"
    do throws(StorageError) {
      if let digest = whole[name] {
        guard try Digest.ofFile(file) == digest else { throw changed(name) }
      } else if let (size, digest) = beginnings[name] {
        guard try Digest.ofFile(file, bytes: size) == digest else { throw changed(name) }
      }
    } catch {
      switch error.kind {
      case .missing: throw missing(name)
      case .damaged: throw changed(name)
      case .inputOutput, .exists: throw error
      }
    }
  }

  /// Checks every file that is recorded.
  package func checkAll() throws(StorageError) {
    for name in names { try check(name) }
  }

  /// What to tell a person about a folder of which nothing is recorded.
  package var note: String? {
    isRecorded
      ? nil
      : "\(path): has no checksums (an older fedsim made it, or only some of its files were kept), so "
        + "its files were not checked."
  }

  /// Throws when a sweep has lost its list: whose runs have recorded their files has one as well.
  package func requireList(whereRuns runs: [String]) throws(StorageError) {
    guard !isRecorded else { return }
    for run in runs {
      let isRunRecorded: Bool
      do {
        isRunRecorded = try RecordedFolder("\(path)/\(run)").isRecorded
      } catch {
        if error.kind == .inputOutput { throw error }
        // Whoever reads that run says what is wrong with it.
        isRunRecorded = false
      }
      if isRunRecorded { throw missing(ChecksumList.name) }
    }
  }

  // MARK: - Errors

  /// What a run makes again from its checkpoint.
  private static let renewable = [
    "summary.json", "model.safetensors", "model-best.safetensors", "staleness.csv", "sweep.csv",
    ChecksumList.name,
  ]

  private func advice(_ name: String) -> String {
    Self.renewable.contains(name) && !isCopyInRegistry
      ? "restore it from a copy, or let `fedsim resume \(path)` write it again"
      : "restore it from a copy, or make the run again"
  }

  private func missing(_ name: String) -> StorageError {
    StorageError(.missing, "\(path)/\(name): is missing; \(advice(name)).")
  }

  private func changed(_ name: String) -> StorageError {
    StorageError(
      .damaged, "\(path)/\(name): is not the file that was written here; \(advice(name)).")
  }

  private var lostSeal: StorageError {
    StorageError(
      .damaged,
      "\(path)/\(SealedManifest.name): has lost its checksum; restore it from a copy, or let `fedsim "
        + "resume \(path)` check the rest and write it again.")
  }
}
