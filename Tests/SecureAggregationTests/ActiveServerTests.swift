import SecureAggregation
import Testing

/// A server that lies about who is whose neighbour and who is in the sum.
///
/// Participants with the smallest numbers are in league with it.
@Suite struct ActiveServerTests {
  /// Neighbourhoods for 5 % corrupt and 20 % dropouts where the server draws the graph by the rules.
  ///
  /// The semi-malicious rule of Bell et al. 2020.
  private static let attacks: [(cohort: Int, neighbours: Int, threshold: Int, opened: Int)] = [
    (100, 44, 25, 20), (1000, 148, 90, 40), (3000, 182, 111, 1),
  ]

  /// The server seats just enough honest participants among corrupt ones, and says of everybody that
  /// it survived: with a graph that it may draw, their sum is open; with one that they chose, nothing.
  @Test(arguments: attacks, [false, true])
  func `seating a few among corrupt participants opens their sum unless they choose`(
    _ attack: (cohort: Int, neighbours: Int, threshold: Int, opened: Int), _ isDefended: Bool
  ) throws {
    let requirements = AggregationRequirements(
      cohortSize: attack.cohort, adversary: .active, corruptFraction: 0.05, dropoutFraction: 0.2)
    let minimum = attack.cohort - requirements.dropouts
    let neighbourhood =
      isDefended
      ? try requirements.neighbourhood(for: .secaggPlus)
      : Neighbourhood(neighbours: attack.neighbours, threshold: attack.threshold)
    let parameters = try makeParameters(
      attack.cohort, threshold: neighbourhood.threshold, neighbours: neighbourhood.neighbours,
      adversary: isDefended ? .active : .curious, length: 4, minimumSurvivors: minimum)
    let leagued = min(requirements.corrupt, neighbourhood.threshold - 1)
    let group =
      Array(0..<leagued)
      + (0..<(neighbourhood.threshold - leagued)).map {
        requirements.corrupt + $0
      }
    var server = LyingServer(parameters, corrupt: requirements.corrupt)
    try server.advertise(group)
    let victims = group.filter { $0 >= requirements.corrupt }
    #expect(isDefended || victims.count == attack.opened)
    let opened = try? server.open(victims, seatedAmong: group)
    #expect(opened == (isDefended ? nil : plainSum(server.inputs, of: victims)))
    if isDefended {
      #expect(server.disclosures == 0 && server.uploads.allSatisfy { $0 < requirements.corrupt })
    }
  }

