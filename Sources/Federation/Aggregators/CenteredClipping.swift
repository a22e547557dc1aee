/// The mean of updates clipped around the last aggregate, which the server remembers.
///
/// Karimireddy, He and Jaggi 2021, "Learning from History for Byzantine Robust Optimization"
/// (https://arxiv.org/abs/2012.10333), Algorithm 2: v ← v + mean of clip_τ(Δ − v), a few times.
package struct CenteredClipping: Aggregator {
  package static let name = "centered_clipping"

  /// τ: largest distance from the centre that counts.
  package var radius = 1.0
  /// Times that the centre is moved in a round.
  package var iterations = 1

  package init() {}

  package static let keys: [ConfigurationKey] = [
    .number(
      "radius", .positive(1e-6...1e6), unit: "norm", of: Self.self, \.radius,
      "Largest distance of an update from the centre, which is the last aggregate; a longer "
        + "difference is scaled down to it."),
    .integer(
      "iterations", 1...100, of: Self.self, \.iterations,
      "Number of times per round that the centre is moved; 1 behind secure aggregation."),
  ]

  package var needs: Visibility { .sum }
  package var onClients: ClientPart? { ClientPart(bound: radius, isCentred: true) }

  package func validate(_ configuration: Configuration, rows: Int) throws(SettingError) {
    guard configuration.aggregation == .clients else { return }
    try configuration.require(
      iterations == 1, "aggregator.iterations",
      "must be 1 with \(configuration.whatLeavesSums): every move of the centre takes a sum of its own"
    )
  }

  package func aggregate(
    _ updates: borrowing ReceivedUpdates, _ memory: inout AggregatorMemory
  ) -> Aggregate {
    for _ in 0..<iterations {
      memory.centre = updates.clippedMean(around: memory.centre, to: radius)
    }
    return Aggregate(memory.centre)
  }
}
