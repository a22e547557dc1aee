import SecureAggregation

/// A whole session in one process: real clients, a real server, and every byte that passed between.
struct SimulatedSession {
  /// Who vanishes at which moment.
  struct Dropouts {
    var beforeKeys: Set<Int> = []
    var beforeShares: Set<Int> = []
    var beforeUpload: Set<Int> = []
    var beforeConfirmation: Set<Int> = []
    var beforeUnmasking: Set<Int> = []
  }

  let parameters: AggregationParameters
  var clients: [AggregationClient]
  var server: AggregationServer
  var sources: [KeyedRandomSource]
  var graphSource: KeyedRandomSource
  /// Everything that anybody sent.
  var transcript: [[UInt8]] = []
  var maskedInputs: [Int: MaskedInput] = [:]

  init(
    _ parameters: AggregationParameters, seed: UInt64 = 1,
    cryptography: Cryptography = .standard, serverCryptography: Cryptography = .standard
  ) {
    self.parameters = parameters
    let identities = Self.identities(parameters.cohortSize)
    clients = (0..<parameters.cohortSize).map { participant in
      AggregationClient(
        participant: participant, parameters: parameters,
        credentials: parameters.adversary == .active
          ? Credentials(identity: identities[participant], publicKey: Self.publicKey) : nil,
        cryptography: cryptography)
    }
    server = AggregationServer(
      parameters: parameters,
      identities: parameters.adversary == .active ? Self.publicKey : nil,
      cryptography: serverCryptography)
    sources = (0..<parameters.cohortSize).map {
      KeyedRandomSource(seed: seed, purpose: .clientSecrets, client: $0)
    }
    graphSource = KeyedRandomSource(seed: seed, purpose: .graph)
  }

  static func identities(_ count: Int, seed: UInt64 = 1) -> [SigningIdentity] {
    (0..<count).map { participant in
      var source = KeyedRandomSource(seed: seed, purpose: .identity, client: participant)
      return SigningIdentity(using: &source)
    }
  }

  static let publicKey: @Sendable (Int) -> [UInt8]? = { participant in
    var source = KeyedRandomSource(seed: 1, purpose: .identity, client: participant)
    return SigningIdentity(using: &source).publicKey
  }

  /// Encodes, records and decodes: what the other side gets to see.
  mutating func send<Message: AggregationMessage>(_ message: Message) throws -> Message {
    let bytes = message.encoded(for: parameters)
    transcript.append(bytes)
    return try Message(decoding: bytes, parameters: parameters)
  }

  mutating func advertise(without absent: Set<Int> = []) throws {
    for participant in clients.indices where !absent.contains(participant) {
      let message = try clients[participant].advertiseKeys(using: &sources[participant])
      try server.receive(try send(message))
    }
    try server.assignNeighbours(using: &graphSource)
  }

  mutating func share(without absent: Set<Int> = []) throws {
    for participant in server.advertisers where !absent.contains(participant) {
      let keys = try send(server.neighbourKeys(for: participant))
      let message = try clients[participant].shareKeys(with: keys, using: &sources[participant])
      try server.receive(try send(message))
    }
    try server.closeSharing()
  }

  /// Absent participants mask their input, too, but the server does not get it in time.
  mutating func upload(
    _ inputs: [ResidueVector], without absent: Set<Int> = []
  ) throws {
    for participant in server.sharers {
      let shares = try send(server.relayedShares(for: participant))
      let message = try clients[participant].maskInput(inputs[participant], shares: shares)
      maskedInputs[participant] = message
      if !absent.contains(participant) { try server.receive(try send(message)) }
    }
    try server.closeInput()
  }

