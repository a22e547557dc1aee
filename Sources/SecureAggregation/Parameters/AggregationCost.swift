/// What a session will send and compute, predicted from its parameters.
package struct AggregationCost: Equatable, Sendable {
  /// Bytes that one participant sends when it stays to the end.
  package let bytesFromClient: Int
  /// Bytes that one participant receives when everybody stays to the end.
  package let bytesToClient: Int
  /// Masks that one participant expands: one per neighbour and its own.
  package let clientMasks: Int
  /// Masks that the server expands, in expectation.
  package let serverMasks: Double

  /// - Parameter dropoutRate: the fraction that vanishes between sharing keys and uploading.
  package init(_ parameters: AggregationParameters, dropoutRate: Double) {
    let neighbours = parameters.neighbours
    // In expectation, where participants choose: then the numbers of bytes and masks are, too.
    let peers = Int(parameters.expectedPeers.rounded())
    let isActive = parameters.adversary == .active
    let header = KeyAdvertisement.headerLength
    let signature = SigningIdentity.signatureLength
    bytesFromClient =
      header + KeyAdvertisement.blockLength(for: parameters)
      + EncryptedShares.encodedLength(peers: neighbours, for: parameters)
      + header + (parameters.vectorLength + 1) * parameters.modulus.byteCount
      + (isActive ? header + signature : 0)
      + UnmaskingShares.encodedLength(peers: neighbours + 1, for: parameters)
    bytesToClient =
      NeighbourKeys.encodedLength(peers: peers, for: parameters)
      + RelayedShares.encodedLength(peers: neighbours, for: parameters)
      + RelayedShares.othersLength(peers - neighbours, for: parameters)
      + header + Survivors.bitmapLength(for: parameters.cohortSize)
      + (isActive
        ? ConsistencySignatures.encodedLength(
          peers: parameters.minimumSurvivors - 1, for: parameters) : 0)
    clientMasks = peers + 1
    let survivors = Double(parameters.cohortSize) * (1 - dropoutRate)
    serverMasks = survivors + survivors * dropoutRate * parameters.expectedPeers
  }
}
