import Federation
import Privacy
import SecureAggregation
import Testing

/// Noise of the clients through the real encoding, held against what the accountant says.
struct DistributedAuditTests {
  static let parameters = 4096
  static let canaries = 200
  static let clients = 240

  static func configuration(
    _ mechanism: PrivacyConfiguration.Mechanism, seed: UInt64 = 1
  ) -> Configuration {
    var configuration = Configuration()
    configuration.seed = seed
    configuration.training.cohortSize = clients
    configuration.privacy.mechanism = mechanism
    configuration.privacy.clippingBound = Setting(0.5)
    configuration.privacy.noiseMultiplier = Setting(1)
    configuration.secureAggregation.dropoutFraction = 0
    configuration.secureAggregation.corruptFraction = 0
    configuration.secureAggregation.encoding.bits = Setting(16)
    return configuration
  }

  /// The sum of the clients that stay: canaries first, then people who all want the same.
  static func sum(_ configuration: Configuration, staying: Int) throws -> RoundSum {
    let codec = try configuration.codec(
      round: 1, cohortSize: clients, length: parameters,
      RoundParameters(configuration))
    var sum = UpdateSum(parameters: codec.length)
    var update = [Float](
      repeating: Float(0.5 / Double(parameters).squareRoot()), count: parameters)
    for client in 0..<staying {
      if client < canaries {
        update.withUnsafeMutableBufferPointer {
          if Canary.isPlanted(client, seed: configuration.seed) {
            Canary.fill($0, index: client, norm: 5, seed: configuration.seed)
          } else {
            for index in $0.indices { $0[index] = 0 }
          }
        }
      } else {
        update = [Float](
          repeating: Float(0.5 / Double(parameters).squareRoot()), count: parameters)
      }
      let isAdded = update.withUnsafeBufferPointer {
        codec.encode($0, ClientNote(.reported), client: client, into: &sum)
      }
      #expect(isAdded)
    }
    return try codec.decode(sum, participants: staying)
  }

