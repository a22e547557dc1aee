/// What became of one client of a cohort.
package enum ClientOutcome: Equatable, Sendable {
  /// Trained and reported; `loss` is the mean training loss (nats) of the first local epoch,
  /// `norm` the Euclidean norm of the update before clipping.
  case reported(examples: Int, weight: Int, loss: Double, norm: Double)
  /// Trained or had nothing to learn from; whatever there is to say is in its encoded vector.
  case encoded
  /// The same where the encoded vector holds noise alone: an aside of the simulator, which no server
  /// hears.
  case noiseOnly
  /// The same where a coordinate of the update lay beyond the range of the encoding and was cut to it: an
  /// aside as well.
  case cut
  /// Has no example to learn from in the training period; takes part with a zero update.
  case idle
  /// Vanished in mid-round, as `faults.dropout_rate` asked.
  case dropped
  /// Its update was not finite or too large to be summed exactly, and was left out.
  case diverged
}
