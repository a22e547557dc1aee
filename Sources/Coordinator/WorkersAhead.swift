import Dispatch
import Foundation
import Synchronization

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

  private let state: Mutex<State>
  private let arrival = DispatchSemaphore(value: 0)

  package init(_ count: Int, launch: WorkerLaunch) {
    state = Mutex(State(promised: count))
    // Starting a process waits for the library that does it.
    Thread.detachNewThread { [self] in
      for _ in 0..<count {
        let result = Result { Started(process: try WorkerProcess(launch)) }
        state.withLock { $0.started.append(result) }
        arrival.signal()
      }
    }
  }

  /// The next of the workers, waited for; nil when all have been taken.
  func take() throws -> WorkerProcess? {
    let isPromised = state.withLock { state in
      guard state.promised > 0 else { return false }
      state.promised -= 1
      return true
    }
    guard isPromised else { return nil }
    arrival.wait()
    return try state.withLock { $0.started.removeFirst() }.get().process
  }

  /// Ends the workers that nobody took, and waits for it.
  ///
  /// The library that starts them complains on standard error when the program ends in the middle
  /// of a start, right behind the sentence that says why the run could not begin.
  package func endUntaken() {
    while true {
      do {
        guard let worker = try take() else { return }
        _ = worker.kill()
      } catch {
        // It could not be started: there is nothing to end.
      }
    }
  }
}
