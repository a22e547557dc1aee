import Synchronization

/// The requests of one step of a session, or in a relay of all its steps: a line for every slot.
///
/// A participant stays with the worker that holds its secrets as long as that costs no time; where
/// clients can be made again, a slot without work takes over from the longest line.
package final class RelayQueue: Sendable {
  private struct State {
    var lines: [ArraySlice<RelayStep.Request>]
    /// By participant: the slot whose worker has its latest state.
    var holders: [Int?]
    /// By participant: the slot that serves it first; nil for any.
    var places: [Int?]
    var mayMove: Bool
    var isOpen: Bool
    /// By slot: participants that were given to it because they had no place.
    var placed: [Int]

    mutating func placeOfNew(_ participant: Int) -> Int {
      if let place = holders[participant] ?? places[participant] { return place }
      let place = lines.indices.min { (placed[$0], $0) < (placed[$1], $1) } ?? 0
      placed[place] += 1
      places[participant] = place
      return place
    }

    /// What a slot takes next, and whose line it is in.
    func next(for slot: Int, mayMove: Bool) -> (line: Int, isOwn: Bool)? {
      if !lines[slot].isEmpty { return (slot, true) }
      guard mayMove, self.mayMove,
        let longest = lines.indices.max(by: { lines[$0].count < lines[$1].count }),
        lines[longest].count > 1
      else { return nil }
      return (longest, false)
    }
  }

  private let state: Mutex<State>
  private let changes = ChangeSignal()

  /// - Parameters:
  ///   - places: by participant, the slot that is to serve it.
  ///   - mayMove: whether moving a participant costs less than waiting for its slot.
  package init(
    _ requests: [RelayStep.Request], places: [Int], holders: [Int?], slots: Int, mayMove: Bool
  ) {
    var lines = [ArraySlice<RelayStep.Request>](repeating: [], count: slots)
    for request in requests { lines[places[request.participant]].append(request) }
    state = Mutex(
      State(
        lines: lines, holders: holders, places: places, mayMove: mayMove, isOpen: false,
        placed: [Int](repeating: 0, count: slots)))
  }

  /// A queue that requests are added to until it is closed.
  ///
  /// - Parameter places: by participant, the slot that is to serve it; nil for any.
  package init(places: [Int?], slots: Int) {
    state = Mutex(
      State(
        lines: [ArraySlice<RelayStep.Request>](repeating: [], count: slots),
        holders: places.map { _ in nil }, places: places, mayMove: false, isOpen: true,
        placed: [Int](repeating: 0, count: slots)))
  }

  package var holders: [Int?] { state.withLock(\.holders) }

  package func holder(of participant: Int) -> Int? { state.withLock { $0.holders[participant] } }

  /// The next request for a slot; nil when there is none left that it should take.
  ///
  /// - Parameter mayMove: whether the slot has nothing else to do.
  package func take(for slot: Int, mayMove: Bool = true) -> RelayStep.Request? {
    state.withLock { state in
      guard let next = state.next(for: slot, mayMove: mayMove) else { return nil }
      return next.isOwn ? state.lines[next.line].popFirst() : state.lines[next.line].popLast()
    }
  }

  /// Waits where more requests for a slot may come; false when none will.
  package func waitForMore(for slot: Int) -> Bool {
    var hasMore = false
    changes.wait {
      state.withLock { state in
        hasMore = state.next(for: slot, mayMove: true) != nil
        return hasMore || !state.isOpen
      }
    }
    return hasMore
  }

  /// Adds a request to a queue that is open.
  ///
  /// - Parameter mayMove: whether moving a participant now costs less than waiting for its slot.
  package func append(_ request: RelayStep.Request, mayMove: Bool) {
    state.withLock { state in
      state.mayMove = mayMove
      state.lines[state.placeOfNew(request.participant)].append(request)
    }
    changes.announce()
  }

  /// Says that nobody here has a participant's latest state any more.
  package func forget(_ participant: Int) { state.withLock { $0.holders[participant] = nil } }

  /// Says that no more requests will come.
  package func close() {
    state.withLock { $0.isOpen = false }
    changes.announce()
  }

  /// Puts requests back that were lost with a slot's worker.
  package func giveBack(_ requests: [RelayStep.Request], to slot: Int) {
    state.withLock { $0.lines[slot] = ArraySlice(requests + $0.lines[slot]) }
    changes.announce()
  }

  /// Says whose worker has a participant's latest state.
  package func served(_ participant: Int, by slot: Int) {
    state.withLock { $0.holders[participant] = slot }
  }
}
