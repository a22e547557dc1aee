import SecureAggregation
import Testing

/// Keys that must be refused: properties 7 and 8 of the list in privacy.md, A3.
///
/// Where a defence can be switched off, the same attack is shown to succeed without it.
@Suite struct KeyAttackTests {
  // Property 7: keys that must be refused

  /// Coordinates of points whose order divides 8, on the curve or its twist, and their second
  /// spellings modulo 2^255 − 19: Bernstein, https://cr.yp.to/ecdh.html#validate.
  static let lowOrderPoints = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  ]

  @Test(arguments: lowOrderPoints)
  func `low-order keys are refused`(_ hexadecimal: String) throws {
    let point = bytes(hexadecimal)
    let parameters = try makeParameters(5, threshold: 3)
    for isSharingKey in [true, false] {
      var session = SimulatedSession(parameters)
      try session.advertise()
      let keys = session.server.neighbourKeys(for: 0)
      let block = Array(try #require(keys.table.block(of: 3)))
      let forged = isSharingKey ? point + Array(block[32...]) : Array(block[..<32]) + point
      let message = NeighbourKeys(
        participant: 0, table: keys.table.replacing(3, with: forged))
      #expect(throws: SecureAggregationError.refusedKey(participant: 3)) {
        // The sharing key is used at once, the masking key when the input is masked.
        _ = try session.clients[0].shareKeys(with: message, using: &session.sources[0])
        for participant in 1..<5 {
          let shares = try session.clients[participant].shareKeys(
            with: session.server.neighbourKeys(for: participant),
            using: &session.sources[participant])
          try session.server.receive(shares)
        }
        _ = try session.clients[0].maskInput(
          makeInputs(parameters)[0], shares: session.server.relayedShares(for: 0))
      }
      #expect(!session.clients[0].holdsSecrets)
    }
  }

  @Test func `without the check a low-order key makes a mask that everybody knows`() throws {
    let parameters = try makeParameters(5, threshold: 3)
    let keys = SessionKeys(parameters, .acceptingLowOrder)
    let point = bytes(Self.lowOrderPoints[1])
    let seeds = try [UInt8(1), 2].map { number in
      let pair = KeyPair(privateKey: [UInt8](repeating: number, count: 32))
      // The public key in the derivation is known to the relay; fix it to compare the secrets.
      return try keys.pairwiseMask(
        pair, .init(participant: 0, publicKey: [0]), .init(participant: 1, publicKey: point[...])
      ).keystream(firstBlock: 0, count: 32)
    }
    #expect(seeds[0] == seeds[1])
  }

  @Test func `second spellings of a key are refused`() throws {
    let key = KeyPair(privateKey: [UInt8](repeating: 9, count: 32)).publicKey
    let pair = KeyPair(privateKey: [UInt8](repeating: 8, count: 32))
    #expect(Cryptography.standard.agree(pair, key[...]) != nil)
    // X25519 ignores the top bit, so this is the same point.
    let respelled = key.dropLast() + [key[31] | 0x80]
    #expect(Cryptography.standard.agree(pair, respelled[...]) == nil)
    #expect(Cryptography.standard.agree(pair, key.prefix(31)) == nil)
  }

  @Test(arguments: ["own sharing", "own masking", "peer's", "same twice"])
  func `repeated and reflected keys are refused`(_ trick: String) throws {
    let parameters = try makeParameters(5, threshold: 3)
    var session = SimulatedSession(parameters)
    let own = try session.clients[0].advertiseKeys(using: &session.sources[0])
    try session.server.receive(own)
    for participant in 1..<5 {
      try session.server.receive(
        try session.clients[participant].advertiseKeys(using: &session.sources[participant]))
    }
    try session.server.assignNeighbours(using: &session.graphSource)
    let keys = session.server.neighbourKeys(for: 0)
    let block = Array(try #require(keys.table.block(of: 2)))
    let other = try #require(keys.table.block(of: 4))
    let forged: [UInt8]
    switch trick {
    case "own sharing": forged = own.sharingKey + Array(block[32...])
    case "own masking": forged = Array(block[..<32]) + own.maskingKey
    case "peer's": forged = Array(block[..<32]) + Array(other.suffix(32))
    default: forged = Array(block[..<32]) + Array(block[..<32])
    }
    let message = NeighbourKeys(participant: 0, table: keys.table.replacing(2, with: forged))
    #expect(throws: SecureAggregationError.self) {
      try session.clients[0].shareKeys(with: message, using: &session.sources[0])
    }
  }

  @Test func `keys that changed places open no share`() throws {
    let parameters = try makeParameters(5, threshold: 3)
    var session = SimulatedSession(parameters)
    try session.advertise()
    for participant in 0..<5 {
      var keys = session.server.neighbourKeys(for: participant)
      if participant == 0, let block = keys.table.block(of: 3) {
        keys.table = keys.table.replacing(
          3, with: Array(block.suffix(32)) + Array(block.prefix(32)))
      }
      try session.server.receive(
        try session.clients[participant].shareKeys(
          with: keys, using: &session.sources[participant]))
    }
    try session.server.closeSharing()
    #expect(throws: SecureAggregationError.unopenedShares(from: [0])) {
      try session.clients[3].maskInput(
        makeInputs(parameters)[3], shares: session.server.relayedShares(for: 3))
    }
  }

  // Property 8: a relay that plays all the neighbours

  @Test(arguments: ["curious", "active", "active, signatures unchecked"])
  func `substituted keys give an input away unless they are signed`(_ setting: String) throws {
    let parameters = try makeParameters(
      6, threshold: 4, adversary: setting == "curious" ? .curious : .active)
    let inputs = makeInputs(parameters)
    let cryptography =
      setting.hasSuffix("unchecked") ? Cryptography.unverified : Cryptography.standard
    var session = SimulatedSession(parameters, cryptography: cryptography)
    // All but participant 0 are the attacker's, who has identities of its own making.
    let forgers = SimulatedSession.identities(6, seed: 99)
    for participant in 1..<6 where parameters.adversary == .active {
      session.clients[participant] = AggregationClient(
        participant: participant, parameters: parameters,
        credentials: Credentials(identity: forgers[participant]) { forgers[$0].publicKey },
        cryptography: .unverified)
    }
    session.server = AggregationServer(parameters: parameters)
    var zeros = inputs.map { _ in ResidueVector(zeros: 16, modulus: .bits32) }
    zeros[0] = inputs[0]
    if setting == "active" {
      #expect(throws: SecureAggregationError.notAuthentic(participant: 1)) {
        try session.run(zeros)
      }
      #expect(session.maskedInputs[0] == nil)
    } else {
      #expect(try session.run(zeros).sum == inputs[0])
    }
  }

  @Test func `a honest server drops who cannot sign`() throws {
    let parameters = try makeParameters(5, threshold: 3, adversary: .active)
    var session = SimulatedSession(parameters)
    var advertisement = try session.clients[0].advertiseKeys(using: &session.sources[0])
    advertisement.signature[7] ^= 1
    #expect(throws: SecureAggregationError.notAuthentic(participant: 0)) {
      try session.server.receive(advertisement)
    }
  }

  private func bytes(_ hexadecimal: String) -> [UInt8] {
    let digits = hexadecimal.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map {
      UInt8(16 * digits[$0] + digits[$0 + 1])
    }
  }
}
