import Experiments
import Foundation
import Storage

/// What is recorded of the files of a lifecycle, and checked before it goes on.
extension LifecycleRun {
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
    try ResultFiles.begin(
      &manifest, goesOn: state.day < configuration.population.days, in: folder.path)
  }

  /// Writes what is made at the end; what a finished lifecycle has already stays.
  func write(_ summary: LifecycleSummary) throws {
    let results = [
      (Self.staleness, Data(LifecycleFiles.text(state.staleness).utf8)),
      (Self.summary, try summary.json()),
    ]
    try resultFiles.write(results, isNew: manifest.files == nil)
  }

  /// Writes SHA256SUMS of all files that follow from the configuration, and puts all others into the
  /// manifest as well.
  mutating func recordFiles() throws {
    var files = state.digests ?? [:]
    for version in state.versions {
      let sums = "trainings/\(version.number)/\(ChecksumList.name)"
      files[sums] = try Digest.ofFound("\(folder.path)/\(sums)")
    }
    for name in [Self.staleness, Self.summary] {
      files[name] = try Digest.ofFound("\(folder.path)/\(name)")
    }
    let system = "\(folder.path)/\(LifecycleFiles.system)"
    files[LifecycleFiles.system] = try Digest.ofFound(system)
    // Nobody has written rows since the lifecycle ended.
    if let recorded = manifest.files?[LifecycleFiles.system],
      recorded != files[LifecycleFiles.system]
    {
      throw ExperimentError(
        .badData, "\(system): is not the file that was written here; restore it from a copy.")
    }
    manifest.files = try resultFiles.record(
      files, differing: [LifecycleFiles.system], checkpoint: LifecycleState.name)
  }

  private var resultFiles: ResultFiles {
    ResultFiles(
      folder: folder.path, content: LifecycleState.content, recorded: manifest.files, tell: tell)
  }
}
