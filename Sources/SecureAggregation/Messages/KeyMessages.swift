/// Client to server: the public keys of one participant for this session.
package struct KeyAdvertisement: AggregationMessage {
  package static let kind = MessageKind.keyAdvertisement

  package let participant: Int
  /// X25519, for encrypting shares.
  package var sharingKey: [UInt8]
  /// X25519, for pairwise masks.
  package var maskingKey: [UInt8]
  /// From which the neighbours that it chose follow; empty where it does not choose.
  package var choice: [UInt8]
  /// Ed25519 over session, participant, both keys and the choice; empty against a curious adversary.
  package var signature: [UInt8]

  package func appendBody(to writer: inout MessageWriter) {
    writer.append(bytes: block)
  }

  package init(
    participant: Int, sharingKey: [UInt8], maskingKey: [UInt8], choice: [UInt8] = [],
    signature: [UInt8]
  ) {
    self.participant = participant
    self.sharingKey = sharingKey
    self.maskingKey = maskingKey
    self.choice = choice
    self.signature = signature
  }

  package init(
    participant: Int, body: inout MessageReader, parameters: AggregationParameters
  ) throws(SecureAggregationError) {
    self.init(
      participant: participant,
      block: try body.read(count: Self.blockLength(for: parameters)))
  }

  init(participant: Int, block: ArraySlice<UInt8>) {
    let rest = block.dropFirst(2 * KeyPair.keyLength)
    self.init(
      participant: participant, sharingKey: Array(block.sharingKey),
      maskingKey: Array(block.maskingKey), choice: Array(block.choice),
      signature: Array(rest.suffix(SigningIdentity.signatureLength)))
  }

  var block: [UInt8] { sharingKey + maskingKey + choice + signature }

  static func blockLength(for parameters: AggregationParameters) -> Int {
    2 * KeyPair.keyLength + (parameters.choosesNeighbours ? NeighbourChoice.length : 0)
      + (parameters.adversary == .active ? SigningIdentity.signatureLength : 0)
  }
}

/// Server to client: the keys of its neighbours.
package struct NeighbourKeys: PeerTableMessage {
  package static let kind = MessageKind.neighbourKeys
  package let participant: Int
  /// By neighbour: sharing key ‖ masking key ‖ choice ‖ signature.
  package var table: PeerTable

  package init(participant: Int, table: PeerTable) {
    self.participant = participant
    self.table = table
  }

  package static func stride(for parameters: AggregationParameters) -> Int {
    KeyAdvertisement.blockLength(for: parameters)
  }
}

extension ArraySlice<UInt8> {
  /// The parts of an advertisement block.
  var sharingKey: ArraySlice<UInt8> { prefix(KeyPair.keyLength) }
  var maskingKey: ArraySlice<UInt8> { dropFirst(KeyPair.keyLength).prefix(KeyPair.keyLength) }
  var choice: ArraySlice<UInt8> {
    dropFirst(2 * KeyPair.keyLength).dropLast(SigningIdentity.signatureLength)
  }

  /// A public key as words, which are hashed faster than bytes.
  var words: SIMD4<UInt64> {
    precondition(count == KeyPair.keyLength)
    return withUnsafeBytes { $0.loadUnaligned(as: SIMD4<UInt64>.self) }
  }
}
