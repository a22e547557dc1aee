import Synchronization

/// The clients of one phase that nobody has finished, handed out in pieces.
final class WorkQueue: Sendable {
  private struct State {
    var pending: ArraySlice<Int>
    /// By slot, those of the pending that it should rather have; taken by others when nothing else is left.
    var own: [Int: ArraySlice<Int>] = [:]
    var isOpen: Bool
    var failure: (any Error)?
    var failures: [Int: (count: Int, last: ContinuousClock.Instant)] = [:]

    /// Whether nothing is left to hand out, now and later.
    var isOver: Bool { failure != nil || count == 0 && !isOpen }
    var count: Int { own.values.reduce(pending.count) { $0 + $1.count } }

    /// Takes the first of those that are for a slot, or for anybody, or at last for another slot.
    mutating func take(_ size: Int, slot: Int?) -> [Int] {
      if let slot, let mine = own[slot], !mine.isEmpty {
        own[slot] = mine.dropFirst(size)
        return Array(mine.prefix(size))
      }
      if pending.isEmpty,
        let other = own.max(by: { ($0.value.count, $1.key) < ($1.value.count, $0.key) })
      {
        own[other.key] = other.value.dropLast(size)
        return Array(other.value.suffix(size))
      }
      let piece = Array(pending.prefix(size))
      pending = pending.dropFirst(piece.count)
      return piece
    }
  }

  private let state: Mutex<State>
  private let changes = ChangeSignal()
  private let workers: Int

  /// - Parameters:
  ///   - workers: among all slots: a relay has several.
  ///   - isOpen: whether more clients are to come, until `close`.
  ///   - places: by client, the slot that should rather have it.
  init(_ clients: [Int], workers: Int, isOpen: Bool = false, places: [Int: Int] = [:]) {
    var own: [Int: ArraySlice<Int>] = [:]
    var pending = clients[...]
    if !places.isEmpty {
      pending = clients.filter { places[$0] == nil }[...]
      for client in clients {
        if let slot = places[client] { own[slot, default: []].append(client) }
      }
    }
    state = Mutex(State(pending: pending, own: own, isOpen: isOpen))
    self.workers = workers
  }

  /// The next piece, smaller towards the end so that the workers finish together; empty when
  /// nothing is left or the phase has failed.
  ///
  /// - Parameters:
  ///   - most: of clients for a worker.
  ///   - own: workers that the piece is for.
  ///   - slot: that asks; nil for one that may be any.
  func take(atMost most: Int, for own: Int = 1, slot: Int? = nil) -> [Int] {
    state.withLock { state in
      guard state.failure == nil else { return [] }
      let size = own * max(1, min(most, state.count / (2 * workers)))
      return state.take(size, slot: slot)
    }
  }

  /// Waits where more clients may come; false when none will.
  func waitForMore() -> Bool {
    var isOver = false
    changes.wait {
      state.withLock { state in
        isOver = state.isOver
        return isOver || state.count > 0
      }
    }
    return !isOver
  }

  /// Adds clients to a queue that is open.
  func append(_ clients: [Int]) {
    state.withLock { $0.pending += clients }
    changes.announce()
  }

  /// Says that no more clients will come.
  func close() {
    state.withLock { $0.isOpen = false }
    changes.announce()
  }

  /// Puts clients back whose work was lost with their worker.
  func giveBack(_ clients: [Int]) {
    state.withLock { $0.pending = ArraySlice(clients + $0.pending) }
    changes.announce()
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
    changes.announce()
  }

  /// Throws the first failure, if any.
  func finish() throws {
    if let failure = state.withLock({ $0.failure }) { throw failure }
  }
}
