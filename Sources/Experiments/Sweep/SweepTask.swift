import Coordinator
import Foundation
import Glibc
import Storage

/// One point of a sweep, made by a process of its own: a task of a job array, a pod of an indexed job.
///
/// Any number of tasks work in one folder at a time, also on several machines that share it. Each writes the
/// run folder of its point and nothing else, and what points share it writes under another name and renames.
/// So tasks need no lock, which network file systems may not have. A collector writes sweep.csv at the end.
package enum SweepTask {
  package enum Outcome: Sendable {
    case made(RunResult)
    /// It had been finished before, in this folder.
    case wasFinished(run: String)
    /// Its results are those of an earlier point, whose task makes the run.
    case isMade(byPoint: Int, run: String)
  }

  /// Makes a point, or goes on with it from its last checkpoint.
  ///
  /// - Parameter number: of the point, from 1.
  package static func work(
    on number: Int, in path: String, workers: Int, launch: WorkerLaunch, observer: RunObserver
  ) throws -> Outcome {
    let path = try RunFolder.normalized(path)
    try SweepFolder.requireOwnFile(in: path)
    let runs = try TaskList.read(in: path)?.runs ?? SweepFolder.sweep(in: path).points.map(\.run)
    guard (1...runs.count).contains(number) else {
      throw ExperimentError(
        .usage,
        "--point \(number): \(path) has points 1 to \(runs.count).")
    }
    let run = runs[number - 1]
    if let first = runs.firstIndex(of: run), first + 1 < number {
      return .isMade(byPoint: first + 1, run: run)
    }
    let failure = TaskFailure(point: number, in: path)
    // Keeps out whoever works on all points, where there are locks.
    let lock = try FolderLock(path, content: "sweep", mode: LOCK_SH)
    defer { withExtendedLifetime(lock) {} }
    do {
      let result = try work(on: number, run, in: path, workers, launch, observer)
      failure.clear()
      return result
    } catch let error as ExperimentError where error.code == .interrupted {
      throw error
    } catch {
      failure.write(error)
      throw error
    }
  }

  private static func work(
    on number: Int, _ run: String, in path: String, _ workers: Int, _ launch: WorkerLaunch,
    _ observer: RunObserver
  ) throws -> Outcome {
    let sweep = try SweepFolder.sweep(in: path, only: number)
    guard let point = sweep.points.first, sweep.points.count == 1, point.run == run else {
      throw ExperimentError(
        .badData, "\(path): its points are not those it was written for; submit the sweep again.")
    }
    try sweep.requireNoLedger("made point by point")
    if try FinishedRun.isWhole(in: "\(path)/\(run)", of: point.configuration) {
      return .wasFinished(run: "\(path)/\(run)")
    }
    guard let prepared = try sweep.prepared()[run] else { return .wasFinished(run: run) }
    let shared = SharedWork(in: path, keepingHistories: try SharedWork.keepsHistories(in: path))
    let folder = "\(path)/\(run)"
    return .made(
      try FileKind.exists(folder)
        ? ExperimentRun.resume(
          folder, workers: workers, launch: launch, observer: observer, shared: shared,
          expecting: prepared.configuration)
        : ExperimentRun.start(
          prepared, out: folder, comment: sweep.comment, extends: sweep.extends,
          workers: workers, launch: launch, observer: observer, shared: shared))
  }
}

extension Sweep {
  /// Throws where runs spend from a ledger, whose file two machines could change at once.
  ///
  /// - Parameter manner: how the sweep is to be done, as in "cannot be …".
  package func requireNoLedger(_ manner: String) throws {
    guard points.contains(where: { $0.configuration.privacy.ledger.value != nil }) else { return }
    throw ExperimentError(
      .invalidConfiguration,
      "privacy.ledger: a ledger needs a lock that every run sees, so a sweep with one cannot be \(manner) on "
        + "several machines; run it with `fedsim sweep` on one machine.")
  }
}

/// Why a point failed, told to the collector in a file that only its task writes.
struct TaskFailure {
  private let path: String

  struct Reason: Codable {
    var exitCode: Int32
    var sentence: String
  }

  init(point: Int, in path: String) { self.path = "\(path)/shared/point-\(point).failed" }

  /// Where it cannot be written, the manifest of the run may still tell.
  func write(_ error: any Error) {
    let code: Int32 =
      switch error {
      case let error as ExperimentError: error.code.rawValue
      case CoordinatorError.workersKeepDying: ExperimentError.Code.resumable.rawValue
      default: 70
      }
    try? FileSystem.makeFolder(AtomicFile.folder(of: path))
    try? HashedFile.write(Reason(exitCode: code, sentence: "\(error)"), to: path)
  }

  func clear() { unlink(path) }

  /// Nil where it has not failed.
  func read() throws -> Reason? {
    guard try FileKind.exists(path) else { return nil }
    return try HashedFile.read(Reason.self, from: path)
  }
}
