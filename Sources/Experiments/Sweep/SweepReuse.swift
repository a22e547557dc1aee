import Federation
import Foundation
import Glibc
import Storage

/// Finished runs of another sweep that are points of this one, and need not be made again.
package struct SweepReuse: Sendable {
  /// The folder of each run that can be copied, by the run's name in this sweep.
  private let places: [String: String]

  /// Finds what fits; every file of it is checked.
  ///
  /// - Parameters:
  ///   - path: this sweep's folder; a run that it has already is not taken from elsewhere.
  ///   - old: the other sweep's folder.
  package init(_ sweep: Sweep, in path: String, from old: String) throws {
    let old = try RunFolder.normalized(old)
    guard try SweepFolder.isSweep(old) else {
      throw ExperimentError(
        .missingInput,
        "--reuse \(old): is not the folder of a sweep (it has no \(SweepFolder.fileName)); see `fedsim list`."
      )
    }
    guard sweep.randomStopping == nil,
      sweep.points.allSatisfy({ $0.configuration.privacy.ledger.value == nil })
    else {
      throw ExperimentError(
        .invalidConfiguration,
        "--reuse \(old): copies runs, which a sweep with sweep.tuning or with privacy.ledger may not: a copy "
          + "would count as a second run; leave --reuse out.")
    }
    var places: [String: String] = [:]
    for (point, place) in try Self.common(sweep, old) {
      guard try !FileKind.exists("\(path)/\(point.run)"),
        try FinishedRun.isWhole(in: place, of: point.configuration)
      else { continue }
      places[point.run] = place
    }
    self.places = places
  }

  /// Points of a sweep that another one has as well, with their run folders there, be they finished or not.
  private static func common(
    _ sweep: Sweep, _ old: String
  ) throws -> [(point: SweepPoint, place: String)] {
    let known = Dictionary(
      try SweepFolder.sweep(in: old).runs.map {
        (SweepGrowth.key(of: $0.configuration), "\(old)/\($0.run)")
      },
      uniquingKeysWith: { first, _ in first })
    return sweep.runs.compactMap { point in
      known[SweepGrowth.key(of: point.configuration)].map { (point, $0) }
    }
  }

  /// The sweep beside this one's folder that has most of its runs, in words; nil where none has any.
  ///
  /// A folder that is named by the settings is another one as soon as the grid grows.
  package static func hint(for sweep: Sweep, in path: String) -> String? {
    guard !((try? FileKind.exists(path)) ?? true) else { return nil }
    let parent = (path as NSString).deletingLastPathComponent
    let names = ((try? FolderContent.names(in: parent)) ?? []).filter { $0.hasPrefix("sweep-") }
    // Nothing of a run but its folder is looked at: whether it is whole is for whoever takes it.
    let found = names.sorted().suffix(20).compactMap { name in
      let folder = "\(parent)/\(name)"
      return (try? common(sweep, folder)).map { common in
        (folder: folder, count: common.count { (try? FileKind.exists($0.place)) ?? false })
      }
    }
    guard let most = found.max(by: { $0.count < $1.count }), most.count > 0 else { return nil }
    return
      "\(most.folder) has \(most.count) of these \(sweep.runs.count) runs: --out \(most.folder) would add "
      + "the others to it, and --reuse \(most.folder) would copy them."
  }

  /// Names of the runs in this sweep.
  package var runs: Set<String> { Set(places.keys) }

  /// Copies them into the folder of this sweep; a copy is there whole or not at all.
  package func copy(into folder: SweepFolder) throws {
    for (run, place) in places.sorted(by: { $0.key < $1.key }) {
      let path = "\(folder.path)/\(run)"
      guard try !FileKind.exists(path) else { continue }
      let new = try NewFolder(path)
      do {
        try Self.copy(place, into: new.partial)
        guard try new.moved(to: path) != nil else {
          throw ExperimentError(
            .inputOutput, "\(path): came into being while it was copied; try again.")
        }
      } catch {
        new.remove()
        throw error
      }
    }
    if !places.isEmpty {
      folder.log("\(places.count) finished runs were copied from another sweep.")
    }
  }

  private static func copy(_ old: String, into new: String) throws {
    for name in try FolderContent.names(in: old) ?? [] where !Partial.isName(name) {
      let (from, to) = ("\(old)/\(name)", "\(new)/\(name)")
      switch try FileKind.of(from, followingLinks: false) {
      case .folder:
        try FileSystem.makeFolder(to)
        try copy(from, into: to)
      case .file:
        do {
          try FileManager.default.copyItem(atPath: from, toPath: to)
        } catch {
          throw ExperimentError(
            .inputOutput, "\(from): cannot be copied to \(to); free some space and try again.")
        }
        try synchronize(to)
      case .link, .other, nil: continue
      }
    }
    try AtomicFile.synchronize(folder: new)
  }

  private static func synchronize(_ file: String) throws {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileSystem.failure("open", file) }
    defer { close(descriptor) }
    guard FileSystem.whileInterrupted({ fsync(descriptor) }) == 0 else {
      throw FileSystem.failure("write", file)
    }
  }
}
