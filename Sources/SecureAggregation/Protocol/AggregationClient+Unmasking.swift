extension AggregationClient {
  /// Round 3, active adversary only: signs the survivors it was shown.
  package mutating func confirm(
    _ survivors: Survivors
  ) throws(SecureAggregationError) -> ConsistencySignature {
    guard let credentials else {
      preconditionFailure("survivors are confirmed against an active adversary only")
    }
    return try step(from: .masked, to: .confirmed) { client throws(SecureAggregationError) in
      try client.check(survivors)
      client.survivors = survivors
      return ConsistencySignature(
        participant: client.participant,
        signature: credentials.identity.signature(
          for: SignedStatement.survivors(survivors, client.parameters)))
    }
  }

  /// Round 4 against an active adversary: shares, once enough participants signed the same
  /// survivors.
  package mutating func unmask(
    confirmedBy message: ConsistencySignatures
  ) throws(SecureAggregationError) -> UnmaskingShares {
    try step(from: .confirmed, to: .finished) { client throws(SecureAggregationError) in
      guard let survivors = client.survivors else {
        preconditionFailure("survivors were confirmed")
      }
      try client.checkConfirmations(message, of: survivors)
      return client.disclose(survivors)
    }
  }

  /// Round 4 against a curious adversary: a share of one secret of each participant.
  package mutating func unmask(
    _ survivors: Survivors
  ) throws(SecureAggregationError) -> UnmaskingShares {
    precondition(parameters.adversary == .curious, "survivors must be confirmed first")
    return try step(from: .masked, to: .finished) { client throws(SecureAggregationError) in
      try client.check(survivors)
      return client.disclose(survivors)
    }
  }

  private func check(_ survivors: Survivors) throws(SecureAggregationError) {
    try requireAddressed(survivors)
    guard survivors.contains(participant) else {
      throw .unexpected("participant \(participant) is told that it dropped out")
    }
    // A server that hides two participants from each other takes the mask between them away.
    for neighbour in chosen + neighbours where survivors.contains(neighbour) {
      guard maskedAgainst.binarySearch(neighbour) != nil else {
        throw .unexpected("participant \(neighbour) survived without having shared its keys")
      }
    }
    guard survivors.count >= parameters.minimumSurvivors else {
      throw .belowThreshold(remaining: survivors.count, required: parameters.minimumSurvivors)
    }
    let remaining =
      holders.count { survivors.contains($0) && maskedAgainst.binarySearch($0) != nil } + 1
    guard remaining >= parameters.threshold else {
      throw .belowThreshold(remaining: remaining, required: parameters.threshold)
    }
  }

  private func checkConfirmations(
    _ message: ConsistencySignatures, of survivors: Survivors
  ) throws(SecureAggregationError) {
    guard let credentials else { preconditionFailure("an active adversary requires credentials") }
    try requireAddressed(message)
    let confirmations = message.table.count + 1
    guard confirmations >= parameters.minimumSurvivors else {
      throw .belowThreshold(remaining: confirmations, required: parameters.minimumSurvivors)
    }
    let statement = SignedStatement.survivors(survivors, parameters)
    let hash = Cryptography.hash(statement)
    // Whoever has two numbers has one key, and counts once.
    var seen = Set([credentials.identity.publicKey[...].words])
    for (index, signer) in message.table.peers.enumerated() {
      guard signer != participant, survivors.contains(signer) else {
        throw .unexpected("a confirmation by participant \(signer)")
      }
      guard let publicKey = credentials.publicKey(signer), publicKey.count == KeyPair.keyLength,
        seen.insert(publicKey[...].words).inserted
      else { throw .notAuthentic(participant: signer) }
      try verify(message.table.block(at: index), by: signer, hash) { statement }
    }
  }

  private func disclose(_ survivors: Survivors) -> UnmaskingShares {
    var table = PeerTable(stride: UnmaskingShares.stride(for: parameters))
    for (index, owner) in heldShares.peers.enumerated() {
      let shares = heldShares.block(at: index)
      if survivors.contains(owner) {
        table.append(
          owner,
          [UnmaskingShares.Secret.selfMask.rawValue] + shares.suffix(ShamirSharing.shareLength))
      } else {
        table.append(
          owner,
          [UnmaskingShares.Secret.maskingKey.rawValue] + shares.prefix(ShamirSharing.shareLength))
      }
    }
    return UnmaskingShares(participant: participant, table: table)
  }
}
