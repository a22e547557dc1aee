import SecureAggregation
import Testing

/// What the bytes on the pipe show: properties 2 and 14 of the list in privacy.md, A3.
@Suite struct SecrecyTests {
  /// Property 2: one masked vector of 2^20 words looks uniform, with any one mask left out too.
  @Test(arguments: ["all masks", "no self mask", "one pair less", "no masks"])
  func `a masked vector is uniform`(_ setting: String) throws {
    let parameters = try makeParameters(4, threshold: 3, length: 1 << 20)
    let cryptography: Cryptography =
      switch setting {
      case "all masks": .standard
      case "no self mask": .maskless { Cryptography.isSelfMask($0) }
      case "one pair less":
        .maskless { $0.contains("pairwise mask") && $0.dropFirst(17).first == 0 }
      default: .maskless { Cryptography.isSelfMask($0) || Cryptography.isPairwiseMask($0) }
      }
    var vectors: [[UInt32]] = []
    for value: UInt32 in [0, 123_456] {
      var session = SimulatedSession(
        parameters, seed: UInt64(value) + 1, cryptography: cryptography)
      let input = ResidueVector.bits32([UInt32](repeating: value, count: 1 << 20))
      try session.advertise()
      try session.share()
      let shares = session.server.relayedShares(for: 1)
      vectors.append(
        try session.clients[1].maskInput(input, shares: shares).vector.withoutCheck.words32)
    }
    let statistic = chiSquare(byteCounts(vectors[0]))
    let distance = kolmogorovSmirnov(vectors[0], vectors[1])
    if setting == "no masks" {
      #expect(!KnownAnswers.chiSquare255.contains(statistic))
      #expect(distance > 0.5)
    } else {
      #expect(KnownAnswers.chiSquare255.contains(statistic))
      // Two samples of 2^20: the distance exceeds 2.2 ÷ √2^19 with probability 10⁻⁴.
      #expect(distance < 2.2 / Double(1 << 19).squareRoot())
    }
  }

  /// Property 14: weights, losses and updates ride inside the masked vector or not at all.
  @Test(arguments: [true, false])
  func `planted numbers never appear in what is sent`(_ isMasked: Bool) throws {
    let cohortSize = 6
    let encoding = try FixedPointEncoding(
      updateLength: 4, clip: 1, maximumWeight: 70_000, metricBounds: [16], cohortSize: cohortSize,
      modulus: .bits64)
    let parameters = try makeParameters(
      cohortSize, threshold: 3, modulus: .bits64, length: encoding.vectorLength)
    var source = KeyedRandomSource(seed: 1, purpose: .rounding)
    let update: [Float] = [0.123_456_7, -0.765_432_1, 0.111_222_3, 0.999_888_7]
    let weight = 54_321
    let loss = 3.141_592_653
    let encoded = try update.withUnsafeBufferPointer {
      try encoding.encode($0, weight: weight, metrics: [loss], using: &source).residues
    }
    var session = SimulatedSession(
      parameters,
      cryptography: isMasked
        ? .standard
        : .maskless { Cryptography.isSelfMask($0) || Cryptography.isPairwiseMask($0) },
      serverCryptography: isMasked
        ? .standard
        : .maskless { Cryptography.isSelfMask($0) || Cryptography.isPairwiseMask($0) })
    let aggregate = try session.run([ResidueVector](repeating: encoded, count: cohortSize))
    let decoded = try encoding.decode(aggregate.sum, participants: cohortSize)
    #expect(decoded.weight == cohortSize * weight)
    #expect(abs(decoded.metrics[0] - Double(cohortSize) * loss) < 1e-6)

    var canaries: [UInt64] = (0..<encoded.count).map { UInt64(bitPattern: encoded.signed(at: $0)) }
    canaries.append(loss.bitPattern)
    let found = canaries.contains { canary in
      session.transcript.contains { $0.contains(bytesOf: canary) }
    }
    let floatsFound = update.contains { value in
      session.transcript.contains { $0.contains(bytesOf: value.bitPattern) }
    }
    #expect(found == !isMasked)
    #expect(!floatsFound)
  }

  @Test func `the keys of a session are in none of its messages`() throws {
    let parameters = try makeParameters(6, threshold: 3)
    var session = SimulatedSession(parameters)
    var source = KeyedRandomSource(seed: 1, purpose: .clientSecrets, client: 2)
    // The order in which a client draws: sharing key, masking key, seed of its own mask.
    let secrets = [source.bytes(32), source.bytes(32), source.bytes(32)]
    #expect(
      try session.clients[2].advertiseKeys(using: &session.sources[2]).maskingKey
        == KeyPair(privateKey: secrets[1]).publicKey)
    session = SimulatedSession(parameters)
    _ = try session.run(makeInputs(parameters))
    for secret in secrets {
      #expect(!session.transcript.contains { $0.contains(sequence: secret) })
    }
  }

  /// The largest distance between the distributions of two samples, by their top 16 bits.
  private func kolmogorovSmirnov(_ first: [UInt32], _ second: [UInt32]) -> Double {
    var differences = [Int](repeating: 0, count: 1 << 16)
    for word in first { differences[Int(word >> 16)] += 1 }
    for word in second { differences[Int(word >> 16)] -= 1 }
    var cumulative = 0
    var largest = 0
    for difference in differences {
      cumulative += difference
      largest = max(largest, abs(cumulative))
    }
    return Double(largest) / Double(first.count)
  }
}
