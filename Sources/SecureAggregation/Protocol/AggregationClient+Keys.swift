import Sealing

extension AggregationClient {
  /// Round 0: fresh key pairs, signed against an active adversary.
  package mutating func advertiseKeys(
    using source: inout some SecureRandomSource
  ) throws(SecureAggregationError) -> KeyAdvertisement {
    try step(from: .idle, to: .advertised) { client throws(SecureAggregationError) in
      client.makeAdvertisement(using: &source)
    }
  }

  /// Round 1: a share of both secrets for every neighbour, sealed for it.
  package mutating func shareKeys(
    with message: NeighbourKeys, using source: inout some SecureRandomSource
  ) throws(SecureAggregationError) -> EncryptedShares {
    try step(from: .advertised, to: .shared) { client throws(SecureAggregationError) in
      try client.makeShares(for: message, using: &source)
    }
  }

  private mutating func makeAdvertisement(
    using source: inout some SecureRandomSource
  ) -> KeyAdvertisement {
    let sharing = KeyPair(privateKey: source.bytes(KeyPair.keyLength))
    maskingSecret = source.bytes(KeyPair.keyLength)
    let masking = KeyPair(privateKey: maskingSecret)
    sharingPair = sharing
    maskingPair = masking
    var advertisement = KeyAdvertisement(
      participant: participant, sharingKey: sharing.publicKey, maskingKey: masking.publicKey,
      signature: [])
    if let credentials {
      advertisement.signature = credentials.identity.signature(
        for: SignedStatement.advertisement(advertisement, parameters))
    }
    return advertisement
  }

  private mutating func makeShares(
    for message: NeighbourKeys, using source: inout some SecureRandomSource
  ) throws(SecureAggregationError) -> EncryptedShares {
    guard let sharingPair, let maskingPair else { preconditionFailure("keys were advertised") }
    try requireAddressed(message)
    let peers = message.table.peers
    guard peers.count <= parameters.neighbours else {
      throw .unexpected("\(peers.count) neighbours where \(parameters.neighbours) were agreed")
    }
    guard peers.count + 1 >= parameters.threshold else {
      throw .belowThreshold(remaining: peers.count + 1, required: parameters.threshold)
    }
    try checkKeys(message.table, own: [sharingPair.publicKey, maskingPair.publicKey])
    neighbours = peers
    advertisements = message.table

    // The holder of a share is known by its number + 1, which is never zero.
    let holders = peers + [participant]
    let points = holders.map { UInt64($0) + 1 }
    selfMaskSeed = source.bytes(ShamirSharing.secretLength)
    let maskingShares = ShamirSharing.split(
      maskingSecret, threshold: parameters.threshold, points: points, using: &source)
    let selfMaskShares = ShamirSharing.split(
      selfMaskSeed, threshold: parameters.threshold, points: points, using: &source)
    maskingSecret.wipe()

    let own = SessionKeys.End(participant: participant, publicKey: sharingPair.publicKey[...])
    var sealed = PeerTable(stride: SharePair.sealedLength)
    for (index, peer) in peers.enumerated() {
      let (outgoing, incoming) = try keys.shareKeys(
        sharingPair, own,
        .init(participant: peer, publicKey: message.table.block(at: index).sharingKey))
      openingKeys.append(peer, incoming)
      let shares = SharePair(
        owner: participant, holder: peer,
        maskingKeyShare: maskingShares.share(index), selfMaskShare: selfMaskShares.share(index))
      sealed.append(
        peer,
        cryptography.seal(
          shares.plaintext, outgoing, source.bytes(SealingKey.nonceLength), parameters.digest))
    }
    heldShares.append(
      participant, maskingShares.share(peers.count) + selfMaskShares.share(peers.count))
    self.sharingPair = nil
    return EncryptedShares(participant: participant, table: sealed)
  }

  /// Every key is somebody's own and nobody else's, and signed by its owner where that is required.
  private func checkKeys(
    _ table: PeerTable, own: [[UInt8]]
  ) throws(SecureAggregationError) {
    var seen = Set(own.map { $0[...].words })
    for (index, peer) in table.peers.enumerated() {
      let block = table.block(at: index)
      guard peer != participant, seen.insert(block.sharingKey.words).inserted,
        seen.insert(block.maskingKey.words).inserted
      else { throw .refusedKey(participant: peer) }
      if let credentials {
        let advertisement = KeyAdvertisement(participant: peer, block: block)
        guard let publicKey = credentials.publicKey(peer),
          cryptography.verify(
            advertisement.signature[...],
            SignedStatement.advertisement(advertisement, parameters), publicKey)
        else { throw .notAuthentic(participant: peer) }
      }
    }
  }
}

extension ArraySlice<UInt8> {
  /// The keys of an advertisement block.
  var sharingKey: ArraySlice<UInt8> { prefix(KeyPair.keyLength) }
  var maskingKey: ArraySlice<UInt8> { dropFirst(KeyPair.keyLength).prefix(KeyPair.keyLength) }

  /// A public key as words, which are hashed faster than bytes.
  fileprivate var words: SIMD4<UInt64> {
    precondition(count == KeyPair.keyLength)
    return withUnsafeBytes { $0.loadUnaligned(as: SIMD4<UInt64>.self) }
  }
}

extension [UInt8] {
  /// The share at a place among those that `ShamirSharing.split` made.
  func share(_ index: Int) -> ArraySlice<UInt8> {
    self[(index * ShamirSharing.shareLength)..<((index + 1) * ShamirSharing.shareLength)]
  }
}
