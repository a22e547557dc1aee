import Experiments
import Foundation
import Glibc
import Storage

/// What is recorded of the files of a lifecycle, and checked before it goes on.
extension LifecycleRun {
  private static let config = "config.yaml"
  private static let staleness = "staleness.csv"
  private static let summary = "summary.json"

  /// Throws when the folder of a training is not as the training left it.
  func requireOwnTrainings() throws {
    for version in state.versions {
      try RecordedFolder(trainingFolder(version.number)).checkAll()
    }
  }

  /// Of a lifecycle that goes on, nothing can be said to be finished.
  mutating func beginRecording() throws {
    let goesOn = state.day < configuration.population.days
    if goesOn { manifest.files = nil }
    try manifest.write(to: folder.path)
    if goesOn { unlink(ChecksumList.path(in: folder.path)) }
  }

  /// Writes what is made at the end; what a finished lifecycle has already stays.
  func write(_ summary: LifecycleSummary) throws {
    let results = [
      (Self.staleness, Data(LifecycleFiles.text(state.staleness).utf8)),
      (Self.summary, try summary.json()),
    ]
    for (name, data) in results {
      let path = "\(folder.path)/\(name)"
      let found = try digest(of: path)
      let recorded = manifest.files?[name]
      if let found, found == recorded ?? Digest.of(data) { continue }
      guard recorded == nil || recorded == Digest.of(data) else {
        throw ExperimentError(
          .badData,
          "\(path): is \(found == nil ? "missing" : "damaged") and does not follow from the checkpoint; "
            + "restore it from a copy, or make the lifecycle again.")
      }
      try FileSystem.writeAtomically(data, to: path)
      guard recorded != nil else { continue }
      tell("\(path): was \(found == nil ? "missing" : "damaged"); it was written again.")
    }
  }

  /// Writes SHA256SUMS of all files that follow from the configuration, and puts all others into the
  /// manifest as well.
  mutating func recordFiles() throws {
    var files = state.digests ?? [:]
    for version in state.versions {
      let sums = "trainings/\(version.number)/\(ChecksumList.name)"
      files[sums] = try digest(of: "\(folder.path)/\(sums)")
    }
    for name in [Self.staleness, Self.summary] {
      files[name] = try digest(of: "\(folder.path)/\(name)")
    }
    let list = ChecksumList(files.filter { $0.key != LifecycleFiles.system })
    let system = "\(folder.path)/\(LifecycleFiles.system)"
    files[LifecycleFiles.system] = try digest(of: system)
    // Nobody has written rows since the lifecycle ended.
    if let recorded = manifest.files?[LifecycleFiles.system],
      recorded != files[LifecycleFiles.system]
    {
      throw ExperimentError(
        .badData, "\(system): is not the file that was written here; restore it from a copy.")
    }
    files[LifecycleState.name] = try digest(of: LifecycleState.path(in: folder.path))
    files[ChecksumList.name] = Digest.of(Data(list.text.utf8))
    let path = ChecksumList.path(in: folder.path)
    let found = try digest(of: path)
    if found != files[ChecksumList.name] {
      try list.write(to: folder.path)
      if manifest.files != nil {
        tell("\(path): was \(found == nil ? "missing" : "damaged"); it was written again.")
      }
    }
    manifest.files = files
  }

  /// Nil when there is no such file.
  private func digest(of path: String) throws -> String? {
    do { return try Digest.ofFile(path) } catch  where error.kind == .missing { return nil }
  }
}

extension LifecycleState {
  /// Ties it to the lifecycle in a folder.
  mutating func bind(to folder: String, configHash: String) throws {
    self.configHash = configHash
    digests = ["config.yaml": try Digest.ofFile("\(folder)/config.yaml")]
  }

  /// Throws when it is not of the lifecycle that the manifest tells of, or config.yaml is another.
  func requireBond(to manifest: Manifest, in folder: String) throws {
    let path = Self.path(in: folder)
    guard configHash != nil || !manifest.isSealed else {
      throw ExperimentError(
        .badData,
        "\(path): was written by an older fedsim than manifest.json, so it is not of this lifecycle; "
          + "restore it from a copy, or start again.")
    }
    guard let configHash else { return }
    guard configHash == manifest.configHash else {
      throw ExperimentError(
        .badData,
        "\(path): is the checkpoint of a lifecycle with another configuration or seed; restore that of "
          + "this one from a copy, or start again.")
    }
    guard try Digest.ofFile("\(folder)/config.yaml") != digests?["config.yaml"] else { return }
    throw ExperimentError(
      .badData,
      "\(folder)/config.yaml: was changed since this lifecycle began, so it cannot be resumed; put the old "
        + "text back, or start a new one.")
  }
}
