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
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue
    else {
      throw ExperimentError(
        .missingInput, "\(path): there is no such folder; `fedsim list` shows which there are.")
    }
    let isKnown = checkKnown(path)
    // A registry may lie in a folder that holds runs as well.
    guard !isKnown || registries.contains(path) else { return }
    let found = Self.folders(below: path).filter {
      !RecordedFolder.isCopyInRegistry($0) && checkKnown($0)
    }
    guard found.isEmpty, !isKnown else { return }
    throw ExperimentError(
      .missingInput,
      "\(path): holds no run, sweep, lifecycle or registry; `fedsim list` shows where there are some."
    )
  }

  /// False when the folder itself is nothing that can be checked.
  private mutating func checkKnown(_ path: String) -> Bool {
    let files = FileManager.default
    func has(_ name: String) -> Bool { files.fileExists(atPath: "\(path)/\(name)") }
    if has("registry.sqlite") {
      registries.append(path)
    } else if has(SweepFolder.fileName) || has(SweepFolder.tableName) {
      checkSweep(path)
    } else if has("lifecycle.csv"), has(RunFolder.configName) || has(SealedManifest.name) {
      checkLifecycle(path)
    } else if has(RunFolder.configName) || has(ChecksumList.name)
      || has(SealedManifest.name) && has("checkpoint")
    {
      checkRun(path)
    } else {
      return false
    }
    return true
  }

  /// Folders that may be something, those within something left out.
  private static func folders(below root: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
    return names.sorted().flatMap { name -> [String] in
      let path = "\(root)/\(name)"
      let values = try? URL(fileURLWithPath: path).resourceValues(forKeys: [
        .isDirectoryKey, .isSymbolicLinkKey,
      ])
      guard values?.isDirectory == true, values?.isSymbolicLink != true,
        !name.contains(RunFolder.partialMark)
      else { return [] }
      let marks = [
        "registry.sqlite", SweepFolder.fileName, SweepFolder.tableName, RunFolder.configName,
        ChecksumList.name,
      ]
      let isSomething = marks.contains { FileManager.default.fileExists(atPath: "\(path)/\($0)") }
      return isSomething ? [path] : folders(below: path)
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
      let state = Checkpoint.path(in: path)
      guard recorded.isRecorded, FileManager.default.fileExists(atPath: state) else { return }
      let checkpoint = try Checkpoint.read(from: path)
      try checkpoint.requireBond(to: manifest, in: path)
      files += recorded.digest(of: Checkpoint.name) == nil ? 1 : 0
    }
    self.files += files
  }

  private mutating func checkSweep(_ path: String) {
    let hasFile = FileManager.default.fileExists(atPath: SweepFolder.file(in: path))
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
      let names = try? FileManager.default.contentsOfDirectory(atPath: "\(path)/runs")
      runs = (names ?? []).sorted().filter { !$0.contains(RunFolder.partialMark) }.map {
        "runs/\($0)"
      }
    }
    for run in runs where FileManager.default.fileExists(atPath: "\(path)/\(run)") {
      checkRun("\(path)/\(run)")
    }
  }

  private mutating func checkLifecycle(_ path: String) {
    _ = checkRecorded(path)
    let trainings = "\(path)/trainings"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: trainings)) ?? []
    for name in names.sorted() where Int(name) != nil { checkRun("\(trainings)/\(name)") }
    if FileManager.default.fileExists(atPath: "\(path)/registry/registry.sqlite") {
      registries.append("\(path)/registry")
    } else if FileManager.default.fileExists(atPath: "\(trainings)/1/\(ModelFile.name)") {
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