  /// - Parameters:
  ///   - canaries: those in the sum.
  ///   - claim: of noise whose multiplier is 1.
  static func findings(
    _ sum: RoundSum, seed: UInt64, canaries: Int, claim: Double
  ) throws -> CanaryFindings {
    var tally = CanaryTally(canaries: Self.canaries)
    tally.look(
      for: 0..<canaries, in: sum.update, scale: 2, round: 1,
      using: CanaryVectors(canaries: Self.canaries, dimension: parameters, seed: seed))
    return try #require(
      tally.findings(
        AuditedClaim(
          noiseMultiplier: 1, delta: 1e-5, epsilon: claim, squaredSensitivity: 1,
          adjacency: .zeroOut), seed: seed))
  }

  static func claim(_ configuration: Configuration, clients: Int) throws -> Double {
    let mechanism = try #require(
      try configuration.distributedMechanism(parameterCount: parameters))
    var accountant = PrivacyAccountant(adjacency: .zeroOut)
    return try accountant.guarantee(
      of: [PrivacyEvent(mechanism.release(clients: clients))], delta: 1e-5
    ).epsilon
  }

  @Test(arguments: [PrivacyConfiguration.Mechanism.discreteGaussian, .skellam], UInt64(1)...4)
  func theRightPipelinePasses(
    mechanism: PrivacyConfiguration.Mechanism, seed: UInt64
  ) throws {
    let configuration = Self.configuration(mechanism, seed: seed)
    let sum = try Self.sum(configuration, staying: Self.clients)
    #expect(sum.numbers == nil && sum.wrapped == 0)
    let claim = try Self.claim(configuration, clients: Self.clients)
    let findings = try Self.findings(
      sum, seed: seed, canaries: Self.canaries, claim: claim)
    #expect(findings.faults == [] && findings.knownCohort.high > 0.6 * claim)
  }

  /// More than half of the noise goes with the clients that vanish, and the claim stays.
  @Test func noiseStarvedByDropouts() throws {
    let configuration = Self.configuration(.discreteGaussian)
    let staying = 100
    let sum = try Self.sum(configuration, staying: staying)
    let claim = try Self.claim(configuration, clients: Self.clients)
    let findings = try Self.findings(
      sum, seed: configuration.seed, canaries: staying, claim: claim)
    // √(100 / 240) of the noise, and a little of real updates; 50 canaries alone show less surely.
    #expect(findings.faults.contains { $0.contains("the noise is 0.") }, "\(findings)")
    #expect(findings.knownCohort.low > claim)
    // Accounted for by those who stayed, the claim holds; such a sum would not be opened.
    #expect(
      !findings.knownCohort.violates(try Self.claim(configuration, clients: staying)))
    #expect(configuration.fewestReporting == Self.clients)
  }

  /// The noise of the sum, after the updates are taken off, is what was promised.
  @Test(arguments: [PrivacyConfiguration.Mechanism.discreteGaussian, .skellam])
  func theNoiseOfASumHasThePromisedVariance(
    mechanism: PrivacyConfiguration.Mechanism
  ) throws {
    var configuration = Self.configuration(mechanism)
    configuration.secureAggregation.dropoutFraction = 0.25
    let codec = try configuration.codec(
      round: 3, cohortSize: Self.clients, length: Self.parameters,
      RoundParameters(configuration))
    var sum = UpdateSum(parameters: codec.length)
    let zero = [Float](repeating: 0, count: Self.parameters)
    for client in 0..<configuration.fewestReporting {
      let isAdded = zero.withUnsafeBufferPointer {
        codec.encode($0, ClientNote(.idle), client: client, into: &sum)
      }
      #expect(isAdded)
    }
    #expect(configuration.fewestReporting == 180)
    let values = try codec.decode(sum, participants: 180).update
    let count = Double(values.count)
    // Noise multiplier 1, bound 0.5.
    let variance = values.reduce(0) { $0 + $1 * $1 } / count / 0.25
    #expect(abs(variance - 1) < 5 * (2 / count).squareRoot())
  }

  /// Whatever a client knows beside its update must not be in what the server decodes: every
  /// coordinate is one of the update, and the numbers change none of them.
  @Test(arguments: [PrivacyConfiguration.Mechanism.discreteGaussian, .skellam])
  func nothingTravelsWithoutNoise(mechanism: PrivacyConfiguration.Mechanism) throws {
    let configuration = Self.configuration(mechanism)
    let codec = try configuration.codec(
      round: 1, cohortSize: Self.clients, length: Self.parameters,
      RoundParameters(configuration))
    #expect(codec.length == Self.parameters)
    let zero = [Float](repeating: 0, count: Self.parameters)
    var loud = ClientNote(.reported)
    loud.examples = 60
    loud.weight = 60
    loud.loss = 1.5
    loud.isClipped = true
    let vectors = try [ClientNote(.idle), loud].map { note in
      try zero.withUnsafeBufferPointer { try #require(codec.residues($0, note, client: 7)) }
    }
    #expect(vectors[0] == vectors[1])
  }

  /// A worker that adds up nonsense in 64 bits ends the round, not the run.
  @Test func aSumThatCannotBeIsRefused() throws {
    var configuration = Self.configuration(.skellam)
    configuration.secureAggregation.encoding.modulusBits = 64
    configuration.secureAggregation.encoding.bits = Setting(60)
    configuration.secureAggregation.encoding.fractionBits = Setting(4)
    let codec = try configuration.codec(
      round: 1, cohortSize: Self.clients, length: Self.parameters,
      RoundParameters(configuration))
    let wrong = UpdateSum(
      values: [Int64](repeating: 1 << 58, count: codec.length), weight: 240, count: 240)
    #expect {
      try codec.decode(wrong, participants: Self.clients)
    } throws: { "\($0)".contains("cannot add up to") }
  }

  /// On a fixed grid, fewer bits wrap more coordinates, and are read as another sum.
  @Test func fewBitsWrap() throws {
    var wraps: [Int] = []
    var errors: [Double] = []
    for bits in [16, 10, 8, 7] {
      var configuration = Self.configuration(.skellam)
      configuration.secureAggregation.encoding.bits = Setting(bits)
      configuration.secureAggregation.encoding.fractionBits = Setting(7)
      let sum = try Self.sum(configuration, staying: Self.clients)
      wraps.append(try #require(sum.wrapped))
      errors.append(sum.update.reduce(0) { $0 + $1 * $1 })
    }
    #expect(wraps[0] == 0 && wraps[1] <= wraps[2] && wraps[2] < wraps[3])
    #expect(errors[0] == errors[1] && errors[3] != errors[0])
    // Noise of 1 × 0.5 × 2^7 = 64 steps, and of the updates: the range of ±64 is left by most.
    #expect(wraps[3] > Self.parameters / 5)
  }
}

extension RoundSum {
  /// Σ weight × update, where it is no whole number of steps.
  var update: [Double] {
    if case .real(let sums) = values { return sums }
    return []
  }
}
