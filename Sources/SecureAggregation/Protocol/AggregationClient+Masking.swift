extension AggregationClient {
  /// Round 2: the input under its own mask and one mask for every neighbour that shared its keys.
  package mutating func maskInput(
    _ input: consuming ResidueVector, shares: RelayedShares
  ) throws(SecureAggregationError) -> MaskedInput {
    precondition(input.count == parameters.vectorLength && input.modulus == parameters.modulus)
    let masks = try step(from: .shared, to: .masked) { client throws(SecureAggregationError) in
      try client.openShares(shares)
      return try client.makeMasks()
    }
    input.append(1)
    input.add(masks, by: cryptography.addMask, on: .serial)
    return MaskedInput(participant: participant, vector: input)
  }

  private mutating func openShares(
    _ message: RelayedShares
  ) throws(SecureAggregationError) {
    try requireAddressed(message)
    let senders = message.table.peers
    guard senders.count + 1 >= parameters.threshold else {
      throw .belowThreshold(remaining: senders.count + 1, required: parameters.threshold)
    }
    var held = PeerTable(stride: heldShares.stride)
    let ownShares = heldShares.block(at: 0)
    for (index, sender) in senders.enumerated() {
      guard let key = openingKeys.block(of: sender) else {
        throw .unexpected("shares from participant \(sender), which is no neighbour")
      }
      guard
        let plaintext = cryptography.open(message.table.block(at: index), key, parameters.digest)
      else { throw .notAuthentic(participant: sender) }
      let shares = try SharePair(plaintext: plaintext)
      guard shares.owner == sender, shares.holder == participant else {
        throw .notAuthentic(participant: sender)
      }
      if participant < sender, held.peers.last ?? -1 < participant {
        held.append(participant, ownShares)
      }
      held.append(sender, shares.maskingKeyShare + shares.selfMaskShare)
    }
    if held.peers.last ?? -1 < participant { held.append(participant, ownShares) }
    heldShares = held
    openingKeys.wipe()
  }

  private mutating func makeMasks() throws(SecureAggregationError) -> [Mask] {
    guard let maskingPair else { preconditionFailure("keys were advertised") }
    var masks = [
      Mask(seed: keys.selfMask(selfMaskSeed, of: participant), isNegative: false)
    ]
    let own = SessionKeys.End(participant: participant, publicKey: maskingPair.publicKey[...])
    for peer in heldShares.peers where peer != participant {
      guard let advertisement = advertisements.block(of: peer) else {
        preconditionFailure("shares are held of neighbours only")
      }
      let seed = try keys.pairwiseMask(
        maskingPair, own, .init(participant: peer, publicKey: advertisement.maskingKey))
      // The two ends of a pair take the mask with opposite signs.
      masks.append(Mask(seed: seed, isNegative: participant < peer))
    }
    self.maskingPair = nil
    selfMaskSeed.wipe()
    advertisements.wipe()
    return masks
  }
}
