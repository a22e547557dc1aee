/// Client to server: the public keys of one participant for this session.
package struct KeyAdvertisement: AggregationMessage {
  package static let kind = MessageKind.keyAdvertisement

  package let participant: Int
  /// X25519, for encrypting shares.
  package var sharingKey: [UInt8]
  /// X25519, for pairwise masks.
  package var maskingKey: [UInt8]
  /// Ed25519 over session, participant and both keys; empty against a curious adversary.
  package var signature: [UInt8]

  package func appendBody(to writer: inout MessageWriter) {
    writer.append(bytes: block)
  }

  package init(participant: Int, sharingKey: [UInt8], maskingKey: [UInt8], signature: [UInt8]) {
    self.participant = participant
    self.sharingKey = sharingKey
    self.maskingKey = maskingKey
    self.signature = signature
  }

  package init(
    participant: Int, body: inout MessageReader, parameters: AggregationParameters
  ) throws(SecureAggregationError) {
    self.init(
      participant: participant,
      block: try body.read(count: Self.blockLength(for: parameters.adversary)))
  }

  init(participant: Int, block: ArraySlice<UInt8>) {
    let keys = block.prefix(2 * KeyPair.keyLength)
    self.init(
      participant: participant, sharingKey: Array(keys.prefix(KeyPair.keyLength)),
      maskingKey: Array(keys.suffix(KeyPair.keyLength)),
      signature: Array(block.dropFirst(keys.count)))
  }

  var block: [UInt8] { sharingKey + maskingKey + signature }

  static func blockLength(for adversary: Adversary) -> Int {
    2 * KeyPair.keyLength + (adversary == .active ? SigningIdentity.signatureLength : 0)
  }
}

/// Server to client: the keys of its neighbours.
package struct NeighbourKeys: PeerTableMessage {
  package static let kind = MessageKind.neighbourKeys
  package let participant: Int
  /// By neighbour: sharing key ‖ masking key ‖ signature.
  package var table: PeerTable

  package init(participant: Int, table: PeerTable) {
    self.participant = participant
    self.table = table
  }

  package static func stride(for parameters: AggregationParameters) -> Int {
    KeyAdvertisement.blockLength(for: parameters.adversary)
  }
}
