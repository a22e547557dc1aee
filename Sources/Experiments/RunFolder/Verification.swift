import Foundation
import Storage

/// Whether the files of runs, sweeps and lifecycles are those that were written.
package struct Verification: Sendable {
  package struct Problem: Encodable, Equatable, Sendable {
    /// The whole sentence.
    package var problem: String
    package var isMissing: Bool

    package init(problem: String, isMissing: Bool) {
      self.problem = problem
      self.isMissing = isMissing
    }
  }

  /// Files that were checked.
  package var files = 0
  package var problems: [Problem] = []
  /// Folders that were made without checksums, one sentence each.
  package var notes: [String] = []
  /// Folders of a registry that were come across; whoever knows registries checks them.
  package private(set) var registries: [String] = []

  package init() {}

  /// Checks a run, a sweep or a lifecycle; in any other folder all that lie below it.
  package mutating func check(_ folder: String) throws {
    let path = try RunFolder.normalized(folder)
    guard try FileKind.of(path) == .folder else {
      throw ExperimentError(
        .missingInput, "\(path): there is no such folder; `fedsim list` shows which there are.")
    }
    // A copy of a model is checked with the registry that it belongs to.
    if try RecordedFolder.isCopyInRegistry(path) {
      registries.append(
        URL(fileURLWithPath: path).appending(path: "../..").standardizedFileURL.path)
      return
    }
    let isKnown = try checkKnown(path)
    // A registry may lie in a folder that holds runs as well.
    guard !isKnown || registries.contains(path) else { return }
    let found = try Self.folders(below: path).filter {
      try !RecordedFolder.isCopyInRegistry($0) && checkKnown($0)
    }
    guard found.isEmpty, !isKnown else { return }
    throw ExperimentError(
      .missingInput,
      "\(path): holds no run, sweep, lifecycle or registry; `fedsim list` shows where there are some."
    )
  }

  /// False when the folder itself is nothing that can be checked.
  private mutating func checkKnown(_ path: String) throws -> Bool {
    func has(_ name: String) throws -> Bool { try FileKind.exists("\(path)/\(name)") }
    if try has("registry.sqlite") || Self.hasModels(path) {
      registries.append(path)
    } else if try has(SweepFolder.fileName) || has(SweepFolder.tableName) {
      try checkSweep(path)
    } else if try has("lifecycle.csv"), try has(RunFolder.configName) || has(SealedManifest.name) {
      try checkLifecycle(path)
    } else if try has(RunFolder.configName) || has(ChecksumList.name)
      || has(SealedManifest.name) && has("checkpoint")
    {
      checkRun(path)
    } else {
      return false
    }
    return true
  }

  /// Whether a folder holds the copies that a registry keeps, whatever became of its database.
  private static func hasModels(_ path: String) throws -> Bool {
    let models = "\(path)/models"
    return try (FolderContent.names(in: models) ?? []).contains {
      try FileKind.exists("\(models)/\($0)/\(ModelFile.name)")
        && RecordedFolder.isCopyInRegistry("\(models)/\($0)")
    }
  }

  /// Folders that may be something, those within something left out.
  private static func folders(below root: String) throws -> [String] {
    try (FolderContent.names(in: root) ?? []).flatMap { name -> [String] in
      let path = "\(root)/\(name)"
      guard try FileKind.of(path, followingLinks: false) == .folder,
        !name.contains(RunFolder.partialMark)
      else { return [] }
      let marks = [
        "registry.sqlite", SweepFolder.fileName, SweepFolder.tableName, RunFolder.configName,
        ChecksumList.name,
      ]
      let isSomething = try marks.contains { try FileKind.exists("\(path)/\($0)") }
      return try isSomething || hasModels(path) ? [path] : try folders(below: path)
    }
  }

  // MARK: - Kinds of folders

  private mutating func checkRun(_ path: String) {
    guard let recorded = checkRecorded(path) else { return }
    var files = 0
    checking {
      let configuration = try RunFolder.configuration(in: recorded)
      let manifest = try Manifest.read(from: path)
      let hashes = [
        try RunFolder.hash(of: configuration), try RunFolder.writtenHash(in: path),
      ]
      guard hashes.contains(manifest.configHash) else {
        throw ExperimentError(
          .badData,
          "\(path)/\(SealedManifest.name): is of a run with another configuration or seed than "
            + "config.yaml; restore what belongs together from a copy.")
      }
      files += recorded.isRecorded ? 1 : 0
      _ = try PopulationLedger.read(of: manifest, path)
      let state = Checkpoint.path(in: path)
      guard recorded.isRecorded, try FileKind.exists(state) else { return }
      let checkpoint = try Checkpoint.read(from: path)
      try checkpoint.requireBond(to: manifest, in: path)
      files += recorded.digest(of: Checkpoint.name) == nil ? 1 : 0
    }
    self.files += files
  }

  private mutating func checkSweep(_ path: String) throws {
    let hasFile = try FileKind.exists(SweepFolder.file(in: path))
    guard let recorded = checkRecorded(path) else { return }
    var runs: [String] = []
    if hasFile {
      checking { runs = try SweepFolder.sweep(in: path).runs.map(\.run) }
      checking {
        try recorded.requireList(whereRuns: runs)
      }
    }
    // A sweep that was damaged still has its runs.
    if runs.isEmpty {
      runs = try (FolderContent.names(in: "\(path)/runs") ?? [])
        .filter { !$0.contains(RunFolder.partialMark) }.map { "runs/\($0)" }
    }
    for run in runs where try FileKind.exists("\(path)/\(run)") {
      checkRun("\(path)/\(run)")
    }
  }

  private mutating func checkLifecycle(_ path: String) throws {
    _ = checkRecorded(path)
    checking { _ = try PopulationLedger.read(of: Manifest.read(from: path), path) }
    let trainings = "\(path)/trainings"
    for name in try FolderContent.names(in: trainings) ?? [] where Int(name) != nil {
      checkRun("\(trainings)/\(name)")
    }
    if try FileKind.exists("\(path)/registry/registry.sqlite") {
      registries.append("\(path)/registry")
    } else if try FileKind.exists("\(trainings)/1/\(ModelFile.name)") {
      checking {
        throw ExperimentError(
          .missingInput,
          "\(path)/registry/registry.sqlite: is missing, though versions were trained; restore it from a "
            + "copy.")
      }
    }
  }

  /// Checks every file that a folder has recorded; nil when that itself is damaged.
  private mutating func checkRecorded(_ path: String) -> RecordedFolder? {
    var opened: RecordedFolder?
    checking { opened = try RecordedFolder(path) }
    guard let opened else { return nil }
    if let note = opened.note { notes.append(note) }
    for name in opened.names {
      checking {
        try opened.check(name)
      }
      files += 1
    }
    return opened
  }

  /// Notes the problem that `body` throws, once.
  package mutating func checking(_ body: () throws -> Void) {
    do { try body() } catch {
      let isMissing =
        (error as? ExperimentError)?.code == .missingInput
        || (error as? StorageError)?.kind == .missing
      let problem = Problem(problem: "\(error)", isMissing: isMissing)
      if !problems.contains(problem) { problems.append(problem) }
    }
  }
}
