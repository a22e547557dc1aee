import Federation
import Messages
import Wire

/// One stage of a session on the pipes: a message for each participant that is still there; in a relay
/// all its stages.
package struct RelayStep: Sendable {
  package struct Request: Sendable {
    package let participant: Int
    /// The participant's id in the population, for reports.
    let client: Int
    let message: [UInt8]

    package init(participant: Int, client: Int, message: [UInt8]) {
      self.participant = participant
      self.client = client
      self.message = message
    }
  }

  let phase: Phase
  let queue: RelayQueue
  /// The messages of earlier stages to a participant, for a worker that has to catch up.
  let transcript: @Sendable (_ participant: Int) -> [[UInt8]]
  /// Whether a client that is made again and told the same things is the same client.
  let remakesClients: Bool
  /// Whether clients train in this step.
  let trains: Bool
  /// Called by several threads; an answer that cannot be is the worker's fault.
  let receive: @Sendable (_ participant: Int, _ answer: Answer) throws(WireError) -> Void
  /// The same of what a client keeps.
  let keep: @Sendable (_ state: ClientState) -> Void

  /// What a worker must be sent for a request; nil when the participant is lost for good.
  func messages(for request: Request, isKnown: Bool) throws -> [Message]? {
    let past = isKnown ? [] : transcript(request.participant)
    guard past.isEmpty || remakesClients else { return nil }
    var messages: [Message] = past.map { message in
      .relay(participant: request.participant, isReplay: true, message: message)
    }
    if trains, let values = try phase.states?(request.client) {
      messages.append(.state(ClientState(client: request.client, values: values)))
    }
    return messages + [
      .relay(participant: request.participant, isReplay: false, message: request.message)
    ]
  }
}

extension WorkerPool {
  /// Delivers a step's messages and hands the answers in, in any order.
  func relay(_ step: RelayStep) throws {
    let failures = WorkQueue([], workers: slots.count)
    onSlots(slots.count) { slot in slot.drive(step, failures: failures) }
    try failures.finish()
  }
}