  mutating func unmask(
    without absent: Set<Int> = [], confirmedWithout unconfirmed: Set<Int> = [],
    on executor: ParallelExecutor = .serial
  ) throws -> Aggregate {
    if parameters.adversary == .active {
      for participant in server.survivors where !unconfirmed.contains(participant) {
        let survivors = try send(server.survivors(for: participant))
        try server.receive(try send(try clients[participant].confirm(survivors)))
      }
      try server.closeConfirmation()
    }
    for participant in server.survivors
    where !absent.contains(participant) && !unconfirmed.contains(participant) {
      let shares: UnmaskingShares
      if parameters.adversary == .active {
        let signatures = try send(server.consistencySignatures(for: participant))
        shares = try clients[participant].unmask(confirmedBy: signatures)
      } else {
        shares = try clients[participant].unmask(try send(server.survivors(for: participant)))
      }
      try server.receive(try send(shares))
    }
    return try server.unmask(on: executor)
  }

  mutating func run(
    _ inputs: [ResidueVector], dropouts: Dropouts = Dropouts(),
    on executor: ParallelExecutor = .serial
  ) throws -> Aggregate {
    try advertise(without: dropouts.beforeKeys)
    try share(without: dropouts.beforeShares)
    try upload(inputs, without: dropouts.beforeUpload)
    return try unmask(
      without: dropouts.beforeUnmasking, confirmedWithout: dropouts.beforeConfirmation,
      on: executor)
  }
}

/// Parameters of a test session: the complete graph unless `neighbours` says otherwise.
func makeParameters(
  _ cohortSize: Int, threshold: Int, neighbours: Int? = nil, adversary: Adversary = .curious,
  modulus: Modulus = .bits32, length: Int = 16, minimumSurvivors: Int = 2, session: UInt8 = 1,
  round: Int = 1, model: UInt8 = 2
) throws -> AggregationParameters {
  try AggregationParameters(
    scheme: neighbours == nil ? .secagg : .secaggPlus, adversary: adversary,
    cohortSize: cohortSize,
    neighbourhood: Neighbourhood(
      neighbours: neighbours ?? cohortSize - 1, threshold: threshold),
    modulus: modulus, vectorLength: length, minimumSurvivors: minimumSurvivors,
    session: [UInt8](repeating: session, count: 32), round: round,
    modelHash: [UInt8](repeating: model, count: 32), layoutHash: [UInt8](repeating: 3, count: 32))
}

/// Random residues, different for every participant.
func makeInputs(_ parameters: AggregationParameters, seed: UInt64 = 5) -> [ResidueVector] {
  (0..<parameters.cohortSize).map { participant in
    var source = KeyedRandomSource(seed: seed, purpose: .noise, client: participant)
    let words = (0..<parameters.vectorLength).map { _ in source.word() }
    return switch parameters.modulus {
    case .bits32: .bits32(words.map { UInt32(truncatingIfNeeded: $0) })
    case .bits64: .bits64(words)
    }
  }
}

/// The sum that secure aggregation must come to, in plain arithmetic.
func plainSum(_ inputs: [ResidueVector], of participants: [Int]) -> ResidueVector {
  switch inputs[0] {
  case .bits32(let first):
    var sum = [UInt32](repeating: 0, count: first.count)
    for participant in participants {
      guard case .bits32(let words) = inputs[participant] else { continue }
      for index in sum.indices { sum[index] &+= words[index] }
    }
    return .bits32(sum)
  case .bits64(let first):
    var sum = [UInt64](repeating: 0, count: first.count)
    for participant in participants {
      guard case .bits64(let words) = inputs[participant] else { continue }
      for index in sum.indices { sum[index] &+= words[index] }
    }
    return .bits64(sum)
  }
}

extension ResidueVector {
  /// Without the last residue, the masked 1.
  var withoutCheck: ResidueVector {
    switch self {
    case .bits32(let words): .bits32(words.dropLast())
    case .bits64(let words): .bits64(words.dropLast())
    }
  }

  var words32: [UInt32] {
    guard case .bits32(let words) = self else { return [] }
    return words
  }
}

extension PeerTable {
  /// The same table with one block changed.
  func replacing(_ peer: Int, with block: some Collection<UInt8>) -> PeerTable {
    var table = PeerTable(stride: stride)
    for other in peers {
      if other == peer {
        table.append(other, block)
      } else if let block = self.block(of: other) {
        table.append(other, block)
      }
    }
    return table
  }
}
