import SecureAggregation
import Testing

/// A server that tries to open one vector by what clients disclose.
///
/// Properties 4, 5 and 9 of the list in privacy.md, A3.
///
/// Where a defence can be switched off, the same attack is shown to succeed without it.
@Suite struct DisclosureTests {
  // Property 4: never both shares of one participant

  @Test func `no survivor set gets both shares of anybody out of a client`() throws {
    let parameters = try makeParameters(12, threshold: 3, neighbours: 6)
    var session = SimulatedSession(parameters)
    try session.advertise()
    try session.share(without: [4])
    try session.upload(makeInputs(parameters))
    var source = KeyedRandomSource(seed: 4, purpose: .session)
    var answered = 0
    for _ in 0..<300 {
      let members = (0..<12).filter { _ in source.below(4) != 0 }
      var client = session.clients[0]
      let survivors = Survivors(participant: 0, members: members, cohortSize: 12)
      guard let shares = try? client.unmask(survivors) else {
        #expect(!client.holdsSecrets)
        continue
      }
      answered += 1
      #expect(members.contains(0))
      #expect(shares.table.peers == shares.table.peers.sorted())
      #expect(Set(shares.table.peers).count == shares.table.count)
      for owner in shares.table.peers {
        let kind = shares.table.block(of: owner)?.first
        let expected: UnmaskingShares.Secret = members.contains(owner) ? .selfMask : .maskingKey
        #expect(kind == expected.rawValue)
      }
      // Asked again, with whatever set, it has nothing left to say.
      #expect(throws: SecureAggregationError.self) { try client.unmask(survivors) }
    }
    #expect(answered > 30)
  }

  @Test func `a survivor that never shared its keys is noticed`() throws {
    let parameters = try makeParameters(8, threshold: 4)
    var session = SimulatedSession(parameters)
    try session.advertise()
    try session.share(without: [5])
    try session.upload(makeInputs(parameters))
    let survivors = Survivors(participant: 0, members: Array(0..<8), cohortSize: 8)
    #expect(throws: SecureAggregationError.self) { try session.clients[0].unmask(survivors) }
  }

