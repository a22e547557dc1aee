import SecureAggregation
import Testing

/// Bugs of other implementations (privacy.md, end of A3) that no test of a property covers.
@Suite struct PublicBugTests {
  /// Flower draws masks by randint(0, R − 1), which never gives R − 1: its masks are not uniform.
  @Test func `masks reach both ends of the range`() {
    let seed = MaskSeed([UInt8](repeating: 7, count: 32))
    var tops = Set<UInt8>()
    for block in stride(from: UInt64(0), to: 4_096, by: 1_024) {
      let stream = Array(seed.keystream(firstBlock: block, count: 16_384))
      for index in stride(from: 3, to: stream.count, by: 4) { tops.insert(stream[index]) }
    }
    // 16 384 words: that a top byte is missing has a probability of 256 × e^−64.
    #expect(tops.count == 256)
  }

  /// In Flower a client lost before it shared its keys stays in the list of the dead, whose shares
  /// nobody has: a KeyError in every neighbour, and the whole round is lost.
  @Test(arguments: Adversary.allCases)
  func `who vanishes before sharing its keys costs nobody else anything`(
    _ adversary: Adversary
  ) throws {
    let parameters = try makeParameters(10, threshold: 6, adversary: adversary)
    let inputs = makeInputs(parameters)
    var session = SimulatedSession(parameters)
    let aggregate = try session.run(
      inputs, dropouts: .init(beforeKeys: [1], beforeShares: [4], beforeUpload: [7]))
    #expect(aggregate.survivors == [0, 2, 3, 5, 6, 8, 9])
    #expect(aggregate.sum == plainSum(inputs, of: aggregate.survivors))
    // Seven masks of their own, and those of the only one whose masks are in the sum.
    #expect(aggregate.expandedMasks == 7 + 7)
  }

  /// Flower's unmasking never checks that the living and the dead are different clients.
  @Test func `nobody can be both alive and dead`() {
    let survivors = Survivors(participant: 0, members: [0, 2, 2, 5], cohortSize: 8)
    #expect(survivors.count == 3)
    #expect((0..<8).filter { survivors.contains($0) } == [0, 2, 5])
  }

  /// fedbiomed #789: a carry out of one packed element into the next.
  @Test(arguments: Modulus.allCases)
  func `coordinates at their bounds leave their neighbours alone`(_ modulus: Modulus) throws {
    let encoding = try FixedPointEncoding(
      updateLength: 6, clip: 1, maximumWeight: 9, cohortSize: 40, modulus: modulus)
    let parameters = try makeParameters(
      40, threshold: 20, modulus: modulus, length: encoding.vectorLength)
    let update: [Float] = [1, 0, -1, 0, 1, -1]
    let inputs = try (0..<40).map { client in
      var source = KeyedRandomSource(seed: 1, purpose: .rounding, client: client)
      return try update.withUnsafeBufferPointer {
        try encoding.encode($0, weight: 9, using: &source).residues
      }
    }
    var session = SimulatedSession(parameters)
    let sum = try session.run(inputs).sum
    let decoded = try encoding.decode(sum, participants: 40)
    #expect(decoded.weightedUpdate == [360, 0, -360, 0, 360, -360])
    #expect(decoded.weight == 360)
  }

  /// TFF's simulation stands in for secure sums with plain ones, OpenFL adds floating-point masks
  /// that do not cancel: here every vector on the way is far from its input, and the sum is exact.
  @Test func `what is summed is masked, and the sum is not an approximation`() throws {
    let parameters = try makeParameters(6, threshold: 3, length: 1_000)
    let inputs = makeInputs(parameters)
    var session = SimulatedSession(parameters)
    let aggregate = try session.run(inputs)
    for participant in 0..<6 {
      let sent = try #require(session.maskedInputs[participant]).vector.withoutCheck.words32
      #expect(zip(sent, inputs[participant].words32).allSatisfy { $0 != $1 })
    }
    #expect(aggregate.sum == plainSum(inputs, of: Array(0..<6)))
  }
}
