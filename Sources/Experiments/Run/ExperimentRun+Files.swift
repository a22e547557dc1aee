import Foundation
import Glibc
import Storage

/// The files that a run leaves beside its tables, and what is recorded of all of them.
extension ExperimentRun {
  /// What is made at the end, from the last state alone.
  func results() throws -> [(name: String, data: Data)] {
    let metadata = ModelFile.metadata(
      of: folder.configuration, configHash: manifest.configHash, published: checkpoint.published)
    return [
      (Summary.name, try summary.json()),
      (
        ModelFile.name,
        try Safetensors.encode(run.state.parameters, layout: layout, metadata: metadata)
      ),
    ]
  }

  /// Makes again what a finished run should have and has not.
  ///
  /// - Parameter keepingUnrecorded: what is there and was never recorded stays as it is.
  func renewResults(keepingUnrecorded: Bool) throws {
    for (name, data) in try results() {
      let path = "\(folder.path)/\(name)"
      let recorded = manifest.files?[name]
      let found = try Digest.contents(of: path).map { Digest.of($0) }
      if let found, found == recorded ?? (keepingUnrecorded ? found : Digest.of(data)) { continue }
      guard recorded == nil || recorded == Digest.of(data) else {
        throw ExperimentError(
          .badData,
          "\(path): is \(found == nil ? "missing" : "damaged") and does not follow from the checkpoint; "
            + "restore it from a copy, or make the run again.")
      }
      try FileSystem.writeAtomically(data, to: path)
      tell(
        "\(path): was \(found == nil ? "missing" : "damaged"); it was written again from the checkpoint."
      )
    }
  }

  /// Of a run that goes on, nothing can be said to be finished.
  mutating func beginRecording() throws {
    if !run.isFinished { manifest.files = nil }
    try manifest.write(to: folder.path)
    if !run.isFinished { unlink(ChecksumList.path(in: folder.path)) }
  }

  /// Writes SHA256SUMS of all files that follow from the configuration, and puts all others into the
  /// manifest as well.
  mutating func recordFiles() throws {
    var files = checkpoint.digests ?? [:]
    for name in [Summary.name, ModelFile.name] {
      files[name] = try Digest.ofFile("\(folder.path)/\(name)")
    }
    let list = ChecksumList(files.filter { !RunFiles.differing.contains($0.key) })
    files[Checkpoint.name] = try Digest.ofFile(Checkpoint.path(in: folder.path))
    files[ChecksumList.name] = Digest.of(Data(list.text.utf8))
    try writeIfOther(list, wasWritten: manifest.files != nil)
    manifest.files = files
  }

  private func writeIfOther(_ list: ChecksumList, wasWritten: Bool) throws {
    let path = ChecksumList.path(in: folder.path)
    let found = try Digest.contents(of: path)
    guard found != Data(list.text.utf8) else { return }
    try list.write(to: folder.path)
    guard wasWritten else { return }
    tell("\(path): was \(found == nil ? "missing" : "damaged"); it was written again.")
  }

  private func tell(_ line: String) {
    folder.log(line)
    observer.noted(line)
  }
}
