import Federation
import SecureAggregation
import Testing

struct UpdateCodecTests {
  static func configuration(
    weighting: TrainingConfiguration.Weighting = .examples, rotation: Bool = false
  ) -> Configuration {
    var configuration = Configuration()
    configuration.training.weighting = weighting
    configuration.training.maxExamples = 64
    configuration.secureAggregation.encoding.clip = Setting(1)
    configuration.secureAggregation.encoding.rotation = rotation
    return configuration
  }

  static func codec(_ configuration: Configuration, length: Int) throws -> any UpdateCodec {
    try configuration.codec(
      round: 2, cohortSize: 5, length: length, RoundParameters(configuration))
  }

  /// Three clients of weights 1, 2 and 4; numbers that fixed point holds exactly.
  static func sum(_ configuration: Configuration) throws -> RoundSum {
    let codec = try codec(configuration, length: 4)
    var sum = UpdateSum(parameters: codec.length)
    for client in 0..<3 {
      var note = ClientNote(.reported)
      note.weight = 1 << client
      note.examples = 10 * (client + 1)
      note.loss = 2.5 * Double(client) / Double(note.examples)
      note.isClipped = client == 1
      let update: [Float] = [0.5, -0.25, Float(client) / 4, 0]
      #expect(
        update.withUnsafeBufferPointer { codec.encode($0, note, client: client, into: &sum) })
    }
    return try codec.decode(sum, participants: 3)
  }

  static func mean(_ sum: RoundSum) throws -> [Double] {
    var sum = sum
    var privacy: PrivacyState?
    try Average(.reported).onServer(&sum, &privacy, round: 1)
    return try #require(sum.mean)
  }

  @Test func theMeanIsWeightedAndTheNumbersAreSums() throws {
    let sum = try Self.sum(Self.configuration())
    // Third coordinate: (0·1 + ¼·2 + ½·4) ÷ 7.
    #expect(try Self.mean(sum) == [0.5, -0.25, 2.5 / 7, 0])
    let numbers = try #require(sum.numbers)
    #expect(numbers.reported == 3 && numbers.examples == 60 && sum.count == 3 && sum.weight == 7)
    #expect(numbers.lossSum == 7.5 && numbers.clipped == 1)
    #expect(numbers.meanLoss == 0.125)
  }

  /// A client knows whether its update was cut.
  ///
  /// A rotation of four spreads one coordinate as halves.
  @Test(
    arguments: [
      ([0.5, -1, 1, 0], false, nil), ([0.5, -1.001, 0, 0], true, nil),
      ([1.5, 0, 0, 0], true, false),
      ([4, 0, 0, 0], true, true), ([0.6, 0, 0, 0], false, false),
    ] as [([Float], Bool, Bool?)])
  func aClientKnowsThatItIsCut(update: [Float], isCut: Bool, isCutRotated: Bool?) throws {
    for (rotation, expected) in [(false, isCut), (true, isCutRotated)] {
      let codec = try Self.codec(Self.configuration(rotation: rotation), length: 4)
      var note = ClientNote(.reported)
      let found = update.withUnsafeBufferPointer { codec.cuts($0, note) }
      #expect(expected.map { $0 == found } ?? true)
      note.largestNorm = 0.9
      #expect(!update.withUnsafeBufferPointer { codec.cuts($0, note) }, "short updates are not cut")
    }
    #expect(
      !update.withUnsafeBufferPointer { ExactGrid(length: 4).cuts($0, ClientNote(.reported)) })
  }

  @Test func aRotationOnlyAddsRounding() throws {
    let plain = try Self.sum(Self.configuration())
    let rotated = try Self.sum(Self.configuration(rotation: true))
    for (one, other) in zip(try Self.mean(plain), try Self.mean(rotated)) {
      #expect(abs(one - other) < 1e-5)
    }
    #expect(plain.numbers == rotated.numbers)
  }

  /// Whatever the codec: nothing is added to the sum.
  @Test func anUpdateThatIsNotFiniteIsRefused() throws {
    var exact = Self.configuration()
    exact.secureAggregation.encoding.clip = Setting()
    var noisy = DistributedAuditTests.configuration(.skellam)
    noisy.privacy.noiseMultiplier = Setting(1)
    for configuration in [Self.configuration(), exact, noisy] {
      let codec = try Self.codec(configuration, length: 2)
      for bad in [Float.nan, .infinity] {
        var sum = UpdateSum(parameters: codec.length)
        let isAdded = [0, bad].withUnsafeBufferPointer {
          codec.encode($0, ClientNote(.reported), client: 0, into: &sum)
        }
        #expect(!isAdded && sum == UpdateSum(parameters: codec.length))
      }
    }
  }

  /// A client with nothing to tell sends a vector where clients hide, with no weight.
  @Test func aHiddenClientHasNoWeight() throws {
    let codec = try Self.codec(Self.configuration(), length: 2)
    #expect(codec.hidesClients)
    var sum = UpdateSum(parameters: codec.length)
    for fate in [ClientNote.Fate.idle, .diverged] {
      let isAdded = [0, 0].withUnsafeBufferPointer {
        codec.encode($0, ClientNote(fate), client: 0, into: &sum)
      }
      #expect(isAdded)
    }
    let decoded = try codec.decode(sum, participants: 2)
    #expect(decoded.weight == 0 && decoded.count == 0)
    #expect(decoded.numbers?.idle == 1 && decoded.numbers?.diverged == 1)
  }

  /// Sums in clear go through 64-bit integers; nothing may be lost on the way, in either modulus.
  @Test(arguments: Modulus.allCases) func exactSumsAreTheResidues(modulus: Modulus) {
    let vector: ResidueVector =
      modulus == .bits32
      ? .bits32([0, 1, UInt32.max, 1 << 31]) : .bits64([0, 1, UInt64.max, 1 << 63])
    #expect(ResidueVector(vector.exactSum, modulus: modulus) == vector)
    #expect(vector.exactSum.values.prefix(3) == [0, 1, -1])
    var added = UpdateSum(parameters: 4)
    added.add(vector)
    #expect(added == vector.exactSum)
    var twice = vector.exactSum
    twice.add(vector.exactSum)
    var sum = vector
    sum.add(vector)
    #expect(ResidueVector(twice, modulus: modulus) == sum)
  }
}
