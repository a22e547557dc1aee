import Federation
import Foundation
import Glibc
import Storage

/// What changes in the folder of a sweep whose grid grows: each run that is there keeps all it has done,
/// under the name that it has in the larger sweep.
///
/// Afterwards the folder is that of a sweep that was this large from the start. It is written down before
/// anything changes, so that a growth that was killed is finished by whoever enters the folder next.
package struct SweepGrowth: Codable {
  /// A run folder, below the sweep's.
  package struct Move: Codable, Equatable {
    package var from: String
    package var to: String
  }

  /// Of sweep.yaml.
  let text: String
  package let moves: [Move]

  private static let name = "growth.bin"
  private static func file(in path: String) -> String { "\(path)/\(name)" }

  /// Nil where the folder holds no sweep, or this one.
  ///
  /// Throws where a run that is there is none of this sweep, or the runs cannot be renamed.
  package init?(of sweep: Sweep, in path: String) throws {
    guard try SweepFolder.isSweep(path) else { return nil }
    try SweepFolder.requireOwnFile(in: path)
    let written = String(decoding: try FileSystem.read(SweepFolder.file(in: path)), as: UTF8.self)
    // Another comment at its head asks the same of the machine.
    guard written.dropFirst(headComment(of: written).count) != sweep.text else { return nil }
    let old = try SweepFolder.sweep(in: path)
    // A version with fewer keys has written it in other words.
    guard old.text != sweep.text else { return nil }
    text = sweep.comment + sweep.text
    func refused(_ problem: String) -> ExperimentError {
      ExperimentError(.inputOutput, "\(path): holds another sweep; \(problem).")
    }
    let elsewhere = "choose another --out, or continue that one with `fedsim resume \(path)`"
    guard old.randomStopping == nil, sweep.randomStopping == nil else {
      throw refused(
        "a random number of trials cannot grow, since it was drawn before anybody saw a result; "
          + elsewhere)
    }
    let names = Dictionary(
      sweep.runs.map { (Self.key(of: $0.configuration), $0.run) },
      uniquingKeysWith: { first, _ in first })
    let begun = try old.runs.filter { try FileKind.exists("\(path)/\($0.run)") }
    let lost = begun.filter { names[Self.key(of: $0.configuration)] == nil }
    if let first = lost.first {
      throw refused(
        "this grid has no point for \(lost.count) of its \(begun.count) runs, such as "
          + "\(first.label), and nothing is ever deleted: keep their settings, or choose another --out and "
          + "copy the runs that fit with --reuse \(path)")
    }
    guard old.runs.contains(where: { names[Self.key(of: $0.configuration)] != nil }) else {
      throw refused("a sweep replaces no run: \(elsewhere)")
    }
    moves = begun.compactMap { point in
      names[Self.key(of: point.configuration)].map { Move(from: point.run, to: $0) }
    }
    let isOnLedger = sweep.points.contains { $0.configuration.privacy.ledger.value != nil }
    guard !isOnLedger || moves.allSatisfy({ $0.from == $0.to }) else {
      throw refused(
        "its runs are on a ledger that knows them by their folders, so they cannot be renumbered: make the "
          + "new points a sweep of their own with another --out")
    }
    let own = Set(moves.map(\.from))
    let taken = Set(moves.map(\.to))
    for name in try FolderContent.names(in: "\(path)/runs") ?? []
    where taken.contains("runs/\(name)") && !own.contains("runs/\(name)") {
      throw refused("\(path)/runs/\(name), which is no run of it, is in the way: move it elsewhere")
    }
  }

  /// Equal for runs whose files must be equal.
  static func key(of configuration: Configuration) -> String {
    configuration.text(deciding: Set(ConfigurationAspect.allCases))
  }

  /// Where a run of the larger sweep lies before the folder has grown; nil where it has not begun.
  func place(of run: String) -> String? { moves.first { $0.to == run }?.from }

  // MARK: - Growing

  /// Changes the folder, which must be locked.
  func work(in path: String) throws {
    try begin(in: path)
    try finish(in: path)
  }

  /// Writes down what is going to change.
  package func begin(in path: String) throws {
    try HashedFile.write(self, to: Self.file(in: path))
  }

  /// Whether somebody was killed while the folder grew.
  static func isUnfinished(in path: String) throws -> Bool { try FileKind.exists(file(in: path)) }

  /// Finishes what somebody was killed in, if anybody was; the folder must be locked.
  static func finishUnfinished(in path: String) throws {
    guard try isUnfinished(in: path) else { return }
    guard let growth = try HashedFile.read(SweepGrowth.self, from: file(in: path)) else {
      throw ExperimentError(
        .badData,
        "\(file(in: path)): is damaged, so the sweep cannot grow; restore the folder from a copy.")
    }
    try growth.finish(in: path)
  }

  /// Every step may have been done before.
  private func finish(in path: String) throws {
    let (runs, grown) = ("\(path)/runs", "\(path)/grown")
    let file = SweepFolder.file(in: path)
    if try FileSystem.read(file) != Data(text.utf8) {
      try FileSystem.makeFolder(grown)
      let names = Dictionary(
        moves.map { ($0.from, $0.to) }, uniquingKeysWith: { first, _ in first })
      for name in try FolderContent.names(in: runs) ?? [] {
        let new = names["runs/\(name)"].map { String($0.dropFirst("runs/".count)) }
        try Self.rename("\(runs)/\(name)", to: "\(grown)/\(new ?? name)")
      }
      try AtomicFile.synchronize(folder: grown)
      try AtomicFile.synchronize(folder: runs)
      // It tells of the old points; it is written again as soon as somebody works on the new ones.
      unlink(SweepFolder.table(in: path))
      try FileSystem.writeAtomically(Data(text.utf8), to: file)
    }
    try SweepFolder.record(in: path, finished: nil)
    if try FileKind.exists(grown) {
      // Takes the place of a folder that is empty by now.
      try Self.rename(grown, to: runs)
    }
    try AtomicFile.synchronize(folder: path)
    unlink(Self.file(in: path))
    try AtomicFile.synchronize(folder: path)
  }

  private static func rename(_ old: String, to new: String) throws {
    guard Glibc.rename(old, new) == 0 else { throw FileSystem.failure("rename", old) }
  }
}
