import Federation
import Privacy

/// What happened in one round.
package struct RoundRecord: Equatable, Sendable {
  package var round: Int
  package var cohortSize: Int
  /// Clients whose update entered the sum.
  package var reported = 0
  /// Clients that vanished in mid-round.
  package var dropped = 0
  /// Clients that were drawn and are hostile; nil without an attack.
  package var hostile: Int?
  /// Of those that reported, clients whose update holds noise alone; known to the simulator only.
  package var noiseOnly = 0
  /// Of those that reported, clients of whose update the encoding cut a coordinate; known to the simulator
  /// only.
  package var cut = 0
  /// Clients with nothing to learn from; this and the next three are nil where clients add noise
  /// and tell nothing beside their updates.
  package var idle: Int? = 0
  /// Clients whose update was not finite or too large.
  package var diverged: Int? = 0
  package var clipped: Int? = 0
  package var examples: Int? = 0
  /// Mean training loss per example (nats); nil when nobody reported, or told.
  package var trainLoss: Double?
  /// Euclidean norm of the mean update.
  package var updateNorm = 0.0
  /// What phones would download and upload: the model and an update in single precision.
  package var bytesToClients: Int
  package var bytesFromClients = 0
  /// Clients whom the rule of aggregation left out; nil for a rule that leaves none out.
  package var suspected: Int?
  /// What was released under which noise; nil without a mechanism.
  package var release: PrivacyState.Release?
  /// What the canaries of an audit have shown so far; nil before any was looked for.
  package var audit: CanaryFindings?
  /// Coordinates of the noisy sum beyond the modulus; nil where none can be.
  package var wrapped: Int?
  /// Why secure aggregation gave the round up and left the model as it was; nil when it did not.
  package var abandonment: String?
  /// What secure aggregation took; nil without it.
  package var aggregation: AggregationRecord?
  /// What the round took in virtual time; nil where none is simulated.
  package var virtual: VirtualRecord?
  package var timing = RoundTiming()

  package init(round: Int, cohortSize: Int, bytesToClients: Int) {
    self.round = round
    self.cohortSize = cohortSize
    self.bytesToClients = bytesToClients
  }

  /// A row's last word, from what a server sees: whether there were updates to move the model.
  package var status: String {
    guard abandonment == nil else { return "abandoned" }
    return reported > 0 ? "completed" : "no_updates"
  }

  /// Updates in the sum that were learned from somebody's examples.
  package var learned: Int {
    guard abandonment == nil else { return 0 }
    return examples == 0 ? 0 : reported - noiseOnly
  }
}

/// Where the time of a round went, in seconds; differs from run to run.
package struct RoundTiming: Equatable, Sendable {
  package var train = 0.0
  package var aggregate = 0.0
  package var evaluate = 0.0
  /// By stage of secure aggregation; empty without it.
  package var stages: [StageTiming] = []

  package init() {}
}

/// Seconds of one stage: waiting for the clients, and work of the server.
package struct StageTiming: Equatable, Sendable {
  package var clients = 0.0
  package var server = 0.0

  package init() {}
}
