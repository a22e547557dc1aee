import SecureAggregation
import Testing

/// The protocol doing what it is for: properties 1, 3, 13 and 15 of the list in privacy.md, A3.
@Suite struct ProtocolTests {
  /// Property 1, with dropouts in every round, both schemes, adversaries and moduli.
  @Test(arguments: 0..<48)
  func `the sum is exact, whoever drops out`(_ number: Int) throws {
    var source = KeyedRandomSource(seed: UInt64(number), purpose: .session)
    let cohortSize = 6 + Int(source.below(20))
    let neighbours = number % 2 == 0 ? nil : 2 * (2 + Int(source.below(UInt64(cohortSize / 2 - 2))))
    let shares = (neighbours ?? cohortSize - 1) + 1
    let parameters = try makeParameters(
      cohortSize, threshold: 2 + Int(source.below(UInt64(shares / 2 - 1))),
      neighbours: neighbours == cohortSize ? nil : neighbours,
      adversary: number % 4 < 2 ? .curious : .active,
      modulus: number % 3 == 0 ? .bits64 : .bits32, length: 1 + Int(source.below(40)))
    let inputs = makeInputs(parameters, seed: UInt64(number))
    var dropouts = SimulatedSession.Dropouts()
    for participant in 0..<cohortSize where source.below(4) == 0 {
      switch source.below(5) {
      case 0: dropouts.beforeKeys.insert(participant)
      case 1: dropouts.beforeShares.insert(participant)
      case 2: dropouts.beforeUpload.insert(participant)
      case 3: dropouts.beforeConfirmation.insert(participant)
      default: dropouts.beforeUnmasking.insert(participant)
      }
    }
    if parameters.adversary == .curious { dropouts.beforeConfirmation = [] }

    var session = SimulatedSession(parameters, seed: UInt64(number))
    let lost = dropouts.beforeKeys.union(dropouts.beforeShares).union(dropouts.beforeUpload)
    let survivors = (0..<cohortSize).filter { !lost.contains($0) }
    do {
      let aggregate = try session.run(inputs, dropouts: dropouts, on: .threads(2))
      #expect(aggregate.survivors == survivors)
      #expect(aggregate.sum == plainSum(inputs, of: survivors))
    } catch SecureAggregationError.belowThreshold(let remaining, let required) {
      // Only where the ring was sparse or many were lost; the fixed cases below always succeed.
      #expect(remaining < required)
      #expect(!lost.isEmpty || !dropouts.beforeUnmasking.union(dropouts.beforeConfirmation).isEmpty)
    }
  }

  @Test(arguments: Adversary.allCases, AggregationScheme.allCases)
  func `one is lost in each round and the rest still add up`(
    _ adversary: Adversary, _ scheme: AggregationScheme
  ) throws {
    let parameters = try makeParameters(
      24, threshold: 5, neighbours: scheme == .secagg ? nil : 14, adversary: adversary)
    let inputs = makeInputs(parameters)
    var session = SimulatedSession(parameters)
    let aggregate = try session.run(
      inputs,
      dropouts: .init(
        beforeKeys: [0], beforeShares: [5], beforeUpload: [9, 10], beforeConfirmation: [17],
        beforeUnmasking: [21]))
    let survivors = (0..<24).filter { ![0, 5, 9, 10].contains($0) }
    #expect(aggregate.survivors == survivors)
    #expect(aggregate.sum == plainSum(inputs, of: survivors))
  }

  @Test func `the server's work does not depend on the number of threads`() throws {
    let parameters = try makeParameters(12, threshold: 4, length: 70_001)
    let inputs = makeInputs(parameters)
    let aggregates = try [ParallelExecutor.serial, .threads(2), .threads(7)].map { executor in
      var session = SimulatedSession(parameters)
      return try session.run(inputs, dropouts: .init(beforeUpload: [3, 8]), on: executor)
    }
    #expect(aggregates.allSatisfy { $0 == aggregates[0] })
    // 10 self masks and 2 × 10 pairwise ones.
    #expect(aggregates[0].expandedMasks == 30)
  }

