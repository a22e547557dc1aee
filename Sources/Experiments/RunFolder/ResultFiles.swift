import Foundation
import Glibc
import Storage

/// The files that a run or a lifecycle leaves at its end, and what is recorded of all of them.
package struct ResultFiles {
  private let folder: String
  /// What leaves them, in one word, for messages.
  private let content: String
  /// What the manifest has recorded already; nil where the end was not reached before.
  private let recorded: [String: String]?
  private let tell: (String) -> Void

  package init(
    folder: String, content: String, recorded: [String: String]?,
    tell: @escaping (String) -> Void
  ) {
    self.folder = folder
    self.content = content
    self.recorded = recorded
    self.tell = tell
  }

  /// Of what goes on, nothing can be said to be finished.
  package static func begin(_ manifest: inout Manifest, goesOn: Bool, in folder: String) throws {
    if goesOn { manifest.files = nil }
    try manifest.write(to: folder)
    if goesOn { unlink(ChecksumList.path(in: folder)) }
  }

  /// Writes what is not there as it should be.
  ///
  /// - Parameters:
  ///   - keepingUnrecorded: what is there and was never recorded stays as it is.
  ///   - isNew: nobody expects these files yet.
  package func write(
    _ results: [(name: String, data: Data)], keepingUnrecorded: Bool = false, isNew: Bool = false
  ) throws {
    for (name, data) in results {
      let path = "\(folder)/\(name)"
      let digest = Digest.of(data)
      let expected = recorded?[name]
      let state = try FileState.of(path, expected: expected ?? digest)
      guard state != .asWritten else { continue }
      if state == .damaged, expected == nil, keepingUnrecorded { continue }
      guard expected == nil || expected == digest else {
        throw ExperimentError(
          .badData,
          "\(path): is \(state) and does not follow from the checkpoint; restore it from a copy, or make "
            + "the \(content) again.")
      }
      try FileSystem.writeAtomically(data, to: path)
      if !isNew { tell("\(path): was \(state); it was written again from the checkpoint.") }
    }
  }

  /// Writes SHA256SUMS of the files that follow from the configuration; returns what the manifest is
  /// to record, which is all of them.
  ///
  /// - Parameters:
  ///   - differing: names of those that do not follow from it.
  ///   - checkpoint: its name; it does not either.
  package func record(
    _ files: [String: String], differing: Set<String>, checkpoint: String
  ) throws -> [String: String] {
    var files = files
    let list = ChecksumList(files.filter { !differing.contains($0.key) })
    files[checkpoint] = try Digest.ofFile("\(folder)/\(checkpoint)")
    files[ChecksumList.name] = Digest.of(Data(list.text.utf8))
    let state = try list.writeIfOther(to: folder)
    if recorded != nil, state != .asWritten {
      tell("\(ChecksumList.path(in: folder)): was \(state); it was written again.")
    }
    return files
  }
}
