import Wire

/// One stage of a session on the pipes: a message for each participant that is still there.
struct RelayStep: Sendable {
  struct Request: Sendable {
    let participant: Int
    /// The participant's id in the population, for reports.
    let client: Int
    let message: [UInt8]
  }

  let phase: Phase
  let requests: [Request]
  /// By participant: the messages of earlier stages, for a worker that has to catch up.
  let transcript: [[[UInt8]]]
  /// Called by several threads; an answer that cannot be is the worker's fault.
  let receive: @Sendable (_ participant: Int, _ answer: Answer) throws(WireError) -> Void

  /// What a worker must be sent for a request.
  func messages(for request: Request, isKnown: Bool) -> [Message] {
    let past = isKnown ? [] : transcript[request.participant]
    return past.map { message in
      .relay(participant: request.participant, isReplay: true, message: message)
    } + [.relay(participant: request.participant, isReplay: false, message: request.message)]
  }
}

extension WorkerPool {
  /// Delivers a step's messages and hands the answers in, in any order.
  ///
  /// A participant stays in its slot for the whole session: its worker holds its secrets.
  func relay(_ step: RelayStep) throws {
    let count = slots.count
    let failures = WorkQueue([], workers: count)
    onSlots(count) { slot in
      let own = step.requests.filter { $0.participant % count == slot.index }
      if !own.isEmpty { slot.drive(step, own, failures: failures) }
    }
    try failures.finish()
  }
}