  @Test func `clients that answer twice give an input away`() throws {
    let parameters = try makeParameters(8, threshold: 4)
    let inputs = makeInputs(parameters)
    var session = SimulatedSession(parameters)
    try session.advertise()
    try session.share()
    try session.upload(inputs)
    // The defence is that a client is used up by its answer; copies of it are not.
    let everybody = Array(0..<8)
    let alive = try (1..<8).map { holder in
      var copy = session.clients[holder]
      return try copy.unmask(
        Survivors(participant: holder, members: everybody, cohortSize: 8))
    }
    let dead = try (1..<8).map { holder in
      var copy = session.clients[holder]
      return try copy.unmask(
        Survivors(participant: holder, members: Array(1..<8), cohortSize: 8))
    }
    let victim = try Attacker(session).unmask(
      0, selfMaskFrom: alive, ownMaskingKeyFrom: dead)
    #expect(victim == inputs[0])
    // With real clients the second answer is refused, and the first set is the only one.
    _ = try session.clients[1].unmask(
      Survivors(participant: 1, members: everybody, cohortSize: 8))
    #expect(throws: SecureAggregationError.self) {
      try session.clients[1].unmask(
        Survivors(participant: 1, members: Array(1..<8), cohortSize: 8))
    }
  }

  // Property 5: a vector that comes after its sender was declared dropped

  @Test func `a late vector stays hidden behind its own mask`() throws {
    let parameters = try makeParameters(8, threshold: 4, length: 4096)
    let inputs = makeInputs(parameters)
    for hasSelfMasks in [true, false] {
      var session = SimulatedSession(
        parameters,
        cryptography: hasSelfMasks
          ? .standard : .maskless { Cryptography.isSelfMask($0) })
      try session.advertise()
      try session.share()
      try session.upload(inputs, without: [2])
      let late = try #require(session.maskedInputs[2])
      #expect(throws: SecureAggregationError.self) { try session.server.receive(late) }
      // What the server learns in order to remove the masks of participant 2 from the sum.
      let disclosed = try [0, 1, 3, 4, 5, 6, 7].map {
        try session.clients[$0].unmask(session.server.survivors(for: $0))
      }
      let residue = try Attacker(session).unmask(2, ownMaskingKeyFrom: disclosed)
      if hasSelfMasks {
        #expect(residue != inputs[2])
        let difference = zip(residue.words32, inputs[2].words32).map { $0 &- $1 }
        #expect(KnownAnswers.chiSquare255.contains(chiSquare(byteCounts(difference))))
      } else {
        #expect(residue == inputs[2])
      }
    }
  }

  // Property 9: different survivors for different clients

  /// Every client is told that four of its peers dropped out, each time others; with t ≤ n/2 that
  /// yields the masking keys of all and the self mask of participant 0.
  @Test(arguments: ["curious", "active", "active, signatures unchecked"])
  func `a split view gives an input away unless it is cross-checked`(_ setting: String) throws {
    let isActive = setting != "curious"
    let parameters = try makeParameters(
      9, threshold: 4, adversary: isActive ? .active : .curious)
    let inputs = makeInputs(parameters)
    var session = SimulatedSession(
      parameters,
      cryptography: setting.hasSuffix("unchecked") ? .unverified : .standard)
    try session.advertise()
    try session.share()
    try session.upload(inputs)
    let views = (1...8).map { client in
      let dropped = (0..<4).map { (client + $0) % 8 + 1 }
      return Survivors(
        participant: client, members: (0...8).filter { !dropped.contains($0) }, cohortSize: 9)
    }
    var disclosed: [UnmaskingShares] = []
    if isActive {
      // Participant 0 sees what participant 1 sees.
      let members = (0...8).filter { views[0].contains($0) }
      let own = Survivors(participant: 0, members: members, cohortSize: 9)
      let signatures = try ([own] + views).map { try session.clients[$0.participant].confirm($0) }
      for view in views {
        var table = PeerTable(stride: 64)
        for confirmation in signatures
        where confirmation.participant != view.participant
          && view.contains(confirmation.participant)
        {
          table.append(confirmation.participant, confirmation.signature)
        }
        let message = ConsistencySignatures(participant: view.participant, table: table)
        if let shares = try? session.clients[view.participant].unmask(confirmedBy: message) {
          disclosed.append(shares)
        }
      }
    } else {
      disclosed = try views.map { try session.clients[$0.participant].unmask($0) }
    }
    if setting == "active" {
      #expect(disclosed.isEmpty)
    } else {
      let victim = try Attacker(session).unmask(
        0, selfMaskFrom: disclosed, peersMaskingKeysFrom: disclosed)
      #expect(victim == inputs[0])
    }
  }

  @Test func `too few confirmations, and confirmations by strangers, end the session`() throws {
    let parameters = try makeParameters(
      9, threshold: 4, adversary: .active, minimumSurvivors: 6)
    var session = SimulatedSession(parameters)
    try session.advertise()
    try session.share()
    try session.upload(makeInputs(parameters), without: [8])
    for participant in 0..<8 {
      let survivors = session.server.survivors(for: participant)
      try session.server.receive(try session.clients[participant].confirm(survivors))
    }
    let all = session.server.consistencySignatures(for: 0).table
    var few = PeerTable(stride: 64)
    for signer in all.peers.prefix(4) { few.append(signer, try #require(all.block(of: signer))) }
    var client = session.clients[0]
    #expect(throws: SecureAggregationError.belowThreshold(remaining: 5, required: 6)) {
      try client.unmask(confirmedBy: ConsistencySignatures(participant: 0, table: few))
    }
    var strange = all
    strange.append(8, try #require(all.block(of: 1)))
    client = session.clients[0]
    #expect(throws: SecureAggregationError.self) {
      try client.unmask(confirmedBy: ConsistencySignatures(participant: 0, table: strange))
    }
    client = session.clients[0]
    #expect(throws: Never.self) {
      try client.unmask(confirmedBy: ConsistencySignatures(participant: 0, table: all))
    }
  }
}
