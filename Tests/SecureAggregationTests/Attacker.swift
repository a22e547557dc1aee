import SecureAggregation

/// A server that uses what it was told to open a single masked vector.
struct Attacker {
  let session: SimulatedSession
  /// Shares that a secret is reconstructed from; the threshold of the session.
  var sharesNeeded: Int
  var addMask = Cryptography.standard.addMask

  init(_ session: SimulatedSession) {
    self.session = session
    sharesNeeded = session.parameters.threshold
  }

  /// Removes from the vector of a participant every mask that the disclosed shares lead to.
  func unmask(
    _ victim: Int, selfMaskFrom selfShares: [UnmaskingShares] = [],
    ownMaskingKeyFrom ownShares: [UnmaskingShares] = [],
    peersMaskingKeysFrom peerShares: [UnmaskingShares] = []
  ) throws -> ResidueVector {
    let keys = SessionKeys(session.parameters, .standard)
    var masks: [Mask] = []
    if let seed = reconstruct(.selfMask, of: victim, from: selfShares) {
      masks.append(Mask(seed: keys.selfMask(seed, of: victim), isNegative: true))
    }
    for peer in 0..<session.parameters.cohortSize where peer != victim {
      let own = reconstruct(.maskingKey, of: victim, from: ownShares)
      guard let secret = own ?? reconstruct(.maskingKey, of: peer, from: peerShares) else {
        continue
      }
      let (owner, other) = own == nil ? (peer, victim) : (victim, peer)
      let pair = KeyPair(privateKey: secret)
      let seed = try keys.pairwiseMask(
        pair, .init(participant: owner, publicKey: pair.publicKey[...]),
        .init(participant: other, publicKey: maskingKey(of: other)))
      masks.append(Mask(seed: seed, isNegative: victim > peer))
    }
    guard var vector = session.maskedInputs[victim]?.vector else {
      return ResidueVector(zeros: 0, modulus: .bits32)
    }
    vector.add(masks, by: addMask, on: .serial)
    return vector.withoutCheck
  }

  private func maskingKey(of participant: Int) -> ArraySlice<UInt8> {
    let observer = participant == 0 ? 1 : 0
    let block = session.server.neighbourKeys(for: observer).table.block(of: participant)
    return block?.dropFirst(32).prefix(32) ?? []
  }

  private func reconstruct(
    _ secret: UnmaskingShares.Secret, of owner: Int, from messages: [UnmaskingShares]
  ) -> [UInt8]? {
    var points: [UInt64] = []
    var shares: [UInt8] = []
    for message in messages where points.count < sharesNeeded {
      guard let block = message.table.block(of: owner), block.first == secret.rawValue else {
        continue
      }
      points.append(UInt64(message.participant) + 1)
      shares += block.dropFirst()
    }
    guard points.count == sharesNeeded else { return nil }
    return ShamirSharing.reconstruct(
      shares, coefficients: ShamirSharing.lagrangeCoefficients(at: points))
  }
}
