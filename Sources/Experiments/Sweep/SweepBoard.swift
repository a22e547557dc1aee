import Foundation
import Synchronization

/// The runs of a sweep that are waiting, running and done; shared by the threads that do them.
final class SweepBoard: Sendable {
  struct Job {
    let point: SweepPoint
    let prepared: PreparedExperiment
    /// Which evaluations it shares with others; nil when none.
    let sharedKey: String?

    init(point: SweepPoint, prepared: PreparedExperiment) {
      self.point = point
      self.prepared = prepared
      sharedKey = SharedEvaluations.key(
        of: point.configuration, contentHash: prepared.facts.contentHash)
    }

    var rounds: Int { prepared.configuration.training.rounds }
    /// Clients trained in one round, in expectation.
    var roundCost: Int { prepared.configuration.training.cohortSize }
    var cost: Int { rounds * roundCost }
  }

  private struct State {
    var waiting: [Job]
    var running: [Int: (job: Job, progress: RunProgress?, stage: RunStage?)] = [:]
    var finished: Int
    var failures: [SweepEnding] = []
    var costDone = 0
    var table: SweepTable
    /// Why sweep.csv could not be written.
    var tableError: (any Error)?
  }

  private let state: Mutex<State>
  private let runs: Int
  private let start = ContinuousClock.now

  /// - Parameter table: holds the runs that were finished before.
  init(_ jobs: [Job], finished: Int, table: SweepTable) {
    runs = finished + jobs.count
    state = Mutex(State(waiting: jobs, finished: finished, table: table))
  }

  /// The next run to do; one that need not wait for what a running one is measuring, if any.
  func next(isReady: (String) -> Bool) -> Job? {
    state.withLock { state in
      guard state.tableError == nil else { return nil }
      let busy = Set(state.running.values.compactMap(\.job.sharedKey)).filter { !isReady($0) }
      let free = state.waiting.firstIndex { $0.sharedKey.map { !busy.contains($0) } ?? true }
      guard let index = free ?? state.waiting.indices.first else { return nil }
      let job = state.waiting.remove(at: index)
      state.running[job.point.number] = (job, nil, .preparing)
      return job
    }
  }

  func progressed(_ point: SweepPoint, _ progress: RunProgress) -> SweepProgress {
    state.withLock { state in
      state.running[point.number]?.progress = progress
      state.running[point.number]?.stage = nil
      state.costDone += state.running[point.number]?.job.roundCost ?? 0
      return self.progress(state)
    }
  }

  /// What a run is at, between two rounds.
  func entered(_ point: SweepPoint, _ stage: RunStage) -> SweepProgress {
    state.withLock { state in
      if case .training = stage {
        state.running[point.number]?.stage = nil
      } else {
        state.running[point.number]?.stage = stage
      }
      return progress(state)
    }
  }

  /// Takes a run off the board and brings sweep.csv up to date.
  func ended(_ ending: SweepEnding, _ result: FinishedRun?) -> SweepProgress {
    state.withLock { state in
      state.running[ending.point.number] = nil
      if let result {
        state.finished += 1
        state.table.add(result, at: ending.point.run)
      } else if ending.error != nil {
        state.failures.append(ending)
        state.table.fail(ending.point.run)
      }
      do { try state.table.write() } catch { state.tableError = error }
      return progress(state)
    }
  }

  /// What is done when all threads have stopped.
  func finish() throws -> (table: SweepTable, failures: [SweepEnding], isComplete: Bool) {
    try state.withLock { state in
      if let error = state.tableError { throw error }
      try state.table.write()
      let failures = state.failures.sorted { $0.point.number < $1.point.number }
      return (state.table, failures, state.finished + failures.count == runs)
    }
  }

  private func progress(_ state: State) -> SweepProgress {
    let running = state.running.values.sorted { $0.job.point.number < $1.job.point.number }
    let left =
      state.waiting.reduce(0) { $0 + $1.cost }
      + running.reduce(0) { $0 + $1.job.cost - ($1.progress?.round ?? 0) * $1.job.roundCost }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    return SweepProgress(
      runs: runs, finished: state.finished, failed: state.failures.count,
      running: running.map {
        SweepProgress.Running(
          number: $0.job.point.number, label: $0.job.point.label, round: $0.progress?.round ?? 0,
          rounds: $0.job.rounds, stage: $0.stage)
      },
      secondsLeft: state.costDone > 0 ? seconds / Double(state.costDone) * Double(left) : nil)
  }
}
