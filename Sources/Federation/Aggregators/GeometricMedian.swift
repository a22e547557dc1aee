/// The point with the smallest sum of distances to all updates, by a few smoothed Weiszfeld steps.
///
/// Pillutla, Kakade and Harchaoui 2022, "Robust Aggregation for Federated Learning" (RFA,
/// https://arxiv.org/abs/1912.13445), Algorithm 2: from the mean, weights 1 ÷ max(ν, distance). Behind secure
/// aggregation every step is a sum, as in the paper: see `WeiszfeldStep`.
package struct GeometricMedian: Aggregator {
  package static let name = "geometric_median"

  package var iterations = 4
  /// ν: smaller distances count as this.
  package var smoothing = 1e-5

  package init() {}

  package static let keys: [ConfigurationKey] = [
    .integer(
      "iterations", 1...100, of: Self.self, \.iterations,
      "Weiszfeld iterations per round. Behind secure aggregation each of them is one more "
        + "sum over the cohort."),
    .number(
      "smoothing", .positive(1e-12...1e6), unit: "norm", of: Self.self, \.smoothing,
      "Smaller distances count as this one, so that no weight is infinite."),
  ]

  package var takesGroups: Bool { true }
  package var repeated: RepeatedSums? { RepeatedSums(steps: iterations, smoothing: smoothing) }

  package func aggregate(
    _ updates: borrowing ReceivedUpdates, _ memory: inout AggregatorMemory
  ) -> Aggregate {
    var point = updates.mean(of: Array(0..<updates.count))
    for _ in 0..<iterations {
      var weights: [Double] = []
      for index in 0..<updates.count {
        weights.append(
          1 / max(smoothing, updates.squaredDistance(index, to: point).squareRoot()))
      }
      point = updates.mean(weights: weights)
    }
    return Aggregate(point)
  }
}
