import Statistics

/// One metric of a client program on one split, over all clients that were evaluated.
///
/// Percentiles interpolate linearly, as NumPy does by default.
package struct MetricRow: Equatable, Sendable {
  package let split: EvaluationSplit
  package let metric: String
  /// Clients that measured it on one example or more.
  package let clients: Int
  package let examples: Int
  /// Over examples, of which a client counts no more than a limit.
  package let mean: Double
  /// Over clients.
  package let clientMean: Double
  package let clientP10: Double
  package let clientP50: Double
  package let clientP90: Double

  /// A row for each metric, in the order of their names.
  ///
  /// Sums run in the order given: pass clients in a fixed order for identical bits.
  ///
  /// - Parameter largestWeight: as in `EvaluationRow`.
  package static func rows(
    of evaluations: some Collection<ClientEvaluation>, split: EvaluationSplit,
    largestWeight: Double?
  ) -> [MetricRow] {
    var values: [String: [(value: Double, examples: Int)]] = [:]
    for evaluation in evaluations {
      let examples = evaluation.measuredExamples ?? 0
      guard examples > 0 else { continue }
      for metric in evaluation.metrics ?? [] {
        values[metric.name, default: []].append((metric.value, examples))
      }
    }
    return values.sorted { $0.key < $1.key }.map { name, own in
      MetricRow(split, name, own, largestWeight)
    }
  }

  private init(
    _ split: EvaluationSplit, _ metric: String, _ own: [(value: Double, examples: Int)],
    _ largestWeight: Double?
  ) {
    self.split = split
    self.metric = metric
    clients = own.count
    examples = own.reduce(0) { $0 + $1.examples }
    let counts = own.map { Double($0.examples) }
    let limits = ClientWeights.limited(counts, to: largestWeight) ?? counts.map { _ in 1 }
    var (sum, weight) = (0.0, 0.0)
    for ((own, count), limit) in zip(zip(own, counts), limits) {
      sum += own.value * count * limit
      weight += count * limit
    }
    mean = sum / weight
    clientMean = own.reduce(0) { $0 + $1.value } / Double(own.count)
    // What is no number has no place in an order.
    let sorted = own.map(\.value).sorted()
    let isOrdered = sorted.allSatisfy { !$0.isNaN }
    clientP10 = isOrdered ? quantile(0.1, ofSorted: sorted) : .nan
    clientP50 = isOrdered ? quantile(0.5, ofSorted: sorted) : .nan
    clientP90 = isOrdered ? quantile(0.9, ofSorted: sorted) : .nan
  }
}
