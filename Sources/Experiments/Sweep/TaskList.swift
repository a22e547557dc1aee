import Foundation
import Storage

/// The run folder of every point, kept in the sweep's folder, so that a task on another machine need not read
/// the experiment of every point to know its own.
struct TaskList: Codable {
  /// SHA-256 of the sweep.yaml that it belongs to: a sweep that has grown since has other folders.
  private let sweep: String
  /// By point, from the first.
  let runs: [String]

  private static func file(in path: String) -> String { "\(path)/tasks.bin" }

  static func write(_ sweep: Sweep, in path: String) throws {
    let list = TaskList(
      sweep: try Digest.ofFile(SweepFolder.file(in: path)), runs: sweep.points.map(\.run))
    try HashedFile.write(list, to: file(in: path))
  }

  /// Nil where there is none of this sweep: whoever asks has to read every point.
  static func read(in path: String) throws -> TaskList? {
    guard try FileKind.exists(file(in: path)) else { return nil }
    guard let list = try HashedFile.read(TaskList.self, from: file(in: path)),
      try list.sweep == Digest.ofFile(SweepFolder.file(in: path))
    else { return nil }
    return list
  }
}
