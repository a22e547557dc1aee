/// The update that lies closest to most others.
///
/// Blanchard et al. 2017, "Machine Learning with Adversaries" (NeurIPS): a client's score is the sum of
/// squared distances to its n − f − 2 nearest others, without itself. Needs 2f + 2 < n.
package struct Krum: Aggregator {
  package static let name = "krum"

  /// f as a share of the clients; rounded up to whole clients.
  package var share = 0.2

  package init() {}

  package static let keys: [ConfigurationKey] = [
    .number(
      "share", .halfOpen(0..<0.5), of: Self.self, \.share,
      "Share of the clients that may be hostile, rounded up to whole clients.")
  ]

  package var rejectsClients: Bool { true }

  package func validate(_ configuration: Configuration, rows: Int) throws(SettingError) {
    try configuration.requireKrum(share: share, rows: rows)
  }

  package func aggregate(
    _ updates: borrowing ReceivedUpdates, _ memory: inout AggregatorMemory
  ) -> Aggregate {
    updates.krum(hostile: updates.krumHostile(share: share), choosing: 1)
  }
}

extension Configuration {
  /// Refuses more hostile clients than Krum bears.
  func requireKrum(share: Double, rows: Int) throws(SettingError) {
    let hostile = ReceivedUpdates.hostile(of: training.cohortSize, share: share)
    try require(
      2 * hostile + 2 < rows, "aggregator.share",
      "(\(share)) lets \(hostile) of \(rows) updates or buckets be hostile; "
        + "\(aggregator.name) needs more than \(2 * hostile + 2) of them for that; \(moreRowsPerHostile)"
    )
  }
}

extension ReceivedUpdates {
  /// f; of a round to which few came, no more than the rule bears.
  func krumHostile(share: Double) -> Int { max(0, min((count - 3) / 2, hostile(share: share))) }

  /// The mean of the updates with the smallest scores.
  func krum(hostile: Int, choosing chosen: Int) -> Aggregate {
    let scores = krumScores(hostile: hostile)
    let best = scores.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }
      .prefix(max(1, min(count, chosen)))
    let kept = Set(best)
    return Aggregate(mean(of: best.sorted()), leftOut: (0..<count).filter { !kept.contains($0) })
  }

  /// Sums of squared distances to the n − f − 2 nearest others, at least to one.
  package func krumScores(hostile: Int) -> [Double] {
    var distances = [[Double]](repeating: [], count: count)
    for first in 0..<count {
      for second in (first + 1)..<max(first + 1, count) {
        let distance = squaredDistance(first, second)
        distances[first].append(distance)
        distances[second].append(distance)
      }
    }
    let nearest = max(1, count - hostile - 2)
    return distances.map { $0.sorted().prefix(nearest).reduce(0, +) }
  }
}
