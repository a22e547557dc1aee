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
    // Neighbours refuse such keys, and with them the session: here they cost their owner alone.
    let keys = [message.sharingKey[...], message.maskingKey[...]]
    guard keys.allSatisfy(Cryptography.isUsable), Set(keys.map(\.words)).count == keys.count,
      seenKeys.isDisjoint(with: keys.map(\.words))
    else { throw .refusedKey(participant: message.participant) }
    seenKeys.formUnion(keys.map(\.words))
    advertisements[message.participant] = message
  }

  /// Ends round 0: draws the graph of those that advertised keys, or reads it from their choices.
  package mutating func assignNeighbours(
    using source: inout some SecureRandomSource
  ) throws(SecureAggregationError) {
    try require(.advertising)
    let participants = advertisers
    try proceed(
      to: .sharing, with: participants.count,
      required: max(parameters.threshold, parameters.minimumSurvivors))
    if parameters.choosesNeighbours {
      graph = NeighbourGraph(
        choices: advertisements.map { advertisement in
          advertisement.map {
            NeighbourChoice.neighbours($0.choice, of: $0.participant, parameters)
          }
        })
    } else {
      graph = NeighbourGraph(
        participants: participants, cohortSize: parameters.cohortSize,
        neighbours: parameters.neighbours, using: &source)
    }
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
    guard message.table.peers == holders(of: sender) else {
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
    var message = RelayedShares(participant: participant, table: table)
    if parameters.choosesNeighbours {
      message.others = holders(of: participant).filter {
        hasSharedKeys[$0] && table.peers.binarySearch($0) == nil
      }
    }
    return message
  }

  // Round 2: masked input

  /// Instead of a masked vector: whose shares did not open.
  package mutating func receive(_ message: ShareComplaint) throws(SecureAggregationError) {
    try require(.masking)
    let sender = message.participant
    guard hasSharedKeys[sender], !hasSentInput[sender], complaints[sender] == nil else {
      throw .unexpected("a complaint of participant \(sender)")
    }
    for accused in message.accused {
      guard hasSharedKeys[accused], holders(of: accused).binarySearch(sender) != nil else {
        throw .malformed("a complaint about participant \(accused), which made no share for it")
      }
    }
    guard !message.accused.isEmpty else { throw .malformed("a complaint about nobody") }
    complaints[sender] = message.accused
  }

  /// Who has to go for nobody to complain of anybody: whoever is at odds with most others first,
  /// and of two that are at odds with each other alone, the one whose share it was.
  ///
  /// One participant whose shares do not open goes alone, and so does one that says so of many, at once
  /// or in one session after another.
  var culprits: [Int] {
    var quarrels = openQuarrels
    var found: [Int] = []
    while !quarrels.isEmpty {
      var counts: [Int: (quarrels: Int, asOwner: Int)] = [:]
      for (sender, owner) in quarrels {
        counts[sender, default: (0, 0)].quarrels += 1
        counts[owner, default: (0, 0)].quarrels += 1
        counts[owner, default: (0, 0)].asOwner += 1
      }
      for participant in counts.keys {
        counts[participant, default: (0, 0)].quarrels += earlierQuarrels[participant] ?? 0
      }
      let worst = counts.max {
        ($0.value.quarrels, $0.value.asOwner, $0.key)
          < ($1.value.quarrels, $1.value.asOwner, $1.key)
      }
      guard let worst else { break }
      found.append(worst.key)
      quarrels.removeAll { $0.sender == worst.key || $0.owner == worst.key }
    }
    return found.sorted()
  }

  private var openQuarrels: [(sender: Int, owner: Int)] {
    complaints.flatMap { sender, accused in accused.map { (sender, owner: $0) } }
  }

  /// By participant: with how many others it is or was at odds, for the next session of the round.
  package var quarrels: [Int: Int] {
    openQuarrels.reduce(into: earlierQuarrels) {
      $0[$1.sender, default: 0] += 1
      $0[$1.owner, default: 0] += 1
    }
  }

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
  /// Checks that every mask can be removed before anybody is asked for a share. Throws `spoiled`
  /// when somebody could not open a share: those it names spoil every session they take part in.
  package mutating func closeInput() throws(SecureAggregationError) {
    try require(.masking)
    guard complaints.isEmpty else {
      let culprits = culprits
      abandon()
      throw .spoiled(by: culprits)
    }
    let next = parameters.adversary == .active ? Phase.confirming : .unmasking
    try proceed(to: next, with: survivors.count, required: parameters.minimumSurvivors)
    encryptedShares = []
    for participant in sharers {
      let left = holders(of: participant).count { hasSentInput[$0] }
      if hasSentInput[participant] {
        try proceed(to: next, with: left + 1, required: parameters.threshold)
      } else if neighbours(of: participant).contains(where: { hasSentInput[$0] }) {
        try proceed(to: next, with: left, required: parameters.threshold)
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
    try proceed(
      to: .unmasking, with: confirmed,
      required: max(parameters.threshold, parameters.minimumSurvivors))
  }

  /// As many signatures of others as a participant asks for.
  package func consistencySignatures(for participant: Int) -> ConsistencySignatures {
    let count = parameters.minimumSurvivors - 1
    var table = PeerTable(stride: SigningIdentity.signatureLength, capacity: count)
    for (signer, signature) in signatures.enumerated() where signer != participant {
      guard table.count < count else { break }
      if let signature { table.append(signer, signature) }
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
        owner == sender || holders(of: owner).binarySearch(sender) != nil && hasSharedKeys[owner]
      let secret = hasSentInput[owner] ? UnmaskingShares.Secret.selfMask : .maskingKey
      guard isKnown, block.first == secret.rawValue, ShamirSharing.isShare(block.dropFirst())
      else { throw .malformed("a share of participant \(owner) that was not asked for") }
    }
    disclosures[sender] = message.table
  }
}
