import Wire

extension WorkerSlot {
  /// A message that fits an empty pipe whatever its size, so that sending it ahead cannot wait for
  /// a worker that itself waits for its answer to be read.
  private static let largestAhead = 1 << 15

  /// Delivers these requests, in order, to this slot's worker or its replacements.
  func drive(_ step: RelayStep, _ requests: [RelayStep.Request], failures: WorkQueue) {
    var rest = requests[...]
    var failuresHere = 0
    while true {
      do {
        try deliver(&rest, of: step)
        return
      } catch let error as WireError {
        failuresHere += 1
        guard
          replaceWorker(
            after: error, on: rest.first?.client, suspect: rest.first?.client, phase: step.phase,
            failuresHere: failuresHere, queue: failures)
        else { return }
      } catch {
        failures.fail(error)
        return
      }
    }
  }

  /// Leaves in `rest` what has not been answered.
  private func deliver(_ rest: inout ArraySlice<RelayStep.Request>, of step: RelayStep) throws {
    let channel = try readyChannel(for: step.phase)
    var sent = rest.startIndex
    while let next = rest.first {
      // One request stays ahead of the one that is worked on, so a worker never waits for us.
      while sent < min(rest.endIndex, rest.startIndex + 2) {
        let request = rest[sent]
        let messages = step.messages(
          for: request, isKnown: knownParticipants.contains(request.participant))
        guard sent == rest.startIndex || messages.count == 1 && fitsAhead(request) else { break }
        for message in messages { try channel.send(message, deadline: settings.deadline) }
        knownParticipants.insert(request.participant)
        sent += 1
      }
      guard case .answer(next.participant, let answer) = try receive(on: channel) else {
        throw WireError.unexpected("not the answer of participant \(next.participant)")
      }
      try step.receive(next.participant, answer)
      rest = rest.dropFirst()
    }
  }

  private func fitsAhead(_ request: RelayStep.Request) -> Bool {
    request.message.count <= Self.largestAhead
  }
}
