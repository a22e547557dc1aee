import Foundation
import Storage

/// The folder of one sweep: its file, its run folders below `runs`, sweep.csv and what they share.
package final class SweepFolder: Sendable {
  package let path: String
  /// What became of a smaller sweep that the folder held; nil where it held this one or none.
  package let growth: String?
  private let lock: FolderLock

  /// Whether this folder is that of a sweep.
  package static func isSweep(_ path: String) throws -> Bool {
    try FileKind.exists(file(in: path))
  }

  static let fileName = "sweep.yaml"
  static let tableName = "sweep.csv"
  static func file(in path: String) -> String { "\(path)/\(fileName)" }
  static func table(in path: String) -> String { "\(path)/\(tableName)" }

  /// Where a sweep belongs: `wanted`, or else `results/<name>/sweep-<short hash>`, which the same
  /// file always leads to.
  package static func path(_ wanted: String?, for sweep: Sweep) throws -> String {
    try wanted.map(RunFolder.normalized)
      ?? "results/\(sweep.name)/sweep-\(RunFolder.hash(of: sweep.text).prefix(8))"
  }

  /// The runs of a sweep that are finished in its folder, if there is one.
  ///
  /// Those whose files are damaged are not among them: what they tell must not be used. Of a smaller sweep
  /// that can grow to this one, its runs are.
  package static func finishedRuns(of sweep: Sweep, in path: String) throws -> Set<String> {
    if try SweepGrowth.isUnfinished(in: path) { _ = try SweepFolder(path) }
    let growth = try SweepGrowth(of: sweep, in: path)
    return Set(
      try sweep.runs.filter { point in
        guard let place = growth == nil ? point.run : growth?.place(of: point.run) else {
          return false
        }
        return try FinishedRun.isWhole(in: "\(path)/\(place)", of: point.configuration)
      }.map(\.run))
  }

  /// Makes the sweep's folder, or enters it again to go on where the sweep stopped.
  ///
  /// The folder of a smaller sweep, all of whose runs are runs of this one, grows to this one.
  package static func enter(_ path: String, for sweep: Sweep) throws -> SweepFolder {
    if try isSweep(path) {
      let folder = try SweepFolder(path)
      // Nobody else can change it now.
      guard let growth = try SweepGrowth(of: sweep, in: path) else { return folder }
      try growth.work(in: path)
      let note =
        "\(path) has grown to \(sweep.points.count) points: \(growth.moves.count) of \(sweep.runs.count) "
        + "runs were there already."
      folder.log(note)
      return SweepFolder(path, lock: folder.lock, growth: note)
    } else if let content = try FolderContent.names(in: path), !content.isEmpty {
      throw ExperimentError(
        .inputOutput,
        "\(path): exists already, and this command replaces nothing; choose another --out.")
    } else if let lock = try make(path, text: sweep.comment + sweep.text) {
      return SweepFolder(path, lock: lock)
    } else {
      // Another process was faster: its folder is entered, or what is in the way is told.
      return try enterAgain(path, for: sweep)
    }
  }

  private static func enterAgain(_ path: String, for sweep: Sweep) throws -> SweepFolder {
    guard try isSweep(path) else {
      throw ExperimentError(
        .inputOutput,
        "\(path): exists already, and this command replaces nothing; choose another --out.")
    }
    return try enter(path, for: sweep)
  }

  /// Opens the folder of an earlier sweep, and the sweep itself.
  package static func open(_ path: String) throws -> (folder: SweepFolder, sweep: Sweep) {
    let path = try RunFolder.normalized(path)
    return (try SweepFolder(path), try sweep(in: path))
  }

  /// The sweep in a folder, whose file must be as it was written.
  ///
  /// - Parameter only: the number of the single point to read; nil reads all.
  static func sweep(in path: String, only: Int? = nil) throws -> Sweep {
    try requireOwnFile(in: path)
    return try Sweep(ConfigurationLoader(path: file(in: path), overrides: []), only: only)
  }

  static func requireOwnFile(in path: String) throws {
    guard try !SweepGrowth.isUnfinished(in: path) else {
      throw ExperimentError(
        .resumable,
        "\(path): was being renumbered for a larger grid when fedsim was killed; finish that with `fedsim "
          + "resume \(path)`.")
    }
    let files = try RecordedFolder(path)
    try files.check(fileName)
  }

  /// The run folders of a sweep that are there, each the one that the sweep has left.
  package static func runFolders(in path: String) throws -> [String] {
    let sweep = try sweep(in: path)
    let files = try RecordedFolder(path)
    let runs = sweep.runs.map(\.run)
    try files.requireList(whereRuns: runs)
    for run in runs where try FileKind.exists("\(path)/\(run)") {
      try files.check("\(run)/\(ChecksumList.name)")
    }
    return runs.map { "\(path)/\($0)" }
  }

  /// Under another name first: a folder of the right name is a sweep that can go on.
  ///
  /// Nil when there is something of that name by now.
  private static func make(_ path: String, text: String) throws -> FolderLock? {
    let new = try NewFolder(path)
    do {
      try FileSystem.makeFolder("\(new.partial)/runs")
      try FileSystem.writeAtomically(Data(text.utf8), to: file(in: new.partial))
      try record(in: new.partial, finished: nil)
      let lock = try new.moved(to: path)
      if lock == nil { new.remove() }
      return lock
    } catch {
      new.remove()
      throw error
    }
  }

  private init(_ path: String, lock: FolderLock, growth: String? = nil) {
    self.path = path
    self.growth = growth
    self.lock = lock
  }

  private convenience init(_ path: String) throws {
    self.init(path, lock: try FolderLock(path, content: "sweep"))
    // Nobody else works here now.
    Leftovers.clear(in: path)
    Leftovers.clear(in: "\(path)/runs")
    Leftovers.clear(in: "\(path)/shared")
    try SweepGrowth.finishUnfinished(in: path)
  }

  // MARK: - Checksums

  /// Writes SHA256SUMS: of the sweep's file, and of sweep.csv and what finished runs have recorded.
  ///
  /// - Parameter finished: nil while runs are going on, when the table changes again and again.
  func record(finished: [String]?) throws {
    try Self.record(in: path, finished: finished)
  }

  static func record(in path: String, finished: [String]?) throws {
    var list = ChecksumList([fileName: try Digest.ofFile(file(in: path))])
    if let finished {
      list.sums[tableName] = try Digest.ofFile(table(in: path))
      for run in finished {
        let sums = ChecksumList.path(in: "\(path)/\(run)")
        guard try FileKind.exists(sums) else { continue }
        list.sums["\(run)/\(ChecksumList.name)"] = try Digest.ofFile(sums)
      }
    }
    try list.writeIfOther(to: path)
  }

  func log(_ line: String) { appendToLog(of: path, line) }
}
