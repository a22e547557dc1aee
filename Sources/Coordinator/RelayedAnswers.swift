import Messages
import Synchronization

/// What the workers of a relay say of clients, or of participants, in the order in which the coordinator
/// asked.
///
/// Workers finish in any order, and one that was lost is done again by another; the coordinator hears of
/// everybody once, as if one worker had done it all.
package final class RelayedAnswers: Sendable {
  private struct Answer {
    var kept: Message?
    var update: Message?
    /// The answer that ends it.
    var last: Message?
  }

  private struct State {
    /// Not answered yet, in order.
    var expected: ArraySlice<Int> = []
    /// Of those that are expected.
    var answers: [Int: Answer] = [:]
  }

  private let state = Mutex(State())
  private let send: @Sendable (Message) -> Void

  /// - Parameter send: called in order, by several threads one at a time; must not wait.
  package init(send: @escaping @Sendable (Message) -> Void) { self.send = send }

  /// Says whom the coordinator asks for next.
  package func expect(_ keys: [Int]) {
    state.withLock { state in
      state.expected += keys
      for key in keys { state.answers[key] = Answer() }
    }
  }

  /// Takes a message of a worker.
  ///
  /// - Parameter key: whom it is about, where it names a client and a participant is expected.
  package func take(_ message: Message, of key: Int? = nil) {
    state.withLock { state in
      switch message {
      case .kept(let own): state.answers[key ?? own.client]?.kept = message
      case .update(let client, _): state.answers[client]?.update = message
      case .trained(let clients):
        for one in clients { state.answers[one.client]?.last = .trained([one]) }
      case .evaluated(let evaluation): state.answers[evaluation.client]?.last = message
      case .measured(let measured): state.answers[measured.client]?.last = message
      case .lived(let life): state.answers[life.client]?.last = message
      case .answer(let participant, _): state.answers[participant]?.last = message
      case .pooled:
        // Names nobody: it is asked for by itself.
        if let key = state.expected.first { state.answers[key]?.last = message }
      default: return
      }
      sendFinished(&state)
    }
  }

  /// Sends what is known up to the first that is not.
  private func sendFinished(_ state: inout State) {
    var trained: [TrainedClient] = []
    while let key = state.expected.first, let last = state.answers[key]?.last {
      for message in [state.answers[key]?.kept, state.answers[key]?.update] {
        if let message { send(message) }
      }
      if case .trained(let clients) = last { trained += clients } else { send(last) }
      state.expected.removeFirst()
      state.answers[key] = nil
    }
    if !trained.isEmpty { send(.trained(trained)) }
  }
}
