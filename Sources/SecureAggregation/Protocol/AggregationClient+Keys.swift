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
    var sharingSecret = source.bytes(KeyPair.keyLength)
    let sharing = KeyPair(privateKey: sharingSecret)
    sharingSecret.wipe()
    maskingSecret = source.bytes(KeyPair.keyLength)
    let masking = KeyPair(privateKey: maskingSecret)
    sharingPair = sharing
    maskingPair = masking
    var advertisement = KeyAdvertisement(
      participant: participant, sharingKey: sharing.publicKey, maskingKey: masking.publicKey,
      signature: [])
    if parameters.choosesNeighbours {
      advertisement.choice = source.bytes(NeighbourChoice.length)
      chosen = NeighbourChoice.neighbours(advertisement.choice, of: participant, parameters)
    } else if parameters.adversary == .active {
      chosen = (0..<parameters.cohortSize).filter { $0 != participant }
    }
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
    guard peers.count <= parameters.mostPeers else {
      throw .unexpected("\(peers.count) neighbours where \(parameters.mostPeers) can be")
    }
    try checkKeys(message.table, own: [sharingPair.publicKey, maskingPair.publicKey])
    neighbours = peers
    advertisements = message.table
    holders =
      parameters.choosesNeighbours ? peers.filter { chosen.binarySearch($0) != nil } : peers
    guard holders.count + 1 >= parameters.threshold else {
      throw .belowThreshold(remaining: holders.count + 1, required: parameters.threshold)
    }

    // The holder of a share is known by its number + 1, which is never zero.
    let points = (holders + [participant]).map { UInt64($0) + 1 }
    selfMaskSeed = source.bytes(ShamirSharing.secretLength)
    var maskingShares = ShamirSharing.split(
      maskingSecret, threshold: parameters.threshold, points: points, using: &source)
    defer { maskingShares.wipe() }
    var selfMaskShares = ShamirSharing.split(
      selfMaskSeed, threshold: parameters.threshold, points: points, using: &source)
    defer { selfMaskShares.wipe() }
    maskingSecret.wipe()

    let own = SessionKeys.End(participant: participant, publicKey: sharingPair.publicKey[...])
    var sealed = PeerTable(stride: SharePair.sealedLength, capacity: holders.count)
    openingKeys = PeerTable(stride: openingKeys.stride, capacity: peers.count)
    for (index, peer) in peers.enumerated() {
      let place = sealed.count
      var plaintext: [UInt8] = []
      if place < holders.count, holders[place] == peer {
        plaintext =
          SharePair(
            owner: participant, holder: peer, maskingKeyShare: maskingShares.share(place),
            selfMaskShare: selfMaskShares.share(place)
          ).plaintext
      }
      try keys.withShareKeys(
        sharingPair, own,
        .init(participant: peer, publicKey: message.table.block(at: index).sharingKey)
      ) { outgoing, incoming in
        openingKeys.append(peer, incoming)
        guard !plaintext.isEmpty else { return }
        let nonce = source.bytes(SealingKey.nonceLength)
        sealed.append(peer, cryptography.seal(plaintext, outgoing, nonce, parameters.digest))
      }
      plaintext.wipe()
    }
    var ownShares: [UInt8] = []
    ownShares.reserveCapacity(heldShares.stride)
    ownShares += maskingShares.share(holders.count)
    ownShares += selfMaskShares.share(holders.count)
    heldShares = PeerTable(stride: heldShares.stride, capacity: 1)
    heldShares.append(participant, ownShares)
    ownShares.wipe()
    self.sharingPair = nil
    return EncryptedShares(participant: participant, table: sealed)
  }

  /// Every key is somebody's own and nobody else's, and signed by its owner where that is required;
  /// and whoever is a neighbour was chosen by this participant or has chosen it.
  private func checkKeys(
    _ table: PeerTable, own: [[UInt8]]
  ) throws(SecureAggregationError) {
    var seen = Set(own.map { $0[...].words })
    for (index, peer) in table.peers.enumerated() {
      let block = table.block(at: index)
      guard peer != participant, seen.insert(block.sharingKey.words).inserted,
        seen.insert(block.maskingKey.words).inserted
      else { throw .refusedKey(participant: peer) }
      guard credentials != nil else { continue }
      let advertisement = KeyAdvertisement(participant: peer, block: block)
      let statement = SignedStatement.advertisement(advertisement, parameters)
      try verify(advertisement.signature[...], by: peer, Cryptography.hash(statement)) { statement }
      guard parameters.choosesNeighbours, chosen.binarySearch(peer) == nil else { continue }
      let choice = NeighbourChoice.neighbours(advertisement.choice, of: peer, parameters)
      guard choice.binarySearch(participant) != nil else {
        throw .unexpected("participant \(peer), which is no neighbour")
      }
    }
  }

  /// Checks a signature, unless a participant simulated by the same process has done so.
  ///
  /// - Parameters:
  ///   - hash: of the statement.
  ///   - statement: what was signed.
  func verify(
    _ signature: ArraySlice<UInt8>, by signer: Int, _ hash: [UInt8], _ statement: () -> [UInt8]
  ) throws(SecureAggregationError) {
    guard let publicKey = credentials?.publicKey(signer) else {
      throw .notAuthentic(participant: signer)
    }
    let entry = signatures.flatMap { _ in
      SignatureMemory.Entry(publicKey: publicKey, statementHash: hash, signature: signature)
    }
    if let entry, signatures?.contains(entry) == true { return }
    guard cryptography.verify(signature, statement(), publicKey) else {
      throw .notAuthentic(participant: signer)
    }
    if let entry { signatures?.insert(entry) }
  }
}

extension [UInt8] {
  /// The share at a place among those that `ShamirSharing.split` made.
  func share(_ index: Int) -> ArraySlice<UInt8> {
    self[(index * ShamirSharing.shareLength)..<((index + 1) * ShamirSharing.shareLength)]
  }
}
