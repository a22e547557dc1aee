import Foundation

/// The folder of one sweep: its file, its run folders below `runs`, sweep.csv and what they share.
package final class SweepFolder: Sendable {
  package let path: String
  private let lock: FolderLock

  /// Whether this folder is that of a sweep.
  package static func isSweep(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: file(in: path))
  }

  static func file(in path: String) -> String { "\(path)/sweep.yaml" }
  static func table(in path: String) -> String { "\(path)/sweep.csv" }

  /// Where a sweep belongs: `wanted`, or else `results/<name>/sweep-<short hash>`, which the same
  /// file always leads to.
  package static func path(_ wanted: String?, for sweep: Sweep) throws -> String {
    try wanted.map(RunFolder.normalized)
      ?? "results/\(sweep.name)/sweep-\(RunFolder.hash(of: sweep.text).prefix(8))"
  }

  /// The runs of a sweep that are finished in its folder, if there is one.
  package static func finishedRuns(of sweep: Sweep, in path: String) -> Set<String> {
    Set(sweep.runs.map(\.run).filter { FinishedRun.exists(in: "\(path)/\($0)") })
  }

  /// Makes the sweep's folder, or enters it again to go on where the sweep stopped.
  package static func enter(_ path: String, for sweep: Sweep) throws -> SweepFolder {
    let files = FileManager.default
    if isSweep(path) {
      let text = String(decoding: try FileSystem.read(file(in: path)), as: UTF8.self)
      // Another comment at its head asks the same of the machine.
      guard text.dropFirst(headComment(ofFile: file(in: path)).count) == sweep.text else {
        throw ExperimentError(
          .inputOutput,
          "\(path): holds another sweep, and nothing is ever overwritten; choose another --out, or "
            + "continue that one with `fedsim resume \(path)`.")
      }
    } else if let content = try? files.contentsOfDirectory(atPath: path), !content.isEmpty {
      throw ExperimentError(
        .inputOutput,
        "\(path): exists already, and nothing is ever overwritten; choose another --out.")
    } else {
      try make(path, text: sweep.comment + sweep.text)
    }
    return try SweepFolder(path)
  }

  /// Opens the folder of an earlier sweep, and the sweep itself.
  package static func open(_ path: String) throws -> (folder: SweepFolder, sweep: Sweep) {
    let path = try RunFolder.normalized(path)
    return (try SweepFolder(path), try Sweep.load(path: file(in: path)))
  }

  /// Under another name first: a folder of the right name is a sweep that can go on.
  private static func make(_ path: String, text: String) throws {
    let partial = "\(path)\(RunFolder.partialMark)\(getpid())"
    do {
      try FileSystem.makeFolder("\(partial)/runs")
      try FileSystem.writeAtomically(Data(text.utf8), to: file(in: partial))
      try FileSystem.rename(partial, path)
    } catch {
      try? FileManager.default.removeItem(atPath: partial)
      throw error
    }
  }

  private init(_ path: String) throws {
    self.path = path
    lock = try FolderLock(path, content: "sweep")
    guard lock.warning == nil else { return }
    // Run folders in the making of a process that was killed: nobody else works here now.
    let runs = (try? FileManager.default.contentsOfDirectory(atPath: "\(path)/runs")) ?? []
    for name in runs where name.contains(RunFolder.partialMark) {
      try? FileManager.default.removeItem(atPath: "\(path)/runs/\(name)")
    }
  }

  func log(_ line: String) { appendToLog(of: path, line) }
}
