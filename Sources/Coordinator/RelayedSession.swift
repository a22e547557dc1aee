import Federation
import Messages
import Synchronization
import Wire

/// A session of secure aggregation whose participants the local workers of a relay are.
///
/// The relay passes messages on; it sees no more than the coordinator does.
final class RelayedSession: RelayedWork {
  private struct State {
    /// By participant: what it has been sent and has answered, for a worker that has to catch up.
    var transcripts: [Int: [[UInt8]]] = [:]
    /// By participant: what it has been sent last and has not answered.
    var asked: [Int: [UInt8]] = [:]
  }

  private let phase: Phase
  private let session: RoundParameters.Session
  private let queue: RelayQueue
  private let failures: WorkQueue
  private let answers: RelayedAnswers
  private let states: RelayedStates
  private let remakesClients: Bool
  private let state = Mutex(State())

  /// - Parameters:
  ///   - places: by client, the slot whose worker has what it reports, of a later sum of a round.
  ///   - send: to the coordinator, without waiting.
  init(
    _ phase: Phase, _ session: RoundParameters.Session, _ states: RelayedStates,
    places: [Int: Int], workers: Int, remakesClients: Bool,
    send: @escaping @Sendable (Message) -> Void
  ) {
    self.phase = phase
    self.session = session
    self.states = states
    self.remakesClients = remakesClients
    queue = RelayQueue(
      places: session.cohort.map { session.step > 0 ? places[$0] : nil }, slots: workers)
    failures = WorkQueue([], workers: workers)
    answers = RelayedAnswers(
      keys: Dictionary(
        zip(session.cohort, session.cohort.indices), uniquingKeysWith: { $1 }), send: send)
  }

  /// By client: the slot whose worker has its latest state.
  var places: [Int: Int] {
    Dictionary(
      zip(session.cohort, queue.holders).compactMap { client, slot in slot.map { (client, $0) } },
      uniquingKeysWith: { $1 })
  }

  /// Takes a message of the server for a participant.
  func take(_ participant: Int, _ message: [UInt8], isReplay: Bool) throws(WireError) {
    guard session.cohort.indices.contains(participant) else {
      throw .malformed("participant \(participant) of no session")
    }
    if isReplay {
      // It comes from another relay; what is left of it here is out of date.
      if message.isEmpty { queue.forget(participant) }
      state.withLock { state in
        state.transcripts[participant] =
          (message.isEmpty ? [] : state.transcripts[participant] ?? []) + [message]
      }
      return
    }
    let past = state.withLock { state in
      state.asked[participant] = message
      return state.transcripts[participant]?.count ?? 0
    }
    answers.expect([participant])
    let outweighsMoving = AggregationStage(rawValue: past)?.outweighsMoving ?? false
    queue.append(
      RelayStep.Request(
        participant: participant, client: session.cohort[participant], message: message),
      mayMove: remakesClients && session.step == 0 && outweighsMoving)
  }

  func run(on pool: WorkerPool) throws -> Message? {
    let step = RelayStep(
      phase: phase, queue: queue,
      transcript: { [self] participant in
        state.withLock { $0.transcripts[participant] ?? [] }
      },
      remakesClients: remakesClients,
      // The coordinator sends what a client kept with the message that makes it train, and only then.
      trains: true,
      receive: { [self] participant, answer throws(WireError) in
        states.drop(session.cohort[participant])
        state.withLock { state in
          guard let message = state.asked.removeValue(forKey: participant) else { return }
          state.transcripts[participant, default: []].append(message)
        }
        answers.take(.answer(participant: participant, answer), of: participant)
      },
      keep: { [answers] own in answers.take(.kept(own), of: own.client) })
    let failures = failures
    pool.onSlots(pool.slots.count) { slot in slot.drive(step, failures: failures) }
    try failures.finish()
    return nil
  }

  func close() { queue.close() }

  func fail(_ error: any Error) {
    failures.fail(error)
    queue.close()
  }
}
