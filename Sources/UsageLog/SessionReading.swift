import Tables
import UsageData

/// How the sessions of a log were found, for the one who imports it.
package struct SessionReading: Sendable {
  /// The header of the column that tells sessions apart; nil where unlocks, locks and pauses do.
  package var column: String?
  /// Seconds of a pause that ends a session without an unlock.
  package var gapSeconds: Int64 = 0
  /// Clients with rows, and those of them that log no unlock.
  package private(set) var clients = 0
  package private(set) var clientsWithoutUnlock = 0
  /// Sessions of clients without unlocks: those that open an app, and those that open one only.
  package private(set) var openingSessions = 0
  package private(set) var singleSessions = 0
  /// Headers of columns that say how long an app was in use, which nobody reads.
  package var durations: [String] = []

  package init() {}

  /// Counts the sessions of the next client.
  mutating func add(_ history: ClientHistory, hasUnlocks: Bool) {
    clients += 1
    guard !hasUnlocks else { return }
    clientsWithoutUnlock += 1
    for session in history.sessions where !session.opens.isEmpty {
      openingSessions += 1
      if session.opens.count == 1 { singleSessions += 1 }
    }
  }

  /// What a summary says about them.
  package var lines: [String] {
    if let column { return ["sessions: as the column \(quoted(column)) says"] }
    guard clientsWithoutUnlock > 0 else {
      return ["sessions: from an unlock to the lock or the next unlock"]
    }
    let who =
      clientsWithoutUnlock == clients
      ? "no unlock is logged, so a session begins"
      : "\(clientsWithoutUnlock) of \(clients) clients log no unlock, so a session of theirs begins"
    let share = openingSessions > 0 ? singleSessions * 100 / openingSessions : 0
    var lines = [
      "sessions: \(who) after \(gapSeconds) s without an open (--session-gap); \(share) % of them hold one "
        + "app" + (share >= Self.manyPercent ? ", so the \"first app\" is nearly every app" : "")
    ]
    if !durations.isEmpty {
      let names = durations.map(quoted).joined(separator: ", ")
      lines.append(
        "durations: \(names) \(durations.count == 1 ? "is" : "are") not read, so an app in use for more than "
          + "\(gapSeconds) s counts as idle, and what follows as a new session; a row of the event close "
          + "at the end of each use keeps the session")
    }
    return lines
  }

  private static let manyPercent = 90
}

/// Whether a header says how long an app was in use, or until when.
func isDuration(_ header: String) -> Bool {
  let name = normalizedHeader(header)
  let ends = [
    "end", "end_time", "endtime", "end_timestamp", "end_date", "stop_time", "time_spent",
    "usage_time", "elapsed", "time_in_foreground", "foreground_time", "length_of_use",
  ]
  return name.contains("duration") || ends.contains(name)
}
