import SecureAggregation

/// One client of a session: what arrives from the server goes in, what it answers comes out.
///
/// With `privacy.randomness: reproducible` a client that is made again and given the same messages
/// is the same.
package struct SessionClient: Sendable {
  private let session: AggregationSession
  private let participant: Int
  private let vanishingPoint: VanishingPoint?
  private var machine: AggregationClient
  private var source: SecretSource

  /// - Parameter memory: shared by the clients that one process simulates.
  package init(
    _ session: AggregationSession, participant: Int, memory: PairKeyMemory? = nil,
    cryptography: Cryptography = .standard
  ) {
    self.session = session
    self.participant = participant
    let client = session.cohort[participant]
    vanishingPoint = session.configuration.vanishingPoint(
      of: client, round: session.round, step: session.step)
    machine = AggregationClient(
      participant: participant, parameters: session.parameters,
      credentials: session.credentials(of: participant), cryptography: cryptography,
      memory: memory)
    // Two sessions of one round have no secret in common, or the sums of both would show the difference.
    source = session.configuration.secrets(
      .clientSecrets, round: session.round, client: client, context: session.identifier)
  }

  package var isOver: Bool { machine.isOver }

  /// The client's id in the population.
  package var client: Int { session.cohort[participant] }

  /// Round 0, which no message begins.
  package mutating func begin() throws(SecureAggregationError) -> [UInt8]? {
    guard !hasVanished(by: .beforeKeys) else { return nil }
    return try machine.advertiseKeys(using: &source).encoded(for: session.parameters)
  }

  /// The answer to a message, or nil when the client has vanished.
  ///
  /// - Parameter vector: trains, and gives the vector to be masked.
  package mutating func answer(
    _ message: [UInt8], vector: () throws -> ResidueVector
  ) throws -> [UInt8]? {
    let parameters = session.parameters
    switch message.first.flatMap(MessageKind.init) {
    case .neighbourKeys:
      let keys = try NeighbourKeys(decoding: message, parameters: parameters)
      return try machine.shareKeys(with: keys, using: &source).encoded(for: parameters)
    case .relayedShares:
      guard !hasVanished(by: .beforeUpload) else { return nil }
      let shares = try RelayedShares(decoding: message, parameters: parameters)
      do {
        return try machine.maskInput(try vector(), shares: shares).encoded(for: parameters)
      } catch SecureAggregationError.unopenedShares(let owners) {
        return ShareComplaint(participant: participant, accused: owners).encoded(for: parameters)
      }
    case .survivors:
      guard !hasVanished(by: .afterUpload) else { return nil }
      let survivors = try Survivors(decoding: message, parameters: parameters)
      if parameters.adversary == .active {
        return try machine.confirm(survivors).encoded(for: parameters)
      }
      guard !hasVanished(by: .beforeUnmask) else { return nil }
      return try machine.unmask(survivors).encoded(for: parameters)
    case .consistencySignatures where parameters.adversary == .active:
      guard !hasVanished(by: .beforeUnmask) else { return nil }
      let signatures = try ConsistencySignatures(decoding: message, parameters: parameters)
      return try machine.unmask(confirmedBy: signatures).encoded(for: parameters)
    default:
      throw SecureAggregationError.unexpected("a message that no server sends")
    }
  }

  private func hasVanished(by point: VanishingPoint) -> Bool {
    vanishingPoint.map { $0 <= point } ?? false
  }
}
