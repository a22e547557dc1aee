/// The mean of updates that are scaled down to a norm where they are longer.
///
/// Sun et al. 2019, "Can You Really Backdoor Federated Learning?" (https://arxiv.org/abs/1911.07963).
package struct NormBound: Aggregator {
  package static let name = "norm_bound"

  /// Largest Euclidean norm of an update.
  package var bound = 1.0

  package init() {}

  package static let keys: [ConfigurationKey] = [
    .number(
      "bound", .positive(1e-6...1e6), unit: "norm", of: Self.self, \.bound,
      "Largest Euclidean norm of an update; a longer update is scaled down to it.")
  ]

  package var needs: Visibility { .sum }
  package var onClients: ClientPart? { ClientPart(bound: bound, isCentred: false) }

  package func aggregate(
    _ updates: borrowing ReceivedUpdates, _ memory: inout AggregatorMemory
  ) -> Aggregate {
    let origin = [Double](repeating: 0, count: updates.length)
    return Aggregate(updates.clippedMean(around: origin, to: bound))
  }
}
