/// How much one client's choices follow each source, learned as they come.
///
/// An online form of expectation maximisation for mixture weights (Cappé and Moulines 2009,
/// https://arxiv.org/abs/0712.4273): each target shares its count among the sources in proportion
/// to the probability they gave it.
struct MixtureWeights: Sendable {
  /// Lanes 0…12 are the probabilities of `FeatureLayout.Candidate` in their order, 13 and 14 the
  /// first and second candidate, 15 the notification's app.
  typealias Sources = SIMD16<Float>
  static let mostRecent = 13
  static let secondMostRecent = 14
  static let notification = 15

  /// Upper ends, in seconds, of the ranges of gaps that have weights of their own.
  private static let gapRanges: [Int64] = [60, 300, 900, 1800, 3600, 7200]
  /// A range for every gap after an unlock, then one for switches inside a session.
  private static let rangeCount = gapRanges.count + 2
  private static let priorCount: Float = 8

  private var counts = [Sources](repeating: prior, count: rangeCount)
  private var totals = [Float](repeating: priorCount, count: rangeCount)

  private static let prior: Sources = {
    var prior = Sources(repeating: priorCount / 15)
    prior[notification] = 0
    return prior
  }()

  static func range(gap: Int64, isSessionStart: Bool) -> Int {
    guard isSessionStart else { return rangeCount - 1 }
    return gapRanges.firstIndex { gap < $0 } ?? gapRanges.count
  }

  /// Weights of the sources, which sum to 1 without a notification.
  func weights(inRange range: Int) -> Sources {
    counts[range] / totals[range]
  }

  /// Shares one target among the sources.
  ///
  /// `parts` sum to 1, each in proportion to weight × probability of its source. A notification's
  /// part counts for none.
  mutating func learn(_ parts: Sources, inRange range: Int) {
    var own = parts
    own[Self.notification] = 0
    counts[range] += own
    totals[range] += 1 - parts[Self.notification]
  }

  mutating func removeAll() {
    for range in counts.indices {
      counts[range] = Self.prior
      totals[range] = Self.priorCount
    }
  }
}