  /// The victim is told of no more than t − 1 of the neighbours that it chose, so that its only masks
  /// are with those; that the others are among the survivors gives the server away.
  @Test(arguments: [100, 1000])
  func `neighbours that are hidden from each other cannot both survive`(_ cohort: Int) throws {
    let requirements = AggregationRequirements(
      cohortSize: cohort, adversary: .active, corruptFraction: 0.05, dropoutFraction: 0.2)
    let found = try requirements.neighbourhood(for: .secaggPlus)
    let parameters = try makeParameters(
      cohort, threshold: found.threshold, neighbours: found.neighbours, adversary: .active,
      length: 4, minimumSurvivors: cohort - requirements.dropouts)
    let victim = cohort - 1
    var server = LyingServer(parameters, corrupt: requirements.corrupt)
    try server.advertise([victim])
    let chosen = server.choice(of: victim)
    let shown = Array(chosen.prefix(found.threshold - 1))
    try server.advertise(shown)
    var peers = PeerTable(stride: NeighbourKeys.stride(for: parameters))
    for peer in shown { peers.append(peer, server.block(of: peer)) }
    _ = try server.clients[victim]?.shareKeys(
      with: NeighbourKeys(participant: victim, table: peers), using: &server.source)
    var relayed = RelayedShares(
      participant: victim, table: PeerTable(stride: RelayedShares.stride(for: parameters)))
    relayed.others = shown
    _ = try server.clients[victim]?.maskInput(server.inputs[victim], shares: relayed)
    let everybody = Survivors(
      participant: victim, members: Array(0..<cohort), cohortSize: cohort)
    var client = try #require(server.clients[victim])
    #expect(throws: SecureAggregationError.self) { try client.confirm(everybody) }
    #expect(!client.holdsSecrets)
    // Nor can it leave out everybody that it hid: it may, but not all of them.
    let few = Survivors(
      participant: victim,
      members: (0..<cohort).filter { !chosen.contains($0) || shown.contains($0) },
      cohortSize: cohort)
    client = try #require(server.clients[victim])
    #expect(throws: Never.self) { try client.confirm(few) }
    #expect(throws: SecureAggregationError.self) {
      try client.unmask(
        confirmedBy: ConsistencySignatures(participant: victim, table: PeerTable(stride: 64)))
    }
  }

  /// A set of survivors that is smaller than the minimum, one that nobody else has signed, and one
  /// that is signed by the same few again and again.
  @Test func `nothing is disclosed for survivors that too few have signed`() throws {
    let parameters = try makeParameters(
      20, threshold: 4, neighbours: 10, adversary: .active, minimumSurvivors: 16)
    var session = SimulatedSession(parameters)
    try session.advertise()
    try session.share()
    try session.upload(makeInputs(parameters))
    for participant in 0..<20 {
      let survivors = session.server.survivors(for: participant)
      try session.server.receive(try session.clients[participant].confirm(survivors))
    }
    try session.server.closeConfirmation()
    let enough = session.server.consistencySignatures(for: 19)
    #expect(enough.table.count == 15)
    var client = session.clients[19]
    #expect(throws: Never.self) { try client.unmask(confirmedBy: enough) }

    var fewer = PeerTable(stride: 64)
    for signer in enough.table.peers.dropLast() {
      fewer.append(signer, try #require(enough.table.block(of: signer)))
    }
    client = session.clients[19]
    #expect(throws: SecureAggregationError.belowThreshold(remaining: 15, required: 16)) {
      try client.unmask(confirmedBy: ConsistencySignatures(participant: 19, table: fewer))
    }
    // The signature of one in the place of another's.
    let first = try #require(enough.table.block(of: enough.table.peers[0]))
    client = session.clients[19]
    #expect(throws: SecureAggregationError.notAuthentic(participant: enough.table.peers[1])) {
      try client.unmask(
        confirmedBy: ConsistencySignatures(
          participant: 19, table: enough.table.replacing(enough.table.peers[1], with: first)))
    }
  }

  /// Sybils: one identity under two numbers counts once.
  @Test func `an identity with two numbers signs once`() throws {
    let parameters = try makeParameters(6, threshold: 3, adversary: .active, minimumSurvivors: 6)
    let identities = SimulatedSession.identities(6)
    // The directory knows participant 4 and participant 5 by the same key.
    let directory: @Sendable (Int) -> [UInt8]? = { identities[$0 == 5 ? 4 : $0].publicKey }
    var session = SimulatedSession(parameters)
    for participant in 0..<6 {
      session.clients[participant] = AggregationClient(
        participant: participant, parameters: parameters,
        credentials: Credentials(
          identity: identities[participant == 5 ? 4 : participant], publicKey: directory))
    }
    session.server = AggregationServer(parameters: parameters)
    #expect(throws: SecureAggregationError.notAuthentic(participant: 5)) {
      try session.run(makeInputs(parameters))
    }
  }

  /// Two halves of a cohort are shown different survivors; neither half is enough.
  @Test(arguments: [2, 12, 15])
  func `two sets of survivors cannot both be signed by enough`(_ minimum: Int) throws {
    let parameters = try AggregationParameters(
      scheme: .secagg, adversary: .active, cohortSize: 20,
      neighbourhood: Neighbourhood(neighbours: 19, threshold: 3), modulus: .bits32,
      vectorLength: 4, minimumSurvivors: minimum, corrupt: 3,
      session: [UInt8](repeating: 1, count: 32), round: 1,
      modelHash: [UInt8](repeating: 2, count: 32), layoutHash: [UInt8](repeating: 3, count: 32))
    // Two sets of 12 of 20 may have 4 in common, and 3 are corrupt.
    #expect(parameters.minimumSurvivors == max(minimum, 12))
    var session = SimulatedSession(parameters)
    try session.advertise()
    try session.share()
    try session.upload(makeInputs(parameters))
    let views = [Array(0..<20), Array(0..<19)]
    var signatures = [PeerTable(stride: 64), PeerTable(stride: 64)]
    for participant in 0..<20 {
      // The first three sign both; the others what they are shown.
      for side in participant < 3 ? [0, 1] : [participant % 2]
      where views[side].contains(participant) {
        var copy = session.clients[participant]
        let signed = try copy.confirm(
          Survivors(participant: participant, members: views[side], cohortSize: 20))
        signatures[side].append(participant, signed.signature)
        session.clients[participant] = participant < 3 ? session.clients[participant] : copy
      }
    }
    for participant in 3..<19 {
      let side = participant % 2
      var table = PeerTable(stride: 64)
      for signer in signatures[side].peers where signer != participant {
        table.append(signer, try #require(signatures[side].block(of: signer)))
      }
      #expect(throws: SecureAggregationError.self) {
        try session.clients[participant].unmask(
          confirmedBy: ConsistencySignatures(participant: participant, table: table))
      }
    }
  }

  @Test func `a cohort smaller than the minimum is no session`() {
    #expect(throws: SecureAggregationError.self) {
      try makeParameters(30, threshold: 4, adversary: .active, minimumSurvivors: 80)
    }
    #expect(throws: SecureAggregationError.self) {
      try makeParameters(30, threshold: 4, minimumSurvivors: 80)
    }
  }
}

