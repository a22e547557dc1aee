import Sealing

/// The keys of one session, each bound to the session's digest, its use and its two owners.
package struct SessionKeys: Sendable {
  /// One end of a pair: who, and the public key it uses for the purpose at hand.
  package struct End {
    let participant: Int
    let publicKey: ArraySlice<UInt8>

    package init(participant: Int, publicKey: ArraySlice<UInt8>) {
      self.participant = participant
      self.publicKey = publicKey
    }
  }

  /// What a key of a pair is for: keys of different uses share nothing.
  enum Use: String {
    case pairwiseMask = "pairwise mask"
    case shareSealing = "share sealing"
  }

  private let digest: [UInt8]
  private let cryptography: Cryptography
  private let memory: PairKeyMemory?

  package init(
    _ parameters: AggregationParameters, _ cryptography: Cryptography,
    memory: PairKeyMemory? = nil
  ) {
    digest = parameters.digest
    self.cryptography = cryptography
    self.memory = memory
  }

  /// The mask that two neighbours share.
  package func pairwiseMask(
    _ pair: KeyPair, _ own: End, _ peer: End
  ) throws(SecureAggregationError) -> MaskSeed {
    var bytes = try derive(.pairwiseMask, MaskSeed.byteCount, pair, own, peer)
    return MaskSeed(consuming: &bytes)
  }

  /// Uses the keys that seal shares on the way to and from a peer, and wipes them.
  func withShareKeys(
    _ pair: KeyPair, _ own: End, _ peer: End,
    _ body: (_ outgoing: ArraySlice<UInt8>, _ incoming: ArraySlice<UInt8>) -> Void
  ) throws(SecureAggregationError) {
    let length = SealingKey.length
    var keys = try derive(.shareSealing, 2 * length, pair, own, peer)
    // The first key belongs to the direction from the lower participant to the higher.
    if own.participant < peer.participant {
      body(keys[..<length], keys[length...])
    } else {
      body(keys[length...], keys[..<length])
    }
    keys.wipe()
  }

  /// A participant's own mask.
  package func selfMask(_ seed: [UInt8], of participant: Int) -> MaskSeed {
    var info = ByteWriter()
    info.append(text: "self mask")
    info.append(UInt32(participant))
    var bytes = cryptography.deriveKey(seed, digest, info.bytes, MaskSeed.byteCount)
    return MaskSeed(consuming: &bytes)
  }

  private func derive(
    _ use: Use, _ count: Int, _ pair: KeyPair, _ own: End, _ peer: End
  ) throws(SecureAggregationError) -> [UInt8] {
    let (low, high) = own.participant < peer.participant ? (own, peer) : (peer, own)
    var info = ByteWriter()
    info.append(text: use.rawValue)
    for end in [low, high] {
      info.append(UInt32(end.participant))
      info.append(bytes: end.publicKey)
    }
    let place = PairKeyMemory.Place(use: use, low: low.participant, high: high.participant)
    let derivation = memory == nil ? [] : digest + info.bytes
    if let key = memory?.take(place, derivation: derivation) { return key }
    guard var secret = cryptography.agree(pair, peer.publicKey) else {
      throw .refusedKey(participant: peer.participant)
    }
    defer { secret.wipe() }
    let key = cryptography.deriveKey(secret, digest, info.bytes, count)
    memory?.keep(key, at: place, derivation: derivation)
    return key
  }
}

/// What participants sign.
enum SignedStatement {
  /// That these are the signer's keys and choice for this session.
  static func advertisement(
    _ advertisement: KeyAdvertisement, _ parameters: AggregationParameters
  ) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(text: "key advertisement")
    writer.append(bytes: parameters.digest)
    writer.append(UInt32(advertisement.participant))
    writer.append(bytes: advertisement.sharingKey)
    writer.append(bytes: advertisement.maskingKey)
    writer.append(bytes: advertisement.choice)
    return writer.bytes
  }

  /// That these are the survivors the signer was shown.
  static func survivors(_ survivors: Survivors, _ parameters: AggregationParameters) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(text: "survivors")
    writer.append(bytes: parameters.digest)
    writer.append(bytes: survivors.bitmap)
    return writer.bytes
  }
}
