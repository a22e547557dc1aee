/// Everything that the participants of one session have to agree on.
///
/// Every client builds its own value from what it was told (the model hash from the model it
/// received); the digest enters every key, so two clients that were told different things share
/// no key.
package struct AggregationParameters: Equatable, Sendable {
  package static let hashLength = 32

  package let scheme: AggregationScheme
  package let adversary: Adversary
  /// Participants are numbered 0..<cohortSize.
  package let cohortSize: Int
  package let neighbourhood: Neighbourhood
  package let modulus: Modulus
  /// Residues of the aggregate, all side numbers included.
  package let vectorLength: Int
  /// The aggregate of fewer participants is withheld.
  ///
  /// Against an active adversary so many participants must have signed the same survivors, and the
  /// number is never below (cohort + corrupt) ÷ 2 + 1: two sets of that size share an honest signer,
  /// and an honest participant signs one.
  package let minimumSurvivors: Int
  /// SHA-256 over all of the parameters.
  package let digest: [UInt8]

  /// - Parameters:
  ///   - corrupt: participants that may collude with the server.
  ///   - session: 32 bytes that no other session has.
  ///   - modelHash: SHA-256 of the model that was trained.
  ///   - layoutHash: SHA-256 of what the coordinates mean.
  package init(
    scheme: AggregationScheme, adversary: Adversary, cohortSize: Int,
    neighbourhood: Neighbourhood, modulus: Modulus, vectorLength: Int, minimumSurvivors: Int,
    corrupt: Int = 0, session: [UInt8], round: Int, modelHash: [UInt8], layoutHash: [UInt8]
  ) throws(SecureAggregationError) {
    for hash in [session, modelHash, layoutHash] {
      precondition(hash.count == Self.hashLength, "hashes have \(Self.hashLength) bytes")
    }
    precondition(vectorLength > 0 && corrupt >= 0)
    let neighbours = neighbourhood.neighbours
    let threshold = neighbourhood.threshold
    guard neighbours >= 1, neighbours < cohortSize,
      neighbours == cohortSize - 1
        || scheme == .secaggPlus && (adversary == .active || neighbours.isMultiple(of: 2))
    else {
      throw .infeasible("\(cohortSize) participants cannot have \(neighbours) neighbours each")
    }
    guard threshold >= 2, threshold <= neighbours + 1 else {
      throw .infeasible("a threshold of \(threshold) of \(neighbours + 1) shares")
    }
    guard minimumSurvivors >= 2 else {
      throw .infeasible(
        "at least \(minimumSurvivors) survivors of a cohort of \(cohortSize): the minimum must be"
          + " 2 or more, or the sum is one participant's own vector")
    }
    let minimumSurvivors =
      adversary == .active
      ? max(minimumSurvivors, (cohortSize + corrupt) / 2 + 1) : minimumSurvivors
    guard minimumSurvivors <= cohortSize else {
      throw .infeasible(
        "a cohort of \(cohortSize), of which at least \(minimumSurvivors) must be in the sum")
    }
    self.scheme = scheme
    self.adversary = adversary
    self.cohortSize = cohortSize
    self.neighbourhood = neighbourhood
    self.modulus = modulus
    self.vectorLength = vectorLength
    self.minimumSurvivors = minimumSurvivors

    var writer = ByteWriter()
    writer.append(text: "fedsim secure aggregation 1")
    writer.append(text: scheme.rawValue)
    writer.append(text: adversary.rawValue)
    let numbers = [cohortSize, neighbours, threshold, vectorLength, minimumSurvivors, round]
    for number in numbers { writer.append(Int64(number)) }
    writer.append(modulus.rawValue)
    writer.append(bytes: session)
    writer.append(bytes: modelHash)
    writer.append(bytes: layoutHash)
    digest = Cryptography.hash(writer.bytes)
  }

  package var neighbours: Int { neighbourhood.neighbours }
  package var threshold: Int { neighbourhood.threshold }

  /// Whether every participant chooses the neighbours that hold its shares: against a server that
  /// would choose them for its own ends, and where not everybody is a neighbour.
  package var choosesNeighbours: Bool { adversary == .active && neighbours < cohortSize - 1 }

  /// The most peers that a participant can be linked to.
  var mostPeers: Int { choosesNeighbours ? cohortSize - 1 : neighbours }

  /// Peers that a participant is linked to, in expectation: those it chose and those that chose it.
  package var expectedPeers: Double {
    let neighbours = Double(neighbours)
    guard choosesNeighbours else { return neighbours }
    return 2 * neighbours - neighbours * neighbours / Double(cohortSize - 1)
  }

  /// What messages of this session begin with.
  package var tag: ArraySlice<UInt8> { digest.prefix(8) }
}
