import Federation
import Messages
import Synchronization

/// Work on clients that the local workers of a relay do as the coordinator hands it out.
final class RelayedPhase: RelayedWork {
  let phase: Phase
  private let queue: WorkQueue
  private let answers: RelayedAnswers
  private let results: PhaseResults
  private let isCollected = Atomic(false)

  /// - Parameters:
  ///   - sumLength: numbers of a sum, or of what comes in its place.
  ///   - send: to the coordinator, without waiting.
  init(
    _ phase: Phase, _ states: RelayedStates, workers: Int, sumLength: Int,
    send: @escaping @Sendable (Message) -> Void
  ) {
    self.phase = phase
    queue = WorkQueue([], workers: workers, isOpen: true)
    let answers = RelayedAnswers(send: send)
    self.answers = answers
    results = PhaseResults(
      parameterCount: sumLength, collects: phase.collects, isSummed: phase.isSummed, clients: 0,
      counted: nil,
      onward: { [kind = phase.kind] message, client in
        answers.take(message, of: client)
        // Whoever is in a sum that a worker still has may have to train again.
        if case .evaluation = kind { states.drop(client) }
      })
  }

  func hand(_ clients: [Int]) {
    answers.expect(clients)
    queue.append(clients)
  }

  /// Says that nothing will be added, and that the coordinator wants the sum.
  func collect() {
    isCollected.store(true, ordering: .sequentiallyConsistent)
    queue.close()
  }

  func run(on pool: WorkerPool) throws -> Message? {
    let (phase, queue, results) = (phase, queue, results)
    pool.onSlots(pool.slots.count) { slot in slot.drive(phase, queue: queue, results: results) }
    try queue.finish()
    return isCollected.load(ordering: .sequentiallyConsistent) ? .sum(results.sum) : nil
  }

  func close() { queue.close() }

  func fail(_ error: any Error) { queue.fail(error) }
}

/// What clients that are to be worked on have kept, as it came with their work.
final class RelayedStates: Sendable {
  private let states = Mutex<[Int: [Float]]>([:])

  func take(_ state: ClientState) { states.withLock { $0[state.client] = state.values } }

  subscript(client: Int) -> [Float]? { states.withLock { $0[client] } }

  func drop(_ client: Int) { _ = states.withLock { $0.removeValue(forKey: client) } }
}
