import Coordinator
import Federation
import Privacy
import Testing

/// Noise of the clients and canaries in rounds of real workers.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct ClientNoiseTests {
  static func configuration(
    _ kind: SecureAggregationConfiguration.Kind, _ change: (inout Configuration) -> Void = { _ in }
  ) -> Configuration {
    var configuration = benchmarkConfiguration(clients: 200)
    configuration.model.vocabulary = 64
    configuration.training.rounds = 2
    configuration.training.cohortSize = 30
    configuration.training.weighting = .uniform
    configuration.privacy.mechanism = .discreteGaussian
    configuration.privacy.clippingBound = Setting(0.05)
    configuration.privacy.noiseMultiplier = Setting(1)
    configuration.secureAggregation.protocol = kind
    configuration.secureAggregation.dropoutFraction = 0.3
    configuration.secureAggregation.encoding.bits = Setting(16)
    change(&configuration)
    return configuration
  }

  @Test(arguments: [PrivacyConfiguration.Mechanism.discreteGaussian, .skellam])
  func masksChangeNothing(mechanism: PrivacyConfiguration.Mechanism) async throws {
    let change: (inout Configuration) -> Void = {
      $0.privacy.mechanism = mechanism
      $0.faults.dropoutRate = 0.1
    }
    let clear = try await SecureRoundTests.run(Self.configuration(.none, change))
    let masked = try await SecureRoundTests.run(
      Self.configuration(.secagg, change), workers: 3)
    #expect(clear.parameters == masked.parameters)
    for (one, other) in zip(clear.rounds, masked.rounds) {
      #expect(one.release == other.release && one.wrapped == 0 && other.wrapped == 0)
      #expect(one.reported + one.dropped == 30)
      #expect(one.trainLoss == nil && one.examples == nil && one.clipped == nil && one.idle == nil)
      #expect(other.trainLoss == nil && other.examples == nil && other.reported == one.reported)
    }
    #expect(clear.rounds.contains { $0.dropped > 0 })
  }

  /// With less noise than was provided for, nothing is opened and nothing paid.
  @Test(arguments: [SecureAggregationConfiguration.Kind.none, .secagg])
  func tooFewClientsEndTheRound(kind: SecureAggregationConfiguration.Kind) async throws {
    let configuration = Self.configuration(kind) { $0.faults.dropoutRate = 0.6 }
    let result = try await SecureRoundTests.run(configuration)
    for record in result.rounds {
      #expect(record.abandonment != nil && record.updateNorm == 0)
      #expect(try #require(record.release).guarantee?.epsilon == 0)
    }
    #expect(result.parameters == configuration.parameters)
  }

  /// Many clients are canaries, so the estimate is not far below the claim.
  @Test(arguments: [PrivacyConfiguration.Mechanism.gaussian, .discreteGaussian, .localGaussian])
  func canariesShowWhatTheClaimAllows(
    mechanism: PrivacyConfiguration.Mechanism
  ) async throws {
    let configuration = Self.configuration(mechanism == .discreteGaussian ? .secagg : .none) {
      $0.population.clients = 120
      $0.training.cohortSize = 110
      $0.training.sampling = .minSeparation
      $0.training.minSeparation = Setting(1)
      $0.training.rounds = 1
      $0.privacy.audit.canaries = 80
      $0.privacy.mechanism = mechanism
    }
    try configuration.validate()
    let result = try await SecureRoundTests.run(configuration, workers: 2)
    let record = try #require(result.rounds.last)
    let findings = try #require(record.audit)
    let claim = try #require(record.release?.guarantee?.epsilon)
    #expect(findings.canaries > 20 && findings.claim == claim)
    #expect(findings.faults == [] && findings.lowerBound < claim)
    #expect(findings.granted == findings.knownCohort)
    if mechanism != .localGaussian { #expect(findings.knownCohort.high > 0.4 * claim) }
  }
}
