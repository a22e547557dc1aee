/// The mean of all updates: one hostile client moves it as far as it likes.
package struct Mean: Aggregator {
  package static let name = "mean"

  package init() {}

  package var needs: Visibility { .sum }

  package func aggregate(
    _ updates: borrowing ReceivedUpdates, _ memory: inout AggregatorMemory
  ) -> Aggregate {
    Aggregate(updates.mean(of: Array(0..<updates.count)))
  }
}
