import Dispatch
import Federation
import Synchronization
import Threads

/// Workers that load while the coordinator still prepares the run, which takes as long.
package final class WorkersAhead: Sendable {
  /// A process on its way from the thread that starts it to the one that uses it.
  private struct Started: @unchecked Sendable {
    let process: WorkerProcess
  }

  private struct State {
    var started: [Int: Result<Started, any Error>] = [:]
    var promised: Set<Int>
  }

  let count: Int
  let source: WorkerSource
  private let state: Mutex<State>
  /// One for each worker.
  private let arrivals: [DispatchSemaphore]
  private let isGivenUp: @Sendable () -> Bool

  /// - Parameters:
  ///   - count: that are started ahead, those with the lowest numbers.
  ///   - workers: in all.
  ///   - isGivenUp: ends every wait for a worker when it turns true.
  package init(
    _ count: Int, of workers: Int, launch: WorkerLaunch, _ configuration: WorkerConfiguration,
    isGivenUp: @escaping @Sendable () -> Bool = { false }
  ) throws(CoordinatorError) {
    self.count = count
    source = try WorkerSource(launch, configuration, workers: workers)
    state = Mutex(State(promised: Set(0..<count)))
    arrivals = (0..<count).map { _ in DispatchSemaphore(value: 0) }
    self.isGivenUp = isGivenUp
    do {
      // Starting a process waits until it runs its program.
      try startThread { [self] in
        for index in 0..<count {
          let result = Result {
            Started(process: try source.start(index, isGivenUp: isGivenUp))
          }
          state.withLock { $0.started[index] = result }
          arrivals[index].signal()
        }
      }
    } catch {
      throw .cannotStart("\(error)")
    }
  }

  /// A worker, waited for so many seconds; nil when it was taken before or is none of these.
  func take(_ index: Int, deadline: Double) throws -> WorkerProcess? {
    try take(index, deadline: deadline, isGivenUp: isGivenUp)
  }

  private func take(
    _ index: Int, deadline: Double, isGivenUp: () -> Bool
  ) throws -> WorkerProcess? {
    guard state.withLock({ $0.promised.remove(index) }) != nil else { return nil }
    let end = DispatchTime.now() + deadline
    while arrivals[index].wait(timeout: min(end, .now() + 0.2)) != .success {
      if isGivenUp() { throw CoordinatorError.interrupted }
      guard DispatchTime.now() < end else {
        throw CoordinatorError.cannotStart("it did not start within \(deadline) seconds")
      }
    }
    return try state.withLock { $0.started.removeValue(forKey: index) }?.get().process
  }

  /// Ends the workers that nobody took, and waits for it.
  package func endUntaken() {
    for index in 0..<count {
      do {
        _ = try take(index, deadline: 5, isGivenUp: { false })?.kill()
      } catch {
        // It could not be started: there is nothing to end.
      }
    }
    source.close()
  }
}
