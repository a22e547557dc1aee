import SecureAggregation
import Testing

/// Replayed, changed and contradictory messages.
///
/// Properties 6, 10 and 16 of the list in privacy.md, A3.
///
/// Where a defence can be switched off, the same attack is shown to succeed without it.
@Suite struct TamperingTests {
  // Property 6: replay

  @Test func `messages of one session are refused in another`() throws {
    let first = try makeParameters(6, threshold: 3, session: 1)
    let second = try makeParameters(6, threshold: 3, session: 2)
    var session = SimulatedSession(first)
    _ = try session.run(makeInputs(first))
    let advertisement = try #require(session.transcript.first)
    #expect(throws: SecureAggregationError.self) {
      try KeyAdvertisement(decoding: advertisement, parameters: second)
    }
    #expect(throws: SecureAggregationError.self) {
      try MaskedInput(
        decoding: try #require(session.maskedInputs[1]).encoded(for: first), parameters: second)
    }
  }

  @Test func `a message that comes twice counts once`() throws {
    let parameters = try makeParameters(6, threshold: 3)
    let inputs = makeInputs(parameters)
    var session = SimulatedSession(parameters)
    try session.advertise()
    try session.share()
    for participant in 0..<6 {
      let shares = session.server.relayedShares(for: participant)
      let message = try session.clients[participant].maskInput(
        inputs[participant], shares: shares)
      try session.server.receive(message)
      #expect(throws: SecureAggregationError.self) { try session.server.receive(message) }
    }
    try session.server.closeInput()
    #expect(try session.unmask().sum == plainSum(inputs, of: Array(0..<6)))
  }

  /// The same key pairs in two sessions, as after a reset of the clock: masks must still differ.
  @Test(arguments: [true, false])
  func `masks are bound to their session`(_ isBound: Bool) throws {
    let cryptography = isBound ? Cryptography.standard : .unbound
    var masked: [[UInt32]] = []
    var inputs: [[UInt32]] = []
    var sealed: [RelayedShares] = []
    for number: UInt8 in [1, 2] {
      let parameters = try makeParameters(6, threshold: 3, length: 512, session: number)
      let values = makeInputs(parameters, seed: UInt64(number))
      var session = SimulatedSession(parameters, cryptography: cryptography)
      try session.advertise()
      try session.share()
      sealed.append(session.server.relayedShares(for: 0))
      try session.upload(values)
      masked.append(try #require(session.maskedInputs[0]).vector.withoutCheck.words32)
      inputs.append(values[0].words32)
    }
    let seen = zip(masked[0], masked[1]).map { $0 &- $1 }
    let secret = zip(inputs[0], inputs[1]).map { $0 &- $1 }
    #expect((seen == secret) == !isBound)

    // Shares sealed in the first session, relayed in the second.
    let parameters = try makeParameters(6, threshold: 3, length: 512, session: 2)
    var session = SimulatedSession(parameters, cryptography: cryptography)
    try session.advertise()
    try session.share()
    let input = makeInputs(parameters)[0]
    let isAccepted = (try? session.clients[0].maskInput(input, shares: sealed[0])) != nil
    #expect(isAccepted == !isBound)
  }

  // Property 10: tampered ciphertexts

  @Test func `every changed byte of a sealed share is noticed`() throws {
    let parameters = try makeParameters(5, threshold: 3)
    var session = SimulatedSession(parameters)
    try session.advertise()
    try session.share()
    let input = makeInputs(parameters)[1]
    let relayed = session.server.relayedShares(for: 1)
    let block = Array(try #require(relayed.table.block(of: 3)))
    for index in block.indices {
      var changed = block
      changed[index] ^= 0x20
      var client = session.clients[1]
      #expect(throws: SecureAggregationError.unopenedShares(from: [3])) {
        try client.maskInput(
          input,
          shares: RelayedShares(
            participant: 1, table: relayed.table.replacing(3, with: changed)))
      }
    }
    // Shares of participant 2 in the name of participant 3, and those for another recipient.
    let others = try #require(relayed.table.block(of: 2))
    let stray = try #require(session.server.relayedShares(for: 4).table.block(of: 3))
    for forged in [others, stray] {
      var client = session.clients[1]
      #expect(throws: SecureAggregationError.unopenedShares(from: [3])) {
        try client.maskInput(
          input,
          shares: RelayedShares(participant: 1, table: relayed.table.replacing(3, with: forged)))
      }
    }
    var client = session.clients[1]
    #expect(throws: Never.self) { try client.maskInput(input, shares: relayed) }
  }

  @Test func `without authentication a changed share is believed and spoils the sum`() throws {
    let parameters = try makeParameters(5, threshold: 5)
    var session = SimulatedSession(parameters, cryptography: .unauthenticated)
    try session.advertise()
    try session.share()
    let inputs = makeInputs(parameters)
    for participant in 0..<5 {
      var shares = session.server.relayedShares(for: participant)
      if participant == 1 {
        var changed = Array(try #require(shares.table.block(of: 3)))
        // In the share of participant 3's own mask, behind nonce, names and the other share.
        changed[12 + 8 + 40] ^= 0x20
        shares.table = shares.table.replacing(3, with: changed)
      }
      let input = try session.clients[participant].maskInput(inputs[participant], shares: shares)
      try session.server.receive(input)
    }
    try session.server.closeInput()
    let error = #expect(throws: SecureAggregationError.self) { try session.unmask() }
    #expect(error == .inconsistentSum || error == .inconsistentShares(participant: 3))
  }

  @Test func `a wrong share of a masking key is noticed`() throws {
    let parameters = try makeParameters(5, threshold: 4)
    var session = SimulatedSession(parameters)
    try session.advertise()
    try session.share()
    try session.upload(makeInputs(parameters), without: [4])
    for participant in 0..<4 {
      var shares = try session.clients[participant].unmask(
        session.server.survivors(for: participant))
      if participant == 2 {
        var block = Array(try #require(shares.table.block(of: 4)))
        block[3] ^= 1
        shares.table = shares.table.replacing(4, with: block)
      }
      try session.server.receive(shares)
    }
    #expect(throws: SecureAggregationError.inconsistentShares(participant: 4)) {
      try session.server.unmask()
    }
  }

  @Test func `shares of the secret that was not asked for are refused`() throws {
    let parameters = try makeParameters(5, threshold: 3)
    var session = SimulatedSession(parameters)
    try session.advertise()
    try session.share()
    try session.upload(makeInputs(parameters), without: [4])
    // Participant 0 was told that 3 dropped out and 4 did not.
    let shares = try session.clients[0].unmask(
      Survivors(participant: 0, members: [0, 1, 2, 4], cohortSize: 5))
    #expect(throws: SecureAggregationError.self) { try session.server.receive(shares) }
  }

  // Property 16: different models for different clients (Pasquini et al., CCS 2022)

  @Test(arguments: ["bound", "masks bound", "unbound"])
  func `clients that were given different models do not add up`(_ setting: String) throws {
    let parameters = try makeParameters(5, threshold: 3, model: 2)
    let inputs = makeInputs(parameters)
    let cryptography: Cryptography =
      switch setting {
      case "bound": .standard
      case "masks bound": .unboundShares
      default: .unbound
      }
    var session = SimulatedSession(
      parameters, cryptography: cryptography, serverCryptography: cryptography)
    session.clients[2] = AggregationClient(
      participant: 2, parameters: try makeParameters(5, threshold: 3, model: 7),
      cryptography: cryptography)
    // Messages go over as values, as from a server that rewrites session tags.
    try session.advertise()
    try session.share()
    switch setting {
    case "bound":
      #expect(throws: SecureAggregationError.unopenedShares(from: [2])) {
        try session.upload(inputs)
      }
    case "masks bound":
      try session.upload(inputs)
      #expect(throws: SecureAggregationError.inconsistentSum) { try session.unmask() }
    default:
      try session.upload(inputs)
      #expect(try session.unmask().sum == plainSum(inputs, of: Array(0..<5)))
    }
  }
}
