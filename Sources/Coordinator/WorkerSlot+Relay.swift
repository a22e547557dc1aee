import Messages
import Wire

extension WorkerSlot {
  /// Bytes that fit an empty pipe whatever its size, so that sending them ahead cannot wait for a
  /// worker that itself waits for its answer to be read.
  private static let largestAhead = 1 << 15

  /// What this slot has taken from the queue and not got answered, in order.
  private struct Flight {
    var requests: [RelayStep.Request] = []
    /// When the worker was sent each of those that it has heard of.
    var handedOver: [ContinuousClock.Instant] = []
    var sent: Int { handedOver.count }
  }

  /// Works through the step's queue with this slot's worker or its replacements.
  func drive(_ step: RelayStep, failures: WorkQueue) {
    var lost = FailuresOfPhase()
    // Whether nothing is left or nothing can be done: no other slot waits for more.
    defer { step.queue.close() }
    while true {
      var flight = Flight()
      do {
        try deliver(step, &flight)
        return
      } catch WireError.givenUp {
        failures.fail(CoordinatorError.interrupted)
        return
      } catch let error as WireError {
        let client = flight.requests.first?.client
        step.queue.giveBack(flight.requests, to: index)
        guard
          replaceWorker(
            after: error, on: client, since: flight.handedOver.first, phase: step.phase,
            failures: &lost, queue: failures)
        else { return }
      } catch {
        failures.fail(error)
        return
      }
    }
  }

  private func deliver(_ step: RelayStep, _ flight: inout Flight) throws {
    while true {
      // One request stays ahead of the one that is worked on, so a worker never waits for us.
      while flight.requests.count < 2 * settings.localWorkers,
        let next = step.queue.take(
          for: index,
          mayMove: !settings.isRelayed || flight.requests.count < settings.localWorkers)
      {
        flight.requests.append(next)
      }
      guard !flight.requests.isEmpty else {
        guard step.queue.waitForMore(for: index) else { return }
        continue
      }
      let channel = try readyChannel(for: step.phase)
      while flight.sent < flight.requests.count {
        let request = flight.requests[flight.sent]
        guard let messages = try step.messages(for: request, isKnown: isKnown(request, to: step))
        else {
          try step.receive(
            request.participant, .refusal("its secrets were lost with the worker that held them"))
          flight.requests.remove(at: flight.sent)
          continue
        }
        guard flight.sent == 0 || fitsAhead(messages) else { break }
        for message in messages { try channel.send(message, deadline: settings.deadline) }
        knownParticipants.insert(request.participant)
        flight.handedOver.append(.now)
      }
      guard flight.sent > 0, let current = flight.requests.first else { continue }
      var message = try receive(on: channel)
      if case .kept(let state) = message, step.trains, state.client == current.client {
        step.keep(state)
        message = try receive(on: channel)
      }
      guard case .answer(current.participant, let answer) = message else {
        throw WireError.unexpected("not the answer of participant \(current.participant)")
      }
      try step.receive(current.participant, answer)
      step.queue.served(current.participant, by: index)
      flight.requests.removeFirst()
      flight.handedOver.removeFirst()
    }
  }

  /// Whether the running worker has the participant's latest state.
  private func isKnown(_ request: RelayStep.Request, to step: RelayStep) -> Bool {
    knownParticipants.contains(request.participant)
      && step.queue.holder(of: request.participant) == index
  }

  private func fitsAhead(_ messages: [Message]) -> Bool {
    // A relay always reads.
    if settings.isRelayed { return true }
    let bytes = messages.reduce(0) { total, message in
      switch message {
      case .relay(_, _, let text): return total + text.count
      case .state(let state): return total + MemoryLayout<Float>.size * state.values.count
      default: return total
      }
    }
    return bytes <= Self.largestAhead
  }
}
