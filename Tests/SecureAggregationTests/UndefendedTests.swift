import SecureAggregation
import Testing

/// Attacks that succeed once a defence is switched off, and fail before.
///
/// Properties 3, 13, 15 and 17 of the list in privacy.md, A3; those of the others stand with them.
@Suite struct UndefendedTests {
  /// Property 3: t − 1 holders in league with the server, against real polynomials and against
  /// polynomials of degree zero, of which every share is the secret.
  @Test(arguments: [true, false])
  func `t − 1 shares open a vector only where polynomials are constant`(_ isRandom: Bool) throws {
    let parameters = try makeParameters(8, threshold: 5)
    let inputs = makeInputs(parameters)
    var session = SimulatedSession(parameters)
    try session.advertise()
    for participant in session.server.advertisers {
      let keys = session.server.neighbourKeys(for: participant)
      var weak = ConstantPolynomials(source: session.sources[participant])
      let shares =
        isRandom
        ? try session.clients[participant].shareKeys(
          with: keys, using: &session.sources[participant])
        : try session.clients[participant].shareKeys(with: keys, using: &weak)
      try session.server.receive(shares)
    }
    try session.server.closeSharing()
    try session.upload(inputs)
    let leagued = 1..<5
    let alive = try disclosures(of: session.clients, leagued, survivors: Array(0..<8))
    let dead = try disclosures(of: session.clients, leagued, survivors: Array(1..<8))
    var attacker = Attacker(session)
    attacker.sharesNeeded = 4
    let opened = try attacker.unmask(0, selfMaskFrom: alive, ownMaskingKeyFrom: dead)
    #expect((opened == inputs[0]) == !isRandom)
  }

  /// Property 13: a server that declares everybody dropped but its victim and one client of its own.
  @Test(arguments: [2, 6])
  func `a sum of two gives an input away unless more are required`(_ minimum: Int) throws {
    let parameters = try makeParameters(8, threshold: 2, minimumSurvivors: minimum)
    let inputs = makeInputs(parameters)
    var session = SimulatedSession(parameters)
    try session.advertise()
    try session.share()
    if minimum == 2 {
      try session.upload(inputs, without: Set(2..<8))
      let sum = try session.unmask().sum
      #expect(zip(sum.words32, inputs[1].words32).map { $0 &- $1 } == inputs[0].words32)
    } else {
      #expect(throws: SecureAggregationError.belowThreshold(remaining: 2, required: 6)) {
        try session.upload(inputs, without: Set(2..<8))
      }
      // Nor does the victim answer a server that asks all the same.
      #expect(throws: SecureAggregationError.belowThreshold(remaining: 2, required: 6)) {
        try session.clients[0].unmask(
          Survivors(participant: 0, members: [0, 1], cohortSize: 8))
      }
    }
  }

  /// Property 15: asked after the session for the other secret of a survivor, clients have nothing
  /// left to tell; clients that kept what they should have wiped give the survivor away.
  @Test(arguments: [true, false])
  func `what clients keep after a session opens a vector`(_ isWiped: Bool) throws {
    let parameters = try makeParameters(8, threshold: 5)
    let inputs = makeInputs(parameters)
    var session = SimulatedSession(parameters)
    try session.advertise()
    try session.share()
    try session.upload(inputs)
    let kept = session.clients
    var first: [UnmaskingShares] = []
    for participant in 0..<8 {
      let survivors = session.server.survivors(for: participant)
      first.append(try session.clients[participant].unmask(survivors))
    }
    let later = (1..<8).compactMap { participant in
      var client = isWiped ? session.clients[participant] : kept[participant]
      return try? client.unmask(
        Survivors(participant: participant, members: Array(1..<8), cohortSize: 8))
    }
    #expect(later.isEmpty == isWiped)
    let opened = try Attacker(session).unmask(0, selfMaskFrom: first, ownMaskingKeyFrom: later)
    #expect((opened == inputs[0]) == !isWiped)
  }

  /// Property 17: with seeds folded to 16 bits (Flower: 32) a mask is found by trying them all.
  ///
  /// Everybody but the victim is in league with the server, so its own mask is all that is left.
  @Test(arguments: [true, false])
  func `a mask from few bits of its seed is found by trying`(_ isFolded: Bool) throws {
    let parameters = try makeParameters(4, threshold: 2)
    var inputs = makeInputs(parameters)
    // What an attacker can guess of an update: coordinates that nobody's training touches.
    let known = 4
    inputs[0] = .bits32([UInt32](repeating: 0, count: known) + inputs[0].words32.dropFirst(known))
    let cryptography = isFolded ? Cryptography.folded : .standard
    var session = SimulatedSession(parameters, cryptography: cryptography)
    try session.advertise()
    try session.share()
    try session.upload(inputs)
    let peers = try (1..<4).flatMap { dropped in
      try (1..<4).filter { $0 != dropped }.flatMap { holder in
        try disclosures(
          of: session.clients, holder..<(holder + 1), survivors: (0..<4).filter { $0 != dropped })
      }
    }
    var attacker = Attacker(session)
    attacker.addMask = cryptography.addMask
    let masked = try attacker.unmask(0, peersMaskingKeysFrom: peers).words32
    let found = (0..<(1 << 16)).lazy.compactMap { fold -> [UInt32]? in
      let seed = Cryptography.seed(ofFold: [UInt8(fold & 0xFF), UInt8(fold >> 8)])
      let mask = words(seed, count: known)
      guard zip(masked, mask).allSatisfy({ $0 == $1 }) else { return nil }
      return zip(masked, words(seed, count: masked.count)).map { $0 &- $1 }
    }.first
    #expect(found == (isFolded ? inputs[0].words32 : nil))
  }

  private func words(_ seed: MaskSeed, count: Int) -> [UInt32] {
    seed.keystream(firstBlock: 0, count: 4 * count).withUnsafeBytes {
      Array($0.bindMemory(to: UInt32.self))
    }
  }

  /// What these clients say about the survivors; copies of them, which are not used up.
  private func disclosures(
    of clients: [AggregationClient], _ holders: Range<Int>, survivors: [Int]
  ) throws -> [UnmaskingShares] {
    try holders.map { holder in
      var copy = clients[holder]
      return try copy.unmask(
        Survivors(participant: holder, members: survivors, cohortSize: clients.count))
    }
  }
}

/// Draws zeros where the coefficients of polynomials are drawn, word by word.
private struct ConstantPolynomials: SecureRandomSource {
  var source: KeyedRandomSource

  mutating func fill(_ bytes: UnsafeMutableRawBufferPointer) {
    source.fill(bytes)
    if bytes.count == MemoryLayout<UInt64>.size {
      bytes.initializeMemory(as: UInt8.self, repeating: 0)
    }
  }
}
