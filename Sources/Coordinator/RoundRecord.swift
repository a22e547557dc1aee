/// What happened in one round.
package struct RoundRecord: Equatable, Sendable {
  package var round: Int
  package var cohortSize: Int
  /// Clients whose update entered the sum.
  package var reported = 0
  /// Clients that vanished in mid-round.
  package var dropped = 0
  /// Clients with nothing to learn from.
  package var idle = 0
  /// Clients whose update was not finite or too large.
  package var diverged = 0
  package var clipped = 0
  package var examples = 0
  /// Mean training loss per example (nats); nil when nobody reported.
  package var trainLoss: Double?
  /// Euclidean norm of the mean update.
  package var updateNorm = 0.0
  /// What phones would download and upload: the model and an update in single precision.
  package var bytesToClients: Int
  package var bytesFromClients = 0
  package var timing = RoundTiming()
}

/// Where the time of a round went, in seconds; differs from run to run.
package struct RoundTiming: Equatable, Sendable {
  package var train = 0.0
  package var aggregate = 0.0
  package var evaluate = 0.0
}
