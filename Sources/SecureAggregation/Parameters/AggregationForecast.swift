/// What a session will cost its participants and the server together, in expectation.
package struct AggregationForecast: Equatable, Sendable {
  /// Which fraction of the cohort gets to send its message of a round.
  package struct Remaining: Equatable, Sendable {
    /// Keys and shares.
    package var keys: Double
    package var input: Double
    package var confirmation: Double
    package var unmasking: Double

    package init(keys: Double, input: Double, confirmation: Double, unmasking: Double) {
      self.keys = keys
      self.input = input
      self.confirmation = confirmation
      self.unmasking = unmasking
    }
  }

  package let bytesToClients: Double
  package let bytesFromClients: Double
  /// Masks that all participants expand.
  package let clientMasks: Double
  /// Masks that the server expands.
  package let serverMasks: Double

  package init(_ parameters: AggregationParameters, remaining: Remaining) {
    let size = Double(parameters.cohortSize)
    let keys = size * remaining.keys
    let input = size * remaining.input
    let confirmation = size * remaining.confirmation
    let unmasking = size * remaining.unmasking
    let present = keys > 0 ? keys / size : 0
    let chosen =
      parameters.choosesNeighbours
      ? Double(parameters.neighbours) * present
      : max(0, min(Double(parameters.neighbours), keys - 1))
    let peers = parameters.choosesNeighbours ? parameters.expectedPeers * present : chosen
    let header = Double(KeyAdvertisement.headerLength)
    let isActive = parameters.adversary == .active
    func table(_ message: (some PeerTableMessage).Type, _ count: Double) -> Double {
      let empty = message.encodedLength(peers: 0, for: parameters)
      let one = message.encodedLength(peers: 1, for: parameters)
      return Double(empty) + count * Double(one - empty)
    }

    let advertisement = Double(KeyAdvertisement.blockLength(for: parameters))
    let vector = Double((parameters.vectorLength + 1) * parameters.modulus.byteCount)
    let signature = Double(SigningIdentity.signatureLength)
    bytesFromClients =
      keys * (header + advertisement + table(EncryptedShares.self, chosen))
      + input * (header + vector)
      + (isActive ? confirmation * (header + signature) : 0)
      + unmasking * table(UnmaskingShares.self, chosen + 1)

    let bitmap = Double(Survivors.bitmapLength(for: parameters.cohortSize))
    let signers = min(confirmation, Double(parameters.minimumSurvivors) - 1)
    let others =
      parameters.choosesNeighbours
      ? Double(RelayedShares.othersLength(0, for: parameters)) + 4 * (peers - chosen) : 0
    bytesToClients =
      keys * (table(NeighbourKeys.self, peers) + table(RelayedShares.self, chosen) + others)
      + input * (header + bitmap)
      + (isActive ? confirmation * table(ConsistencySignatures.self, signers) : 0)

    clientMasks = input * (peers + 1)
    serverMasks = input + (keys > 0 ? (keys - input) * peers * input / keys : 0)
  }
}
