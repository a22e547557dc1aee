/// Coordinate by coordinate the mean without the largest and the smallest values.
///
/// Yin et al. 2018, "Byzantine-Robust Distributed Learning" (https://arxiv.org/abs/1803.01498).
package struct TrimmedMean: Aggregator {
  package static let name = "trimmed_mean"

  /// Share of the clients that is left out at either end; rounded up to whole clients.
  package var share = 0.2

  package init() {}

  package static let keys: [ConfigurationKey] = [
    .number(
      "share", .halfOpen(0..<0.5), of: Self.self, \.share,
      "Share of the clients whose values are left out at each end of every coordinate, "
        + "rounded up to whole clients.")
  ]

  package var takesGroups: Bool { true }

  package func validate(_ configuration: Configuration, rows: Int) throws(SettingError) {
    let trimmed = ReceivedUpdates.hostile(of: configuration.training.cohortSize, share: share)
    try configuration.require(
      2 * trimmed < rows, "aggregator.share",
      "(\(share)) leaves nothing of \(rows) updates or buckets: \(trimmed) are left out at either end; "
        + configuration.moreRowsPerHostile)
  }

  package func aggregate(
    _ updates: borrowing ReceivedUpdates, _ memory: inout AggregatorMemory
  ) -> Aggregate {
    // Of a round to which few came, at least one value stays.
    let trimmed = min((updates.count - 1) / 2, updates.hostile(share: share))
    return Aggregate(updates.trimmedMean(without: trimmed))
  }
}
