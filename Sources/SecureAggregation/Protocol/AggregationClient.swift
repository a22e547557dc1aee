import Sealing

/// One participant of one session; every method is one step and can be taken once.
///
/// Bonawitz et al. 2017, figure 4, on the graphs of Bell et al. 2020. Whatever does not look as it
/// should aborts the session: the secrets are wiped and every later step is refused.
///
/// Against an active adversary nothing rests on what the server says: a participant draws the
/// neighbours that hold its shares itself, refuses survivors among whom is a neighbour of its choice
/// that it has not masked against, and discloses shares for survivors that `minimumSurvivors`
/// participants have signed.
package struct AggregationClient: Sendable {
  enum Phase: String, Sendable {
    case idle, advertised, shared, masked, confirmed, finished, aborted
  }

  package let participant: Int
  let parameters: AggregationParameters
  let credentials: Credentials?
  let cryptography: Cryptography
  let keys: SessionKeys
  let signatures: SignatureMemory?

  var phase = Phase.idle
  var sharingPair: KeyPair?
  var maskingPair: KeyPair?
  /// Private bytes of `maskingPair`, to be shared.
  var maskingSecret: [UInt8] = []
  var selfMaskSeed: [UInt8] = []
  /// Whom this participant wants to hold its shares: all others, or those that it chose; empty
  /// against a curious adversary, who assigns neighbours.
  var chosen: [Int] = []
  /// Whose keys it was given.
  var neighbours: [Int] = []
  /// Neighbours that it made shares for.
  var holders: [Int] = []
  /// Neighbours that shared their keys: there is a mask with each of them.
  var maskedAgainst: [Int] = []
  /// By neighbour: its advertisement, until the masks are made.
  var advertisements: PeerTable
  /// By neighbour: the key that opens what it seals for this participant.
  var openingKeys = PeerTable(stride: SealingKey.length)
  /// By owner, this participant among them: masking-key share ‖ self-mask share.
  var heldShares = PeerTable(stride: 2 * ShamirSharing.shareLength)
  var survivors: Survivors?

  /// - Parameters:
  ///   - credentials: required against an active adversary, and only then.
  ///   - memory: shared by the participants that one process simulates.
  package init(
    participant: Int, parameters: AggregationParameters, credentials: Credentials? = nil,
    cryptography: Cryptography = .standard, memory: PairKeyMemory? = nil
  ) {
    precondition(participant >= 0 && participant < parameters.cohortSize)
    precondition((credentials != nil) == (parameters.adversary == .active))
    self.participant = participant
    self.parameters = parameters
    self.credentials = credentials
    self.cryptography = cryptography
    keys = SessionKeys(parameters, cryptography, memory: memory)
    signatures = memory?.signatures
    advertisements = PeerTable(stride: NeighbourKeys.stride(for: parameters))
  }

  /// True when the session ended for this participant, well or not.
  package var isOver: Bool { phase == .finished || phase == .aborted }

  /// Runs one step: only in its phase, and with nothing left behind when it throws.
  mutating func step<Message>(
    from required: Phase, to next: Phase,
    _ body: (inout AggregationClient) throws(SecureAggregationError) -> Message
  ) throws(SecureAggregationError) -> Message {
    do throws(SecureAggregationError) {
      guard phase == required else {
        throw .unexpected(
          "participant \(participant) is \(phase.rawValue), not \(required.rawValue)")
      }
      let message = try body(&self)
      phase = next
      if next == .finished { wipe() }
      return message
    } catch {
      phase = .aborted
      wipe()
      throw error
    }
  }

  /// True while a secret of this participant is in memory.
  package var holdsSecrets: Bool {
    sharingPair != nil || maskingPair != nil || !maskingSecret.isEmpty || !selfMaskSeed.isEmpty
      || openingKeys.count > 0 || heldShares.count > 0
  }

  private mutating func wipe() {
    sharingPair = nil
    maskingPair = nil
    maskingSecret.wipe()
    selfMaskSeed.wipe()
    openingKeys.wipe()
    heldShares.wipe()
  }

  func requireAddressed(_ message: some AggregationMessage) throws(SecureAggregationError) {
    guard message.participant == participant else {
      throw .unexpected("a message for participant \(message.participant)")
    }
  }
}

/// Who a participant is and whom it recognises.
package struct Credentials: Sendable {
  package let identity: SigningIdentity
  /// The Ed25519 key of a participant, from a source that the server does not control.
  package let publicKey: @Sendable (_ participant: Int) -> [UInt8]?

  package init(
    identity: SigningIdentity, publicKey: @escaping @Sendable (_ participant: Int) -> [UInt8]?
  ) {
    self.identity = identity
    self.publicKey = publicKey
  }
}
