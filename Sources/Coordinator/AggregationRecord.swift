import Federation
import SecureAggregation

extension AggregationStage {
  /// Whether a client's work in this stage takes longer than making it again in another worker.
  var outweighsMoving: Bool { self == .shares || self == .input }
}

/// What one round's secure aggregation took; the same for any number of workers.
package struct AggregationRecord: Equatable, Sendable {
  /// Messages of one stage, in the protocol's own encoding.
  package struct Traffic: Equatable, Sendable {
    package var messagesToClients = 0
    package var bytesToClients = 0
    package var messagesFromClients = 0
    package var bytesFromClients = 0

    package init() {}
  }

  package var neighbours = 0
  package var threshold = 0
  /// Clients whose vector is in the sum.
  package var survivors = 0
  /// Masks that the server expanded.
  package var expandedMasks = 0
  /// By stage.
  package var traffic = [Traffic](repeating: Traffic(), count: AggregationStage.allCases.count)

  init() {}

  init(_ parameters: AggregationParameters) {
    neighbours = parameters.neighbours
    threshold = parameters.threshold
  }

  /// Counts what an earlier session of the round took that was given up.
  mutating func add(_ earlier: AggregationRecord) {
    for (index, other) in earlier.traffic.enumerated() {
      traffic[index].messagesToClients += other.messagesToClients
      traffic[index].bytesToClients += other.bytesToClients
      traffic[index].messagesFromClients += other.messagesFromClients
      traffic[index].bytesFromClients += other.bytesFromClients
    }
  }

  /// Counts what another session of the round took, of another group or for another sum.
  mutating func add(session other: AggregationRecord) {
    add(other)
    neighbours = max(neighbours, other.neighbours)
    threshold = max(threshold, other.threshold)
    expandedMasks += other.expandedMasks
  }

  package var bytesToClients: Int { traffic.reduce(0) { $0 + $1.bytesToClients } }
  package var bytesFromClients: Int { traffic.reduce(0) { $0 + $1.bytesFromClients } }
}
