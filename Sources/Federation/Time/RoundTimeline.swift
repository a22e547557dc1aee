/// One client's way through a round, as far as its phone decides it; times in microseconds.
package struct TimedClient: Equatable, Sendable {
  package var client: Int
  /// Of each stage, in the order of the stages.
  package var durations: [Int]
  /// When the phone stops being available; nil where it is not at the beginning, `Int.max` for never.
  package var availableUntil: Int?
  /// The stage whose message it does not send, as `faults` says; nil where it stays.
  package var lostIn: AggregationStage?

  package init(
    client: Int, durations: [Int], availableUntil: Int? = .max, lostIn: AggregationStage? = nil
  ) {
    self.client = client
    self.durations = durations
    self.availableUntil = availableUntil
    self.lostIn = lostIn
  }
}

/// What a clock makes of a round: who comes too late, who is interrupted, and when it is over.
///
/// Nothing is foreseen: the server closes a stage by what has happened until then. Ties are broken by client.
package struct RoundTimeline: Equatable, Sendable {
  /// Why a client does not report.
  package enum Absence: Equatable, Sendable {
    case unavailable, late, interrupted
  }

  /// When the round is over.
  package private(set) var end: Int
  /// By client: the first stage whose message the server does not get in time, and why.
  package private(set) var absences: [Int: (stage: AggregationStage, reason: Absence)] = [:]
  /// Clients whose update arrives in time.
  package private(set) var reporting: [Int] = []
  /// Microseconds that phones have worked, by client.
  package private(set) var worked: [Int: Int] = [:]

  /// - Parameters:
  ///   - start: of the round.
  ///   - stages: as many as each client has durations.
  ///   - closing: what ends the wait for updates.
  package init(
    from start: Int, _ clients: [TimedClient], stages: [AggregationStage] = [.input],
    _ closing: RoundClosing = RoundClosing()
  ) {
    end = start
    var present: [TimedClient] = []
    for client in clients {
      precondition(client.durations.count == stages.count, "a duration for every stage")
      worked[client.client] = 0
      if (client.availableUntil ?? start) > start {
        present.append(client)
      } else {
        absences[client.client] = (stages[0], .unavailable)
      }
    }
    for (index, stage) in stages.enumerated() {
      let isInput = stage == .input
      present = pass(
        stage, index, present, first: isInput ? closing.first : nil,
        limit: stage <= .input ? closing.deadline.map { start + $0 } : nil)
      if isInput { reporting = present.map(\.client).sorted() }
    }
  }

  /// What one client does in a stage.
  private struct Arrival {
    var client: TimedClient
    var time: Int
    /// Whether its message arrives then; else the server learns that it is gone.
    var isMessage: Bool
    var isInterrupted: Bool
  }

  /// Lets clients do their part in a stage, closes it, and returns who is left.
  private mutating func pass(
    _ stage: AggregationStage, _ index: Int, _ clients: [TimedClient], first: Int?, limit: Int?
  ) -> [TimedClient] {
    let start = end
    let arrivals = clients.map { client in
      let done = start + client.durations[index]
      let until = client.availableUntil ?? start
      return Arrival(
        client: client, time: min(done, max(start, until)),
        isMessage: done <= until && client.lostIn != stage, isInterrupted: done > until)
    }.sorted { ($0.time, $0.client.client) < ($1.time, $1.client.client) }
    var counted: [Arrival] = []
    var close = start
    for arrival in arrivals {
      if let first, counted.count == first { break }
      if let limit, arrival.time > limit { break }
      close = arrival.time
      if arrival.isMessage { counted.append(arrival) }
    }
    // Somebody is still waited for when the time is over.
    let isFull = first.map { counted.count == $0 } ?? false
    if let limit, !isFull, arrivals.contains(where: { $0.time > limit }) {
      close = max(close, limit)
    }
    end = close
    let inTime = Set(counted.map(\.client.client))
    for arrival in arrivals {
      let client = arrival.client.client
      worked[client, default: 0] += arrival.time - start
      guard !inTime.contains(client) else { continue }
      // Whom `faults` lose is neither; it drops out by itself.
      if arrival.isInterrupted, arrival.time <= close {
        absences[client] = (stage, .interrupted)
      } else if arrival.isMessage || arrival.isInterrupted {
        absences[client] = (stage, .late)
      }
    }
    return counted.map(\.client).sorted { $0.client < $1.client }
  }

  package func count(_ reason: Absence) -> Int { absences.values.count { $0.reason == reason } }

  /// Microseconds of work of clients that are not among these.
  package func wasted(besides counted: Set<Int>) -> Int {
    worked.reduce(0) { $0.addingSaturated(counted.contains($1.key) ? 0 : $1.value) }
  }

  package static func == (left: Self, right: Self) -> Bool {
    left.end == right.end && left.reporting == right.reporting && left.worked == right.worked
      && left.absences.mapValues(\.stage) == right.absences.mapValues(\.stage)
      && left.absences.mapValues(\.reason) == right.absences.mapValues(\.reason)
  }
}
