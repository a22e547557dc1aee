/// A message that is a table of one block per peer.
package protocol PeerTableMessage: AggregationMessage {
  var table: PeerTable { get }
  init(participant: Int, table: PeerTable)
  static func stride(for parameters: AggregationParameters) -> Int
  /// The longest table there can be.
  static func mostPeers(for parameters: AggregationParameters) -> Int
}

extension PeerTableMessage {
  package static func mostPeers(for parameters: AggregationParameters) -> Int {
    parameters.mostPeers + 1
  }

  package func appendBody(to writer: inout MessageWriter) {
    table.append(to: &writer)
  }

  package init(
    participant: Int, body: inout MessageReader, parameters: AggregationParameters
  ) throws(SecureAggregationError) {
    self.init(
      participant: participant,
      table: try PeerTable(
        stride: Self.stride(for: parameters), largest: Self.mostPeers(for: parameters),
        cohortSize: parameters.cohortSize, from: &body))
  }

  /// Bytes of a message about `peers` peers.
  static func encodedLength(peers: Int, for parameters: AggregationParameters) -> Int {
    headerLength + 4 + peers * (4 + stride(for: parameters))
  }
}
