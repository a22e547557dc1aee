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

  package init(participant: Int, table: PeerTable) {
    self.participant = participant
    self.table = table
  }

  package static func stride(for parameters: AggregationParameters) -> Int {
    SharePair.sealedLength
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
    var writer = ByteWriter()
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
