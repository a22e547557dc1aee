import Glibc

/// Predicts the first app of the last session that had one, then the most frequent first apps;
/// follows the history as it goes on.
struct RepeatFirst: Baseline {
  private var counts = AppCounts()
  private var last: Int32 = -1
  private var nextSession = 0

  mutating func score(
    _ moment: Moment, in history: ClientHistory, candidates: UnsafeBufferPointer<Int32>,
    into scores: UnsafeMutablePointer<Float>
  ) {
    while nextSession < moment.session {
      let opens = history.sessions[nextSession].opens
      if !opens.isEmpty {
        last = history.opens[opens.lowerBound].app
        counts.add(last)
      }
      nextSession += 1
    }
    for (index, app) in candidates.enumerated() {
      scores[index] = log(counts.share(of: app) + (app == last ? 1 : 0))
    }
  }
}
