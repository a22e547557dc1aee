import Glibc

/// Ranks apps by when they were last used; follows the history as it goes on.
struct MostRecent: Baseline {
  func score(
    _ moment: Moment, in history: ClientHistory, candidates: UnsafeBufferPointer<Int32>,
    into scores: UnsafeMutablePointer<Float>
  ) {
    // Candidates come in this order; the probability of a rank falls as in Zipf's law.
    for index in candidates.indices { scores[index] = -log(Float(index + 1)) }
  }
}
