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
  /// By client: whom the coordinator asks for in its place.
  private let keys: [Int: Int]
  private let send: @Sendable (Message) -> Void

  /// - Parameters:
  ///   - keys: by client, the participant that it is; empty where the coordinator asks for clients.
  ///   - send: called in order, by several threads one at a time; must not wait.
  package init(keys: [Int: Int] = [:], send: @escaping @Sendable (Message) -> Void) {
    self.keys = keys
    self.send = send
  }

  /// Says whom the coordinator asks for next.
  package func expect(_ keys: [Int]) {
    state.withLock { state in
      state.expected += keys
      for key in keys { state.answers[key] = Answer() }
    }
  }

  /// Takes a message of a worker.
  ///
  /// - Parameter key: whom it answers, if it is an answer for one alone.
  package func take(_ message: Message, of key: Int) {
    state.withLock { state in
      switch message {
      case .kept(let own): state.answers[keys[own.client] ?? own.client]?.kept = message
      case .update(let client, _): state.answers[client]?.update = message
      case .trained(let clients):
        for one in clients { state.answers[one.client]?.last = .trained([one]) }
      case .surveyed(let clients):
        for one in clients { state.answers[one.client]?.last = .surveyed([one]) }
      default: state.answers[key]?.last = message
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
