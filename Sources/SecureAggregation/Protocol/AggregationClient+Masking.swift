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

  /// Takes the shares that neighbours made for this participant.
  ///
  /// A share that does not open is its owner's fault or the server's, so all of them are named: the
  /// session can be begun again without whoever is to blame.
  private mutating func openShares(
    _ message: RelayedShares
  ) throws(SecureAggregationError) {
    try requireAddressed(message)
    let senders = message.table.peers
    maskedAgainst = try sharers(senders, message.others ?? [])
    let remaining = holders.count { maskedAgainst.binarySearch($0) != nil } + 1
    guard remaining >= parameters.threshold else {
      throw .belowThreshold(remaining: remaining, required: parameters.threshold)
    }
    var held = PeerTable(stride: heldShares.stride, capacity: senders.count + 1)
    var unopened: [Int] = []
    for (index, sender) in senders.enumerated() {
      guard let key = openingKeys.block(of: sender) else {
        throw .unexpected("shares from participant \(sender), which is no neighbour")
      }
      if participant < sender, held.peers.last ?? -1 < participant {
        held.append(participant, heldShares.block(at: 0))
      }
      guard
        var plaintext = cryptography.open(message.table.block(at: index), key, parameters.digest)
      else {
        unopened.append(sender)
        continue
      }
      defer { plaintext.wipe() }
      guard let shares = try? SharePair(plaintext: plaintext), shares.owner == sender,
        shares.holder == participant
      else {
        unopened.append(sender)
        continue
      }
      held.append(sender, plaintext.suffix(held.stride))
    }
    if held.peers.last ?? -1 < participant { held.append(participant, heldShares.block(at: 0)) }
    heldShares.wipe()
    heldShares = held
    openingKeys.wipe()
    guard unopened.isEmpty else {
      held = PeerTable(stride: 0)
      throw .unopenedShares(from: unopened)
    }
  }

  /// Everybody that shared its keys, with this participant or with others, ascending.
  private func sharers(
    _ senders: [Int], _ others: [Int]
  ) throws(SecureAggregationError) -> [Int] {
    for other in others {
      guard holders.binarySearch(other) != nil, senders.binarySearch(other) == nil else {
        throw .unexpected("participant \(other) as one that shared its keys")
      }
    }
    return others.isEmpty ? senders : (senders + others).sorted()
  }

  private mutating func makeMasks() throws(SecureAggregationError) -> [Mask] {
    guard let maskingPair else { preconditionFailure("keys were advertised") }
    var masks = [
      Mask(seed: keys.selfMask(selfMaskSeed, of: participant), isNegative: false)
    ]
    let own = SessionKeys.End(participant: participant, publicKey: maskingPair.publicKey[...])
    for peer in maskedAgainst {
      guard let advertisement = advertisements.block(of: peer) else {
        preconditionFailure("only neighbours can have shared their keys")
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
