import Federation
import SecureAggregation
import Testing

struct UpdateEncodingTests {
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

  /// Three clients of weights 1, 2 and 4; numbers that fixed point holds exactly.
  static func sum(_ configuration: Configuration) throws -> EncodedSum {
    let encoding = try UpdateEncoding(
      configuration, round: 2, cohortSize: 5, parameterCount: 4)
    var sum = ResidueVector(zeros: encoding.vectorLength, modulus: encoding.modulus)
    for client in 0..<3 {
      var numbers = CohortNumbers()
      numbers.reported = 1
      numbers.examples = Double(10 * (client + 1))
      numbers.lossSum = 2.5 * Double(client)
      numbers.clipped = client == 1 ? 1 : 0
      let update: [Float] = [0.5, -0.25, Float(client) / 4, 0]
      let vector = update.withUnsafeBufferPointer {
        encoding.encode($0, weight: 1 << client, numbers: numbers, client: client)
      }
      sum.add(try #require(vector))
    }
    return try encoding.decode(sum, participants: 3)
  }

  @Test func theMeanIsWeightedAndTheNumbersAreSums() throws {
    let sum = try Self.sum(Self.configuration())
    // Third coordinate: (0·1 + ¼·2 + ½·4) ÷ 7.
    #expect(sum.meanUpdate == [0.5, -0.25, 2.5 / 7, 0])
    let numbers = try #require(sum.numbers)
    #expect(numbers.reported == 3 && numbers.examples == 60)
    #expect(numbers.lossSum == 7.5 && numbers.clipped == 1)
    #expect(numbers.meanLoss == 0.125)
  }

  @Test func aRotationOnlyAddsRounding() throws {
    let plain = try Self.sum(Self.configuration())
    let rotated = try Self.sum(Self.configuration(rotation: true))
    for (one, other) in zip(plain.meanUpdate, rotated.meanUpdate) {
      #expect(abs(one - other) < 1e-5)
    }
    #expect(plain.numbers == rotated.numbers)
  }

  @Test func anUpdateThatIsNotFiniteIsRefused() throws {
    let encoding = try UpdateEncoding(
      Self.configuration(), round: 1, cohortSize: 5, parameterCount: 2)
    for bad in [Float.nan, .infinity] {
      let vector = [0, bad].withUnsafeBufferPointer {
        encoding.encode($0, weight: 1, numbers: CohortNumbers(), client: 0)
      }
      #expect(vector == nil)
    }
  }

  /// Sums in clear go through 64-bit integers; nothing may be lost on the way, in either modulus.
  @Test(arguments: Modulus.allCases) func exactSumsAreTheResidues(modulus: Modulus) {
    let vector: ResidueVector =
      modulus == .bits32
      ? .bits32([0, 1, UInt32.max, 1 << 31]) : .bits64([0, 1, UInt64.max, 1 << 63])
    #expect(ResidueVector(vector.exactSum, modulus: modulus) == vector)
    #expect(vector.exactSum.values.prefix(3) == [0, 1, -1])
    var twice = vector.exactSum
    twice.add(vector.exactSum)
    var sum = vector
    sum.add(vector)
    #expect(ResidueVector(twice, modulus: modulus) == sum)
  }
}
