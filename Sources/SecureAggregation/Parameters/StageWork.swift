/// What one participant of a session sends, receives and computes in one exchange with the server.
package struct StageWork: Equatable, Sendable {
  package var bytesToClient = 0.0
  package var bytesFromClient = 0.0
  /// Arithmetic operations, training left out.
  package var operations = 0.0

  /// Of one multiplication on Curve25519, in operations: about 10^5 cycles of a 64-bit processor.
  package static let operationsPerKey = 3e5
  /// Of one byte of a mask: a byte of AES-CTR and its addition.
  package static let operationsPerMaskByte = 4.0
  /// Of one share of a secret, for each coefficient of the polynomial.
  package static let operationsPerShare = 20.0

  package init() {}

  package static func + (left: StageWork, right: StageWork) -> StageWork {
    var work = left
    work.bytesToClient += right.bytesToClient
    work.bytesFromClient += right.bytesFromClient
    work.operations += right.operations
    return work
  }

  /// The same so many times.
  package func repeated(_ times: Double) -> StageWork {
    var work = self
    work.bytesToClient *= times
    work.bytesFromClient *= times
    work.operations *= times
    return work
  }
}

extension AggregationParameters {
  /// The exchanges in order: keys, shares, input, confirmation, unmasking; where everybody stays to the end.
  package var stages: [StageWork] {
    let header = Double(KeyAdvertisement.headerLength)
    let isActive = adversary == .active
    let chosen = Double(neighbours)
    let peers = expectedPeers
    let secrets = 2.0
    func table(_ message: (some PeerTableMessage).Type, _ count: Double) -> Double {
      let empty = message.encodedLength(peers: 0, for: self)
      let one = message.encodedLength(peers: 1, for: self)
      return Double(empty) + count * Double(one - empty)
    }
    let vector = Double((vectorLength + 1) * modulus.byteCount)
    var stages = [StageWork](repeating: StageWork(), count: 5)
    stages[0].bytesFromClient = header + Double(KeyAdvertisement.blockLength(for: self))
    stages[0].operations = (isActive ? 3 : 2) * StageWork.operationsPerKey
    stages[1].bytesToClient = table(NeighbourKeys.self, peers)
    stages[1].bytesFromClient = table(EncryptedShares.self, chosen)
    stages[1].operations =
      secrets * peers * StageWork.operationsPerKey
      + secrets * chosen * Double(threshold) * StageWork.operationsPerShare
    stages[2].bytesToClient = table(RelayedShares.self, chosen)
    stages[2].bytesFromClient = header + vector
    stages[2].operations = (peers + 1) * vector * StageWork.operationsPerMaskByte
    let bitmap = header + Double(Survivors.bitmapLength(for: cohortSize))
    if isActive {
      stages[3].bytesToClient = bitmap
      stages[3].bytesFromClient = header + Double(SigningIdentity.signatureLength)
      stages[3].operations = StageWork.operationsPerKey
      stages[4].bytesToClient = table(ConsistencySignatures.self, Double(minimumSurvivors) - 1)
      stages[4].operations = Double(minimumSurvivors) * StageWork.operationsPerKey
    } else {
      stages[4].bytesToClient = bitmap
    }
    stages[4].bytesFromClient = table(UnmaskingShares.self, chosen + 1)
    return stages
  }
}
