/// Coordinate by coordinate the median; of an even number of clients the mean of the middle two.
///
/// Yin et al. 2018, "Byzantine-Robust Distributed Learning" (https://arxiv.org/abs/1803.01498).
package struct Median: Aggregator {
  package static let name = "median"

  package init() {}

  package var takesGroups: Bool { true }

  package func aggregate(
    _ updates: borrowing ReceivedUpdates, _ memory: inout AggregatorMemory
  ) -> Aggregate {
    Aggregate(updates.trimmedMean(without: (updates.count - 1) / 2))
  }
}
