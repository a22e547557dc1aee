import Foundation
import Storage

/// The files that a run leaves beside its tables, and what is recorded of all of them.
extension ExperimentRun {
  /// What is made at the end, from the last state alone.
  func results() throws -> [(name: String, data: Data)] {
    let metadata = ModelFile.metadata(
      of: folder.configuration, configHash: manifest.configHash, published: checkpoint.published)
    var results = [
      (Summary.name, try summary.json()),
      (
        ModelFile.name,
        try Safetensors.encode(run.state.parameters, layout: layout, metadata: metadata)
      ),
    ]
    if let watch = run.state.watch, let best = watch.bestParameters {
      let own = ["round": "\(watch.bestRound)"]
      results.append(
        (
          ModelFile.bestName,
          try Safetensors.encode(
            best, layout: layout, metadata: metadata.merging(own) { first, _ in first })
        ))
    }
    return results
  }

  /// Makes again what a finished run should have and has not.
  ///
  /// - Parameter keepingUnrecorded: what is there and was never recorded stays as it is.
  func renewResults(keepingUnrecorded: Bool) throws {
    try resultFiles.write(results(), keepingUnrecorded: keepingUnrecorded)
  }

  /// Of a run that goes on, nothing can be said to be finished.
  mutating func beginRecording() throws {
    try ResultFiles.begin(&manifest, goesOn: !run.isFinished, in: folder.path)
  }

  /// Writes SHA256SUMS of all files that follow from the configuration, and puts all others into the
  /// manifest as well.
  mutating func recordFiles() throws {
    var files = checkpoint.digests ?? [:]
    // No result, and large: the checkpoint alone checks it, by a digest of its own kind.
    files[ClientStore.name] = nil
    let best = run.state.watch?.bestParameters == nil ? [] : [ModelFile.bestName]
    for name in [Summary.name, ModelFile.name] + best {
      files[name] = try Digest.ofFile("\(folder.path)/\(name)")
    }
    manifest.files = try resultFiles.record(
      files, differing: RunFiles.differing, checkpoint: Checkpoint.name)
  }

  private var resultFiles: ResultFiles {
    ResultFiles(
      folder: folder.path, content: Checkpoint.content, recorded: manifest.files
    ) { [folder, observer] line in
      folder.log(line)
      observer.noted(line)
    }
  }
}
