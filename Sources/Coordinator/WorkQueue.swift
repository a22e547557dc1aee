import Synchronization

/// The clients of one phase that nobody has finished, handed out in pieces.
final class WorkQueue: Sendable {
  private struct State {
    var pending: ArraySlice<Int>
    var failure: (any Error)?
    var failures: [Int: (count: Int, last: ContinuousClock.Instant)] = [:]
  }

  private let state: Mutex<State>
  private let workers: Int

  init(_ clients: [Int], workers: Int) {
    state = Mutex(State(pending: clients[...]))
    self.workers = workers
  }

  /// The next piece, smaller towards the end so that the workers finish together; empty when
  /// nothing is left or the phase has failed.
  func take(atMost most: Int) -> [Int] {
    state.withLock { state in
      guard state.failure == nil else { return [] }
      let size = max(1, min(most, state.pending.count / (2 * workers)))
      let piece = state.pending.prefix(size)
      state.pending = state.pending.dropFirst(piece.count)
      return Array(piece)
    }
  }

  /// Puts clients back whose work was lost with their worker.
  func giveBack(_ clients: [Int]) {
    state.withLock { $0.pending = ArraySlice(clients + $0.pending) }
  }

  /// Counts a worker lost on this client and returns how many there were in this phase.
  ///
  /// - Parameter lastAnswer: when that worker was last heard. One that has not been heard since the
  ///   client's last failure may have been dead when it was handed the client: it does not count.
  func countFailure(on client: Int, lastAnswer: ContinuousClock.Instant) -> Int {
    let now = ContinuousClock.now
    return state.withLock { state in
      let known = state.failures[client]
      let counts = known.map { lastAnswer > $0.last } ?? true
      let count = (known?.count ?? 0) + (counts ? 1 : 0)
      state.failures[client] = (count, now)
      return count
    }
  }

  func fail(_ error: any Error) {
    state.withLock { state in
      if state.failure == nil { state.failure = error }
    }
  }

  /// Throws the first failure, if any.
  func finish() throws {
    if let failure = state.withLock({ $0.failure }) { throw failure }
  }
}