  @Test func `the same seed sends the same bytes`() throws {
    let parameters = try makeParameters(8, threshold: 4, adversary: .active)
    let transcripts = try (0..<2).map { _ in
      var session = SimulatedSession(parameters)
      _ = try session.run(makeInputs(parameters), dropouts: .init(beforeUpload: [2]))
      return session.transcript
    }
    #expect(transcripts[0] == transcripts[1])
  }

  /// Property 3.
  @Test func `too few uploads abandon the session before anything is asked for`() throws {
    let parameters = try makeParameters(10, threshold: 7)
    var session = SimulatedSession(parameters)
    try session.advertise()
    try session.share()
    #expect(throws: SecureAggregationError.belowThreshold(remaining: 6, required: 7)) {
      try session.upload(makeInputs(parameters), without: [0, 1, 2, 3])
    }
    #expect(throws: SecureAggregationError.self) { try session.server.unmask() }
    // Even a server that asked nevertheless would get nothing.
    let survivors = Survivors(participant: 9, members: [4, 5, 6, 7, 8, 9], cohortSize: 10)
    #expect(throws: SecureAggregationError.belowThreshold(remaining: 6, required: 7)) {
      try session.clients[9].unmask(survivors)
    }
  }

  @Test(arguments: [3, 4])
  func `t − 1 disclosures open nothing, t open the sum`(_ silent: Int) throws {
    let parameters = try makeParameters(10, threshold: 7)
    let inputs = makeInputs(parameters)
    var session = SimulatedSession(parameters)
    try session.advertise()
    try session.share()
    try session.upload(inputs)
    if silent == 3 {
      let aggregate = try session.unmask(without: [0, 1, 2])
      #expect(aggregate.sum == plainSum(inputs, of: Array(0..<10)))
    } else {
      #expect(throws: SecureAggregationError.belowThreshold(remaining: 6, required: 7)) {
        try session.unmask(without: [0, 1, 2, 3])
      }
      #expect(throws: SecureAggregationError.self) { try session.server.unmask() }
    }
  }

  @Test func `too few keys or shares abandon the session`() throws {
    let parameters = try makeParameters(10, threshold: 7)
    var early = SimulatedSession(parameters)
    #expect(throws: SecureAggregationError.belowThreshold(remaining: 6, required: 7)) {
      try early.advertise(without: [0, 1, 2, 3])
    }
    var late = SimulatedSession(parameters)
    try late.advertise(without: [0])
    #expect(throws: SecureAggregationError.belowThreshold(remaining: 6, required: 7)) {
      try late.share(without: [1, 2, 3])
    }
  }

  /// A dropped participant whose neighbours dropped with it leaves no mask behind.
  @Test func `a whole neighbourhood may vanish when nobody is left who masked against it`() throws {
    let parameters = try makeParameters(12, threshold: 2, neighbours: 2)
    let inputs = makeInputs(parameters)
    var session = SimulatedSession(parameters)
    try session.advertise()
    let middle = 0
    var gone: Set = [middle]
    gone.formUnion(session.server.neighbourKeys(for: middle).table.peers)
    // Its two neighbours each have one survivor at most, too few to reconstruct their keys.
    try session.share()
    #expect(throws: SecureAggregationError.belowThreshold(remaining: 1, required: 2)) {
      try session.upload(inputs, without: gone)
    }
  }

  /// Property 13.
  @Test func `an aggregate of fewer than the minimum is withheld`() throws {
    let parameters = try makeParameters(10, threshold: 4, minimumSurvivors: 9)
    var session = SimulatedSession(parameters)
    #expect(throws: SecureAggregationError.belowThreshold(remaining: 8, required: 9)) {
      try session.run(makeInputs(parameters), dropouts: .init(beforeUpload: [1, 2]))
    }
    // A client does not help a server that goes on all the same.
    #expect(throws: SecureAggregationError.belowThreshold(remaining: 8, required: 9)) {
      try session.clients[0].unmask(
        Survivors(participant: 0, members: [0, 3, 4, 5, 6, 7, 8, 9], cohortSize: 10))
    }
    #expect(throws: SecureAggregationError.self) {
      try makeParameters(10, threshold: 4, minimumSurvivors: 1)
    }
  }

  /// Property 15.
  @Test func `a client is used up by its session and wiped`() throws {
    let parameters = try makeParameters(8, threshold: 5)
    var session = SimulatedSession(parameters)
    try session.advertise()
    try session.share()
    try session.upload(makeInputs(parameters))
    #expect(session.clients.allSatisfy { $0.holdsSecrets && !$0.isOver })
    let survivors = session.server.survivors(for: 3)
    _ = try session.unmask()
    #expect(session.clients.allSatisfy { !$0.holdsSecrets && $0.isOver })
    #expect(throws: SecureAggregationError.self) { try session.clients[3].unmask(survivors) }
    #expect(throws: SecureAggregationError.self) {
      try session.clients[3].advertiseKeys(using: &session.sources[3])
    }
  }

  @Test func `an abort wipes a client as well`() throws {
    let parameters = try makeParameters(8, threshold: 5)
    var session = SimulatedSession(parameters)
    try session.advertise()
    try session.share()
    // Out of turn: survivors before the input.
    #expect(throws: SecureAggregationError.self) {
      try session.clients[2].unmask(
        Survivors(participant: 2, members: Array(0..<8), cohortSize: 8))
    }
    #expect(!session.clients[2].holdsSecrets && session.clients[2].isOver)
  }

  @Test func `steps out of order are refused by the server`() throws {
    let parameters = try makeParameters(6, threshold: 3)
    var session = SimulatedSession(parameters)
    #expect(throws: SecureAggregationError.self) { try session.server.closeSharing() }
    #expect(throws: SecureAggregationError.self) { try session.server.closeInput() }
    #expect(throws: SecureAggregationError.self) { try session.server.unmask() }
    _ = try session.run(makeInputs(parameters))
    #expect(throws: SecureAggregationError.self) { try session.server.unmask() }
  }

  @Test(arguments: Adversary.allCases)
  func `predicted bytes are those that were sent`(_ adversary: Adversary) throws {
    let parameters = try makeParameters(30, threshold: 7, neighbours: 12, adversary: adversary)
    var session = SimulatedSession(parameters)
    let aggregate = try session.run(makeInputs(parameters))
    let cost = AggregationCost(parameters, dropoutRate: 0)
    let sent = session.transcript.reduce(0) { $0 + $1.count }
    let predicted = 30 * (cost.bytesFromClient + cost.bytesToClient)
    // Who chooses whom is a matter of chance where participants choose.
    let tolerance = adversary == .active ? predicted / 50 : 0
    #expect(abs(sent - predicted) <= tolerance)
    #expect(Double(aggregate.expandedMasks) == cost.serverMasks)
  }

  @Test func `messages of a wrong length or with wrong peers are malformed`() throws {
    let parameters = try makeParameters(8, threshold: 5)
    var session = SimulatedSession(parameters)
    _ = try session.run(makeInputs(parameters))
    for bytes in session.transcript {
      for length in [0, 1, 12, bytes.count - 1] {
        #expect(!decodes(Array(bytes.prefix(length)), parameters))
      }
      #expect(!decodes(bytes + [0], parameters))
      #expect(decodes(bytes, parameters))
    }
    // An unknown participant, peers twice, and more peers than there are.
    var advertisement = session.transcript[0]
    advertisement[9] = 8
    #expect(!decodes(advertisement, parameters))
    var bits = Survivors(participant: 0, members: [], cohortSize: 8).encoded(for: parameters)
    #expect(decodes(bits, parameters))
    bits.append(0)
    #expect(!decodes(bits, parameters))
    let smaller = try makeParameters(7, threshold: 5)
    let beyond = Survivors(participant: 0, members: [7], cohortSize: 8).encoded(for: smaller)
    #expect(!decodes(beyond, smaller))
  }

  private func decodes(_ bytes: [UInt8], _ parameters: AggregationParameters) -> Bool {
    let types: [any AggregationMessage.Type] = [
      KeyAdvertisement.self, NeighbourKeys.self, EncryptedShares.self, RelayedShares.self,
      MaskedInput.self, Survivors.self, UnmaskingShares.self,
    ]
    return types.contains { (try? $0.init(decoding: bytes, parameters: parameters)) != nil }
  }
}
