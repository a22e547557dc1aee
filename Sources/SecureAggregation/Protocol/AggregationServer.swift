/// The server's side of one session: relays, adds up masked vectors and removes the masks.
///
/// `receive` refuses a message by throwing and stays as it was: its sender counts as dropped out.
/// The methods that end a round throw when too few participants are left; the session is then
/// abandoned, before anybody was asked to reveal anything.
package struct AggregationServer: Sendable {
  enum Phase: String, Sendable {
    case advertising, sharing, masking, confirming, unmasking, finished, abandoned
  }

  let parameters: AggregationParameters
  let identities: (@Sendable (_ participant: Int) -> [UInt8]?)?
  let cryptography: Cryptography
  let keys: SessionKeys

  var phase = Phase.advertising
  /// By participant, each nil until it has arrived.
  var advertisements: [KeyAdvertisement?]
  var encryptedShares: [PeerTable?]
  var signatures: [[UInt8]?]
  var disclosures: [PeerTable?]
  var hasSharedKeys: [Bool]
  var hasSentInput: [Bool]
  /// Every public key that somebody advertised.
  var seenKeys: Set<SIMD4<UInt64>> = []
  /// By participant: whose shares it could not open.
  var complaints: [Int: [Int]] = [:]
  /// By participant: with how many others it was at odds in earlier sessions of the round.
  let earlierQuarrels: [Int: Int]
  var graph: NeighbourGraph?
  var sum: ResidueVector

  /// - Parameter identities: Ed25519 keys by participant, so that a message with a wrong signature
  ///   costs its sender the session and not all of its neighbours; nil trusts the clients to check.
  package init(
    parameters: AggregationParameters,
    identities: (@Sendable (_ participant: Int) -> [UInt8]?)? = nil,
    earlierQuarrels: [Int: Int] = [:], cryptography: Cryptography = .standard
  ) {
    self.parameters = parameters
    self.earlierQuarrels = earlierQuarrels
    self.identities = identities
    self.cryptography = cryptography
    keys = SessionKeys(parameters, cryptography)
    let size = parameters.cohortSize
    advertisements = [KeyAdvertisement?](repeating: nil, count: size)
    encryptedShares = [PeerTable?](repeating: nil, count: size)
    signatures = [[UInt8]?](repeating: nil, count: size)
    disclosures = [PeerTable?](repeating: nil, count: size)
    hasSharedKeys = [Bool](repeating: false, count: size)
    hasSentInput = [Bool](repeating: false, count: size)
    sum = ResidueVector(zeros: parameters.vectorLength + 1, modulus: parameters.modulus)
  }

  /// Who advertised keys, ascending.
  package var advertisers: [Int] {
    advertisements.indices.filter { advertisements[$0] != nil }
  }

  /// Who shared its keys with its neighbours, ascending.
  package var sharers: [Int] { hasSharedKeys.indices.filter { hasSharedKeys[$0] } }

  /// Whose masked vector is in the sum, ascending.
  package var survivors: [Int] { hasSentInput.indices.filter { hasSentInput[$0] } }

  /// Who has keys, in an order that keeps neighbours close; nil where everybody is a neighbour.
  package var ring: [Int]? { graph?.ring }

  func neighbours(of participant: Int) -> [Int] {
    graph?.neighbours(of: participant) ?? []
  }

  /// Who was to hold shares of a participant's secrets, beside itself.
  func holders(of participant: Int) -> [Int] {
    graph?.holders(of: participant) ?? []
  }

  func require(_ required: Phase) throws(SecureAggregationError) {
    guard phase == required else {
      throw .unexpected("the session is \(phase.rawValue), not \(required.rawValue)")
    }
  }

  /// Goes on to the next round, or abandons the session when too few are left.
  mutating func proceed(
    to next: Phase, with remaining: Int, required: Int
  ) throws(SecureAggregationError) {
    guard remaining >= required else {
      abandon()
      throw .belowThreshold(remaining: remaining, required: required)
    }
    phase = next
  }

  /// Gives the session up and forgets what it was sent.
  package mutating func abandon() {
    phase = .abandoned
    forgetMessages()
    sum = ResidueVector(zeros: 0, modulus: parameters.modulus)
  }

  mutating func forgetMessages() {
    encryptedShares = []
    signatures = []
    disclosures = []
  }

  func isAuthentic(
    _ signature: [UInt8], of participant: Int, for statement: [UInt8]
  ) -> Bool {
    guard let identities else { return true }
    guard let publicKey = identities(participant) else { return false }
    return cryptography.verify(signature[...], statement, publicKey)
  }
}