/// A server that tells every participant what suits it, and clients that do not know better.
private struct LyingServer {
  let parameters: AggregationParameters
  let corrupt: Int
  var inputs: [ResidueVector]
  var clients: [Int: AggregationClient] = [:]
  var source = KeyedRandomSource(seed: 31, purpose: .clientSecrets)
  private(set) var uploads: [Int] = []
  private(set) var disclosures = 0
  private var advertisements: [Int: KeyAdvertisement] = [:]
  private let memory = PairKeyMemory()

  init(_ parameters: AggregationParameters, corrupt: Int) {
    self.parameters = parameters
    self.corrupt = corrupt
    inputs = makeInputs(parameters)
    // What is added by those in league is known.
    for participant in 0..<corrupt {
      inputs[participant] = ResidueVector(
        zeros: parameters.vectorLength, modulus: parameters.modulus)
    }
  }

  mutating func advertise(_ participants: [Int]) throws {
    for participant in participants where clients[participant] == nil {
      var identity = KeyedRandomSource(seed: 1, purpose: .identity, client: participant)
      var client = AggregationClient(
        participant: participant, parameters: parameters,
        credentials: parameters.adversary == .active
          ? Credentials(
            identity: SigningIdentity(using: &identity), publicKey: SimulatedSession.publicKey)
          : nil, memory: memory)
      advertisements[participant] = try client.advertiseKeys(using: &source)
      clients[participant] = client
    }
  }

  func block(of participant: Int) -> [UInt8] {
    guard let advertisement = advertisements[participant] else { return [] }
    return advertisement.sharingKey + advertisement.maskingKey + advertisement.choice
      + advertisement.signature
  }

  func choice(of participant: Int) -> [Int] {
    guard let advertisement = advertisements[participant] else { return [] }
    return NeighbourChoice.neighbours(advertisement.choice, of: participant, parameters)
  }

  /// The sum of the victims, who are told that a group is all there is around them, and then that
  /// everybody survived.
  mutating func open(_ victims: [Int], seatedAmong group: [Int]) throws -> ResidueVector {
    var shares: [Int: PeerTable] = [:]
    // Honest ones first: where they refuse, nothing else matters.
    for participant in group.sorted(by: >) {
      var peers = PeerTable(stride: NeighbourKeys.stride(for: parameters))
      for peer in group.sorted() where peer != participant { peers.append(peer, block(of: peer)) }
      let message = NeighbourKeys(participant: participant, table: peers)
      shares[participant] = try clients[participant]?.shareKeys(with: message, using: &source).table
    }
    var sum = ResidueVector(zeros: parameters.vectorLength + 1, modulus: parameters.modulus)
    var masks: [Mask] = []
    var disclosed: [UnmaskingShares] = []
    for participant in group {
      var table = PeerTable(stride: RelayedShares.stride(for: parameters))
      for peer in group.sorted() {
        if let block = shares[peer]?.block(of: participant) { table.append(peer, block) }
      }
      let relayed = RelayedShares(participant: participant, table: table)
      guard let masked = try clients[participant]?.maskInput(inputs[participant], shares: relayed)
      else { continue }
      uploads.append(participant)
      sum.add(masked.vector)
    }
    for participant in group {
      let everybody = Survivors(
        participant: participant, members: Array(0..<parameters.cohortSize),
        cohortSize: parameters.cohortSize)
      guard let answer = try clients[participant]?.unmask(everybody) else { continue }
      disclosures += 1
      disclosed.append(answer)
    }
    let holders = disclosed.prefix(parameters.threshold)
    let coefficients = ShamirSharing.lagrangeCoefficients(
      at: holders.map { UInt64($0.participant) + 1 })
    let keys = SessionKeys(parameters, .standard)
    for owner in group {
      let shares = holders.flatMap { $0.table.block(of: owner)?.dropFirst() ?? [] }
      guard let seed = ShamirSharing.reconstruct(shares, coefficients: coefficients) else {
        throw SecureAggregationError.inconsistentShares(participant: owner)
      }
      masks.append(Mask(seed: keys.selfMask(seed, of: owner), isNegative: true))
    }
    sum.add(masks, by: Cryptography.standard.addMask, on: .serial)
    return sum.withoutCheck
  }
}
