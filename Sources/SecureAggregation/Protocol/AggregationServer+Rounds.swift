extension AggregationServer {
  // Round 0: advertise keys

  package mutating func receive(
    _ message: KeyAdvertisement
  ) throws(SecureAggregationError) {
    try require(.advertising)
    guard advertisements[message.participant] == nil else {
      throw .unexpected("second keys of participant \(message.participant)")
    }
    if parameters.adversary == .active {
      let statement = SignedStatement.advertisement(message, parameters)
      guard isAuthentic(message.signature, of: message.participant, for: statement) else {
        throw .notAuthentic(participant: message.participant)
      }
    }
    advertisements[message.participant] = message
  }

  /// Ends round 0: draws the graph of those that advertised keys.
  package mutating func assignNeighbours(
    using source: inout some SecureRandomSource
  ) throws(SecureAggregationError) {
    try require(.advertising)
    let participants = advertisers
    try proceed(
      to: .sharing, with: participants.count,
      required: max(parameters.threshold, parameters.minimumSurvivors))
    graph = NeighbourGraph(
      participants: participants, cohortSize: parameters.cohortSize,
      neighbours: parameters.neighbours, using: &source)
  }

  package func neighbourKeys(for participant: Int) -> NeighbourKeys {
    var table = PeerTable(stride: NeighbourKeys.stride(for: parameters))
    for neighbour in neighbours(of: participant) {
      if let advertisement = advertisements[neighbour] {
        table.append(neighbour, advertisement.block)
      }
    }
    return NeighbourKeys(participant: participant, table: table)
  }

  // Round 1: share keys

  package mutating func receive(
    _ message: EncryptedShares
  ) throws(SecureAggregationError) {
    try require(.sharing)
    let sender = message.participant
    guard advertisements[sender] != nil, !hasSharedKeys[sender] else {
      throw .unexpected("shares from participant \(sender)")
    }
    guard message.table.peers == neighbours(of: sender) else {
      throw .malformed("shares for others than the neighbours of participant \(sender)")
    }
    encryptedShares[sender] = message.table
    hasSharedKeys[sender] = true
  }

  /// Ends round 1.
  package mutating func closeSharing() throws(SecureAggregationError) {
    try require(.sharing)
    try proceed(
      to: .masking, with: sharers.count,
      required: max(parameters.threshold, parameters.minimumSurvivors))
  }

  package func relayedShares(for participant: Int) -> RelayedShares {
    var table = PeerTable(stride: SharePair.sealedLength)
    for neighbour in neighbours(of: participant) where hasSharedKeys[neighbour] {
      if let block = encryptedShares[neighbour]?.block(of: participant) {
        table.append(neighbour, block)
      }
    }
    return RelayedShares(participant: participant, table: table)
  }

  // Round 2: masked input

  package mutating func receive(_ message: MaskedInput) throws(SecureAggregationError) {
    try require(.masking)
    let sender = message.participant
    guard hasSharedKeys[sender], !hasSentInput[sender] else {
      throw .unexpected("a masked vector from participant \(sender)")
    }
    guard message.vector.count == sum.count, message.vector.modulus == sum.modulus else {
      throw .malformed("a masked vector of \(message.vector.count) residues")
    }
    sum.add(message.vector)
    hasSentInput[sender] = true
  }

  /// Ends round 2; later vectors are refused.
  ///
  /// Checks that every mask can be removed before anybody is asked for a share.
  package mutating func closeInput() throws(SecureAggregationError) {
    try require(.masking)
    let next = parameters.adversary == .active ? Phase.confirming : .unmasking
    try proceed(to: next, with: survivors.count, required: parameters.minimumSurvivors)
    encryptedShares = []
    for participant in sharers {
      let linked = neighbours(of: participant).count { hasSentInput[$0] }
      if hasSentInput[participant] {
        try proceed(to: next, with: linked + 1, required: parameters.threshold)
      } else if linked > 0 {
        try proceed(to: next, with: linked, required: parameters.threshold)
      }
    }
  }

  package func survivors(for participant: Int) -> Survivors {
    Survivors(
      participant: participant, members: survivors, cohortSize: parameters.cohortSize)
  }

  // Round 3, active adversary: confirm the survivors

  package mutating func receive(
    _ message: ConsistencySignature
  ) throws(SecureAggregationError) {
    try require(.confirming)
    let sender = message.participant
    guard hasSentInput[sender], signatures[sender] == nil else {
      throw .unexpected("a confirmation from participant \(sender)")
    }
    let statement = SignedStatement.survivors(survivors(for: sender), parameters)
    guard isAuthentic(message.signature, of: sender, for: statement) else {
      throw .notAuthentic(participant: sender)
    }
    signatures[sender] = message.signature
  }

  /// Ends round 3.
  package mutating func closeConfirmation() throws(SecureAggregationError) {
    try require(.confirming)
    let confirmed = signatures.count { $0 != nil }
    try proceed(to: .unmasking, with: confirmed, required: parameters.threshold)
  }

  package func consistencySignatures(for participant: Int) -> ConsistencySignatures {
    var table = PeerTable(stride: SigningIdentity.signatureLength)
    for neighbour in neighbours(of: participant) {
      if let signature = signatures[neighbour] { table.append(neighbour, signature) }
    }
    return ConsistencySignatures(participant: participant, table: table)
  }

  // Round 4: unmask

  package mutating func receive(
    _ message: UnmaskingShares
  ) throws(SecureAggregationError) {
    try require(.unmasking)
    let sender = message.participant
    guard hasSentInput[sender], disclosures[sender] == nil else {
      throw .unexpected("unmasking shares from participant \(sender)")
    }
    for (index, owner) in message.table.peers.enumerated() {
      let block = message.table.block(at: index)
      let isKnown =
        owner == sender || graph?.areNeighbours(sender, owner) == true && hasSharedKeys[owner]
      let secret = hasSentInput[owner] ? UnmaskingShares.Secret.selfMask : .maskingKey
      guard isKnown, block.first == secret.rawValue, ShamirSharing.isShare(block.dropFirst())
      else { throw .malformed("a share of participant \(owner) that was not asked for") }
    }
    disclosures[sender] = message.table
  }
}
