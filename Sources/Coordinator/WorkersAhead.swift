import Dispatch
import Synchronization
import Threads

/// Workers that load while the coordinator still prepares the run, which takes as long.
package final class WorkersAhead: Sendable {
  /// A process on its way from the thread that starts it to the one that uses it.
  private struct Started: @unchecked Sendable {
    let process: WorkerProcess
  }

  private struct State {
    var started: [Result<Started, any Error>] = []
    var promised: Int
  }

  let count: Int
  private let state: Mutex<State>
  private let arrival = DispatchSemaphore(value: 0)
  private let isGivenUp: @Sendable () -> Bool

  /// - Parameter isGivenUp: ends every wait for a worker when it turns true.
  package init(
    _ count: Int, launch: WorkerLaunch, isGivenUp: @escaping @Sendable () -> Bool = { false }
  ) throws(CoordinatorError) {
    self.count = count
    state = Mutex(State(promised: count))
    self.isGivenUp = isGivenUp
    do {
      // Starting a process waits until it runs its program.
      try startThread { [self] in
        for _ in 0..<count {
          let result = Result { Started(process: try WorkerProcess(launch, isGivenUp: isGivenUp)) }
          state.withLock { $0.started.append(result) }
          arrival.signal()
        }
      }
    } catch {
      throw .cannotStart("\(error)")
    }
  }

  /// The next of the workers, waited for so many seconds; nil when all have been taken.
  func take(deadline: Double) throws -> WorkerProcess? {
    try next(deadline: deadline, isGivenUp: isGivenUp)
  }

  private func next(deadline: Double, isGivenUp: () -> Bool) throws -> WorkerProcess? {
    let isPromised = state.withLock { state in
      guard state.promised > 0 else { return false }
      state.promised -= 1
      return true
    }
    guard isPromised else { return nil }
    let end = DispatchTime.now() + deadline
    while arrival.wait(timeout: min(end, .now() + 0.2)) != .success {
      if isGivenUp() { throw CoordinatorError.interrupted }
      guard DispatchTime.now() < end else {
        throw CoordinatorError.cannotStart("it did not start within \(deadline) seconds")
      }
    }
    return try state.withLock { $0.started.removeFirst() }.get().process
  }

  /// Ends the workers that nobody took, and waits for it.
  package func endUntaken() {
    while true {
      do {
        guard let worker = try next(deadline: 5, isGivenUp: { false }) else { return }
        _ = worker.kill()
      } catch {
        // It could not be started: there is nothing to end.
      }
    }
  }
}
