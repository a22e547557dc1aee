/// Precision, recall and F1, each the mean over all apps that were opened or predicted.
package struct MacroScores: Equatable, Sendable {
  package let apps: Int
  package let precision: Double
  package let recall: Double
  package let f1: Double

  /// An app never predicted has precision 0, one never opened recall 0.
  package init(_ judged: [JudgedPrediction]) {
    var counts: [Int32: (predicted: Int, opened: Int, hits: Int)] = [:]
    for prediction in judged {
      if prediction.predicted >= 0 {
        counts[prediction.predicted, default: (0, 0, 0)].predicted += 1
      }
      counts[prediction.opened, default: (0, 0, 0)].opened += 1
      if prediction.isHit { counts[prediction.opened, default: (0, 0, 0)].hits += 1 }
    }
    var sums = (precision: 0.0, recall: 0.0, f1: 0.0)
    // In one order, so that the last bit of the sums is always the same.
    for (_, count) in counts.sorted(by: { $0.key < $1.key }) where count.hits > 0 {
      sums.precision += Double(count.hits) / Double(count.predicted)
      sums.recall += Double(count.hits) / Double(count.opened)
      sums.f1 += 2 * Double(count.hits) / Double(count.predicted + count.opened)
    }
    let total = Double(max(counts.count, 1))
    apps = counts.count
    precision = sums.precision / total
    recall = sums.recall / total
    f1 = sums.f1 / total
  }
}
