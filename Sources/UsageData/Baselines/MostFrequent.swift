import Glibc

/// Ranks apps by how often they were opened in the past; fitted once.
struct MostFrequent: Baseline {
  private var counts = AppCounts()

  /// Counts opens; for `next_app`, where self transitions are dropped, repeats do not count.
  init(opens: ArraySlice<AppOpen>, task: PredictionTask) {
    var previous: Int32 = -1
    for open in opens {
      if task == .firstApp || open.app != previous { counts.add(open.app) }
      previous = open.app
    }
  }

  func score(
    _ moment: Moment, in history: ClientHistory, candidates: UnsafeBufferPointer<Int32>,
    into scores: UnsafeMutablePointer<Float>
  ) {
    for (index, app) in candidates.enumerated() { scores[index] = log(counts.share(of: app)) }
  }
}
