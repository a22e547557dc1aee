import Foundation
import Glibc
import Storage

/// The sweeps below a folder.
package enum SweepList {
  package struct Entry: Codable, Equatable, Sendable {
    package var path: String
    package var name: String
    /// When the sweep's folder was made.
    package var start: Date
    /// running; finished or failed once every run has ended; else stopped, and to be resumed.
    package var state: String
    package var runs: Int
    package var finished: Int
    package var failed: Int
    package var tags: [String] = []
    /// Which file is not as it was written; nil when none of those read here.
    package var problem: String?
  }

  /// Every sweep at or below `root`, oldest first; what cannot be read is passed over.
  package static func sweeps(below root: String) throws -> [Entry] {
    try FolderContent.files(below: root).compactMap { file -> Entry? in
      guard file == "sweep.yaml" || file.hasSuffix("/sweep.yaml"),
        !file.contains(RunFolder.partialMark)
      else { return nil }
      return try entry(
        URL(fileURLWithPath: "\(root)/\(file)").deletingLastPathComponent().relativePath)
    }
    .sorted { ($0.start, $0.path) < ($1.start, $1.path) }
  }

  private static func entry(_ folder: String) throws -> Entry? {
    guard let start = try RunList.changeTime(SweepFolder.file(in: folder)) else { return nil }
    let sweep: Sweep
    do {
      sweep = try SweepFolder.sweep(in: folder)
    } catch {
      guard try FileKind.exists(ChecksumList.path(in: folder)) else { return nil }
      return Entry(
        path: folder, name: "", start: start, state: RunList.damaged, runs: 0, finished: 0,
        failed: 0, problem: "\(error)")
    }
    let states = sweep.runs.map {
      (try? Manifest.read(from: "\(folder)/\($0.run)"))?.exitReason
    }
    let finished = states.count { $0 == .finished }
    let failed = states.count { $0 == .failed }
    let state =
      RunFolder.isHeld(folder, mode: LOCK_EX)
      ? "running"
      : finished == states.count
        ? "finished" : finished + failed == states.count ? "failed" : "stopped"
    return Entry(
      path: folder, name: sweep.name, start: start, state: state, runs: states.count,
      finished: finished, failed: failed, tags: try RunTags.read(from: folder))
  }
}
