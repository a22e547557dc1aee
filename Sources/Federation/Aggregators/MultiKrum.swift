/// The mean of the updates with the best Krum scores, n − f of them where nothing else is said.
///
/// Blanchard et al. 2017, "Machine Learning with Adversaries" (NeurIPS).
package struct MultiKrum: Aggregator {
  package static let name = "multi_krum"

  /// f as a share of the clients; rounded up to whole clients.
  package var share = 0.2
  /// Updates that the mean is of; left out, n − f.
  package var chosen = Setting<Int>()

  package init() {}

  package static let keys: [ConfigurationKey] = [
    .number(
      "share", .halfOpen(0..<0.5), of: Self.self, \.share,
      "Share of the clients that may be hostile, rounded up to whole clients."),
    .optionalInteger(
      "chosen", 1...1 << 20, unit: "updates", of: Self.self, \.chosen,
      "Number of updates that are averaged. If left out, all but as many as may be hostile."),
  ]

  package var rejectsClients: Bool { true }

  package func validate(_ configuration: Configuration, rows: Int) throws(SettingError) {
    try configuration.requireKrum(share: share, rows: rows)
    guard let chosen = chosen.value else { return }
    try configuration.require(
      chosen <= rows, "aggregator.chosen",
      "must be at most \(rows), the updates or buckets of a cohort")
  }

  package func aggregate(
    _ updates: borrowing ReceivedUpdates, _ memory: inout AggregatorMemory
  ) -> Aggregate {
    let hostile = updates.krumHostile(share: share)
    return updates.krum(hostile: hostile, choosing: chosen.value ?? updates.count - hostile)
  }
}
