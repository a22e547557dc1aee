/// Counts that ranking metrics are made of; tallies of disjoint examples add up.
package struct RankingTally: Codable, Equatable, Sendable {
  package private(set) var examples = 0
  /// Examples whose target was not among the candidates: a miss for every predictor.
  package private(set) var unseen = 0
  /// Examples whose target was ranked first, among the first three, among the first five.
  package private(set) var top1 = 0
  package private(set) var top3 = 0
  package private(set) var top5 = 0
  /// Over the full candidate list; an unseen target adds nothing.
  package private(set) var reciprocalRankSum = 0.0
  /// Nats, over the examples whose target is a candidate.
  package private(set) var crossEntropySum = 0.0

  package init() {}

  /// A tally as it came over the wire.
  package init(
    examples: Int, unseen: Int, top1: Int, top3: Int, top5: Int, reciprocalRankSum: Double,
    crossEntropySum: Double
  ) {
    self.examples = examples
    self.unseen = unseen
    self.top1 = top1
    self.top3 = top3
    self.top5 = top5
    self.reciprocalRankSum = reciprocalRankSum
    self.crossEntropySum = crossEntropySum
  }

  /// Records one example.
  ///
  /// - Parameters:
  ///   - scores: one per candidate, log-probabilities up to a constant; of equal scores the earlier
  ///     candidate ranks higher, and a score that is not a number ranks the target last.
  ///   - target: position of the true app among the candidates, negative if it is not there.
  package mutating func record(scores: UnsafeBufferPointer<Float>, target: Int) {
    examples += 1
    guard target >= 0 else {
      unseen += 1
      return
    }
    let rank = Self.rank(of: target, in: scores)
    if rank <= 1 { top1 += 1 }
    if rank <= 3 { top3 += 1 }
    if rank <= 5 { top5 += 1 }
    reciprocalRankSum += 1 / Double(rank)
    crossEntropySum += Self.crossEntropy(of: target, in: scores)
  }

  // MARK: - Metrics, of one example or more

  package var accuracyTop1: Double { Double(top1) / Double(examples) }
  package var accuracyTop3: Double { Double(top3) / Double(examples) }
  package var accuracyTop5: Double { Double(top5) / Double(examples) }
  package var mrr: Double { reciprocalRankSum / Double(examples) }
  /// Nats per example whose target is a candidate; nil when there is none.
  package var crossEntropy: Double? {
    examples > unseen ? crossEntropySum / Double(examples - unseen) : nil
  }

  package static func += (left: inout RankingTally, right: RankingTally) {
    left.examples += right.examples
    left.unseen += right.unseen
    left.top1 += right.top1
    left.top3 += right.top3
    left.top5 += right.top5
    left.reciprocalRankSum += right.reciprocalRankSum
    left.crossEntropySum += right.crossEntropySum
  }

  /// Whether the target is a candidate and ranks first.
  static func isFirst(_ target: Int, in scores: UnsafeBufferPointer<Float>) -> Bool {
    target >= 0 && rank(of: target, in: scores) == 1
  }

  /// 1 for the highest score.
  private static func rank(of target: Int, in scores: UnsafeBufferPointer<Float>) -> Int {
    let score = scores[target]
    var rank = 1
    // Negated so that NaN on either side counts against the target.
    for other in 0..<target where !(scores[other] < score) { rank += 1 }
    for other in (target + 1)..<scores.count where !(scores[other] <= score) { rank += 1 }
    return rank
  }

  private static func crossEntropy(
    of target: Int, in scores: UnsafeBufferPointer<Float>
  ) -> Double {
    let (highest, logTotal) = Softmax.normalizer(of: scores)
    return logTotal - Double(scores[target] - highest)
  }

  /// Position of the highest score, the earliest of equals; nil when there is none or one of them is
  /// not a number.
  static func firstChoice(in scores: UnsafeBufferPointer<Float>) -> Int? {
    guard !scores.contains(where: \.isNaN) else { return nil }
    var best: Int?
    for (position, score) in scores.enumerated() where best.map({ score > scores[$0] }) ?? true {
      best = position
    }
    return best
  }
}
