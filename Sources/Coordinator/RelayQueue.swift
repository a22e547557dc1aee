import Synchronization

/// The requests of one step of a session: a line for every slot.
///
/// A participant stays with the worker that holds its secrets as long as that costs no time; where
/// clients can be made again, a slot without work takes over from the longest line.
package final class RelayQueue: Sendable {
  private struct State {
    var lines: [ArraySlice<RelayStep.Request>]
    /// By participant: the slot whose worker has its latest state.
    var holders: [Int?]
  }

  private let state: Mutex<State>
  private let mayMove: Bool

  /// - Parameters:
  ///   - places: by participant, the slot that is to serve it.
  ///   - mayMove: whether moving a participant costs less than waiting for its slot.
  package init(
    _ requests: [RelayStep.Request], places: [Int], holders: [Int?], slots: Int, mayMove: Bool
  ) {
    var lines = [ArraySlice<RelayStep.Request>](repeating: [], count: slots)
    for request in requests { lines[places[request.participant]].append(request) }
    state = Mutex(State(lines: lines, holders: holders))
    self.mayMove = mayMove
  }

  package var holders: [Int?] { state.withLock(\.holders) }

  package func holder(of participant: Int) -> Int? { state.withLock { $0.holders[participant] } }

  /// The next request for a slot; nil when there is none left that it should take.
  package func take(for slot: Int) -> RelayStep.Request? {
    state.withLock { state in
      if let request = state.lines[slot].popFirst() { return request }
      guard mayMove,
        let longest = state.lines.indices.max(by: {
          state.lines[$0].count < state.lines[$1].count
        }), state.lines[longest].count > 1
      else { return nil }
      return state.lines[longest].popLast()
    }
  }

  /// Puts requests back that were lost with a slot's worker.
  package func giveBack(_ requests: [RelayStep.Request], to slot: Int) {
    state.withLock { $0.lines[slot] = ArraySlice(requests + $0.lines[slot]) }
  }

  /// Says whose worker has a participant's latest state.
  package func served(_ participant: Int, by slot: Int) {
    state.withLock { $0.holders[participant] = slot }
  }
}
