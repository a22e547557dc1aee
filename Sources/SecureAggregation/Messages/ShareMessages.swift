import Sealing

/// Client to server: sealed shares of its two secrets, one block for each neighbour.
package struct EncryptedShares: PeerTableMessage {
  package static let kind = MessageKind.encryptedShares
  package let participant: Int
  /// By recipient: the sealed share pair.
  package var table: PeerTable

  package init(participant: Int, table: PeerTable) {
    self.participant = participant
    self.table = table
  }

  package static func stride(for parameters: AggregationParameters) -> Int {
    SharePair.sealedLength
  }
}

/// Server to client: the sealed shares that its neighbours made for it.
package struct RelayedShares: PeerTableMessage {
  package static let kind = MessageKind.relayedShares
  package let participant: Int
  /// By sender: the sealed share pair.
  package var table: PeerTable
  /// Neighbours that it chose and that shared their keys, though not with it, ascending; nil where
  /// participants do not choose, and neighbours share with each other.
  package var others: [Int]?

  package init(participant: Int, table: PeerTable) {
    self.participant = participant
    self.table = table
  }

  package func appendBody(to writer: inout MessageWriter) {
    table.append(to: &writer)
    guard let others else { return }
    writer.append(UInt32(others.count))
    for other in others { writer.append(UInt32(other)) }
  }

  package init(
    participant: Int, body: inout MessageReader, parameters: AggregationParameters
  ) throws(SecureAggregationError) {
    self.init(
      participant: participant,
      table: try PeerTable(
        stride: Self.stride(for: parameters), largest: Self.mostPeers(for: parameters),
        cohortSize: parameters.cohortSize, from: &body))
    if parameters.choosesNeighbours {
      others = try body.readPeers(
        atMost: parameters.neighbours, cohortSize: parameters.cohortSize)
    }
  }

  /// Bytes that so many others add.
  static func othersLength(_ count: Int, for parameters: AggregationParameters) -> Int {
    parameters.choosesNeighbours ? 4 + 4 * count : 0
  }

  package static func stride(for parameters: AggregationParameters) -> Int {
    SharePair.sealedLength
  }
}

/// Client to server, in place of its vector: neighbours whose shares it could not open.
///
/// Nobody has been asked for a share yet, so the session can be given up and begun again without
/// whoever is to blame.
package struct ShareComplaint: AggregationMessage {
  package static let kind = MessageKind.shareComplaint
  package let participant: Int
  /// Ascending.
  package let accused: [Int]

  package init(participant: Int, accused: [Int]) {
    self.participant = participant
    self.accused = accused
  }

  package func appendBody(to writer: inout MessageWriter) {
    writer.append(UInt32(accused.count))
    for peer in accused { writer.append(UInt32(peer)) }
  }

  package init(
    participant: Int, body: inout MessageReader, parameters: AggregationParameters
  ) throws(SecureAggregationError) {
    self.init(
      participant: participant,
      accused: try body.readPeers(
        atMost: parameters.mostPeers, cohortSize: parameters.cohortSize))
  }
}

/// Client to server: one share for each participant whose secret it holds a share of.
///
/// A block has room for one share, so a participant's two secrets cannot both be disclosed.
package struct UnmaskingShares: PeerTableMessage {
  /// Which secret a share belongs to.
  package enum Secret: UInt8 {
    /// The seed of a survivor's self mask.
    case selfMask = 1
    /// The private key of the pairwise masks of a participant that dropped out.
    case maskingKey = 2
  }

  package static let kind = MessageKind.unmaskingShares
  package let participant: Int
  /// By owner: the kind of secret, then the share.
  package var table: PeerTable

  package init(participant: Int, table: PeerTable) {
    self.participant = participant
    self.table = table
  }

  package static func stride(for parameters: AggregationParameters) -> Int {
    1 + ShamirSharing.shareLength
  }
}

/// What one participant keeps for another: a share of each of its secrets.
struct SharePair {
  static let plaintextLength = 8 + 2 * ShamirSharing.shareLength
  static let sealedLength = plaintextLength + SealingKey.overhead

  let owner: Int
  let holder: Int
  let maskingKeyShare: ArraySlice<UInt8>
  let selfMaskShare: ArraySlice<UInt8>

  init(
    owner: Int, holder: Int, maskingKeyShare: ArraySlice<UInt8>, selfMaskShare: ArraySlice<UInt8>
  ) {
    self.owner = owner
    self.holder = holder
    self.maskingKeyShare = maskingKeyShare
    self.selfMaskShare = selfMaskShare
  }

  var plaintext: [UInt8] {
    // Of the right capacity at once: an array that grew would leave the shares behind.
    var writer = ByteWriter(capacity: Self.plaintextLength)
    writer.append(UInt32(owner))
    writer.append(UInt32(holder))
    writer.append(bytes: maskingKeyShare)
    writer.append(bytes: selfMaskShare)
    return writer.bytes
  }

  init(plaintext: [UInt8]) throws(SecureAggregationError) {
    var reader = ByteReader(plaintext)
    owner = Int(try reader.read(UInt32.self))
    holder = Int(try reader.read(UInt32.self))
    maskingKeyShare = try reader.read(count: ShamirSharing.shareLength)
    selfMaskShare = try reader.read(count: ShamirSharing.shareLength)
    try reader.finish()
    guard ShamirSharing.isShare(maskingKeyShare), ShamirSharing.isShare(selfMaskShare) else {
      throw .malformed("a share outside the field")
    }
  }
}
