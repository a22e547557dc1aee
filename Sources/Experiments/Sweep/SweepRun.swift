import Coordinator
import Foundation
import Storage
import Threads

/// Does the runs of a sweep, several at a time, each with its own workers.
package struct SweepRun {
  private let folder: SweepFolder
  private let sweep: Sweep
  private let launch: WorkerLaunch
  private let observer: SweepObserver
  private let workers: Int
  private let shared: SharedWork
  private let board: SweepBoard

  /// Works until every run is finished or has failed, or until it is interrupted.
  ///
  /// Runs that are finished already stay as they are, others go on from their checkpoint, and
  /// failed ones are tried again.
  ///
  /// - Parameters:
  ///   - prepared: what `Sweep.prepared` found out about the runs that are not finished.
  ///   - jobs: runs at a time; nil for as many as `cores` and memory allow.
  ///   - cores: shared out among the jobs as workers.
  package static func work(
    _ sweep: Sweep, in folder: SweepFolder, prepared: [String: PreparedExperiment], jobs: Int?,
    cores: Int, launch: WorkerLaunch, observer: SweepObserver
  ) throws -> SweepResult {
    let start = ContinuousClock.now
    observer.began(folder.path)
    var table = SweepTable(sweep, path: SweepFolder.table(in: folder.path))
    var waiting: [SweepBoard.Job] = []
    for point in sweep.runs {
      let path = "\(folder.path)/\(point.run)"
      if let prepared = prepared[point.run] {
        waiting.append(SweepBoard.Job(point: point, prepared: prepared))
      } else {
        table.add(try FinishedRun(RecordedFolder(path)), at: point.run)
      }
    }
    // The longest first: then no core is idle while another works on a long last one.
    waiting = waiting.enumerated().sorted {
      ($1.element.cost, $0.offset) < ($0.element.cost, $1.offset)
    }.map(\.element)
    let jobs = max(1, min(jobs ?? SweepMemory.jobs(for: sweep, cores: cores), waiting.count))
    if !waiting.isEmpty {
      try folder.record(finished: nil)
      // Of points that were finished before, the table tells as soon as work goes on.
      if waiting.count < sweep.runs.count { try table.write() }
    }
    let run = SweepRun(
      folder: folder, sweep: sweep, launch: launch, observer: observer,
      workers: max(1, cores / jobs),
      shared: SharedWork(folder: "\(folder.path)/shared", for: sweep),
      board: SweepBoard(waiting, finished: sweep.runs.count - waiting.count, table: table))
    folder.log(
      "\(sweep.points.count) points, \(waiting.count) runs to do, \(jobs) at a time with "
        + "\(run.workers) workers each.")
    try run.workInParallel(jobs)
    return try run.finish(since: start)
  }

  private func workInParallel(_ jobs: Int) throws {
    let threads = Countdown()
    defer { threads.wait() }
    for job in 0..<jobs {
      threads.enter()
      do {
        try startThread {
          while !observer.isInterrupted(), let job = board.next(isReady: isReady) { work(on: job) }
          threads.leave()
        }
      } catch {
        threads.leave()
        // The threads that there are do it all.
        guard job == 0 else { return folder.log("Only \(job) at a time: \(error).") }
        throw CoordinatorError.cannotStart("\(error)")
      }
    }
  }

  private func isReady(_ key: String) -> Bool { shared.evaluations.has(key) }

  private func work(on job: SweepBoard.Job) {
    let point = job.point
    let path = "\(folder.path)/\(point.run)"
    let start = ContinuousClock.now
    var ending = SweepEnding(point: point, seconds: 0)
    var finished: FinishedRun?
    do {
      let watch = RunObserver(
        progressed: { observer.progressed(board.progressed(point, $0)) },
        entered: { observer.progressed(board.entered(point, $0)) },
        noted: { observer.noted("point \(point.number) (\(point.label)): \($0)") },
        isInterrupted: observer.isInterrupted)
      let result =
        try FileKind.exists(path)
        ? try ExperimentRun.resume(
          path, workers: workers, launch: launch, observer: watch, shared: shared,
          expecting: job.prepared.configuration)
        : try ExperimentRun.start(
          job.prepared, out: path, comment: sweep.comment, extends: sweep.extends,
          workers: workers, launch: launch, observer: watch, shared: shared)
      ending.accuracy = result.summary.future["federated"]?.accuracyTop1
      finished = try FinishedRun(RecordedFolder(path))
    } catch let error as ExperimentError where error.code == .interrupted {
      folder.log("Point \(point.number) was interrupted.")
    } catch {
      ending.error = error
      folder.log("Point \(point.number) (\(point.label)) failed: \(error)")
    }
    ending.seconds = (ContinuousClock.now - start) / .seconds(1)
    let progress = board.ended(ending, finished)
    if finished != nil || ending.error != nil { observer.ended(ending, progress) }
  }

  private func finish(since start: ContinuousClock.Instant) throws -> SweepResult {
    let (table, failures, isComplete) = try board.finish()
    try folder.record(finished: sweep.runs.filter { table.status(of: $0) == .finished }.map(\.run))
    guard isComplete else {
      let done = sweep.points.count { table.status(of: $0) == .finished }
      throw ExperimentError(
        .interrupted,
        "Interrupted with \(done) of \(sweep.points.count) points finished; continue with `fedsim "
          + "resume \(folder.path)`.")
    }
    shared.removeHistories()
    folder.log("Every run has ended, \(failures.count) of them failed.")
    return SweepResult(
      sweep, in: folder.path, table, failures, seconds: (ContinuousClock.now - start) / .seconds(1))
  }
}
