import Federation
import Foundation
import LinearAlgebra
import Privacy
import Testing

/// With a key of its own nothing that a run draws follows from the public seed.
struct SecretRandomnessTests {
  private static let key = RandomKey(words: SIMD4(1, 2, 3, 4))
  private static let other = RandomKey(words: SIMD4(1, 2, 3, 5))

  private static func configuration(
    _ secret: RandomKey?, sampling: TrainingConfiguration.Sampling = .poisson
  ) -> Configuration {
    var configuration = PrivacyStateTests.configuration(.gaussian) {
      $0.training.sampling = sampling
      $0.faults.dropoutRate = 0.5
      $0.training.minSeparation = Setting([.minSeparation, .cyclic].contains(sampling) ? 2 : nil)
    }
    configuration.privacy.randomness = secret == nil ? .reproducible : .system
    configuration.secret = secret
    return configuration
  }

  @Test(arguments: TrainingConfiguration.Sampling.allCases)
  func cohortsFollowFromTheKey(sampling: TrainingConfiguration.Sampling) {
    func cohorts(_ secret: RandomKey?, seed: UInt64 = 1) -> [[Int]] {
      var configuration = Self.configuration(secret, sampling: sampling)
      configuration.seed = seed
      let partition = ClientPartition(seed: 9, clients: 500, newClientShare: 0)
      return CohortSamplerTests.cohorts(
        rounds: 4, of: CohortSampler(configuration, partition: partition))
    }
    #expect(cohorts(Self.key) == cohorts(Self.key, seed: 2))
    #expect(cohorts(Self.key) != cohorts(Self.other) && cohorts(Self.key) != cohorts(nil))
    #expect(cohorts(nil) != cohorts(nil, seed: 2))
  }

  @Test func dropoutsAndTheFirstModelFollowFromTheKey() {
    func draws(_ secret: RandomKey?, seed: UInt64 = 1) -> ([VanishingPoint?], [Float]) {
      var configuration = Self.configuration(secret)
      configuration.seed = seed
      let parameters = configuration.initialParameters(of: configuration.makeModel())
      return ((0..<60).map { configuration.vanishingPoint(of: $0, round: 1) }, parameters)
    }
    #expect(draws(Self.key) == draws(Self.key, seed: 2))
    #expect(draws(Self.key).0 != draws(Self.other).0 && draws(Self.key).1 != draws(nil).1)
  }

  /// A round that is repeated after a crash has the same noise; another run has other noise.
  @Test func noiseIsThatOfTheKey() throws {
    func noise(_ secret: RandomKey, seed: UInt64 = 1) throws -> [Double] {
      var configuration = Self.configuration(secret)
      configuration.seed = seed
      var recorder = try PrivacyStateTests.Recorder(configuration)
      return try recorder.next().noise
    }
    #expect(try noise(Self.key) == noise(Self.key, seed: 2))
    #expect(try noise(Self.key) != noise(Self.other))
  }

  /// Nor do masks and dither.
  @Test func secretsOfSessionsAreThoseOfTheKey() {
    func bytes(_ secret: RandomKey, seed: UInt64 = 1, round: Int = 1) -> [UInt8] {
      var configuration = Self.configuration(secret)
      configuration.seed = seed
      var source = configuration.secrets(.clientSecrets, round: round, client: 3)
      return source.bytes(32)
    }
    #expect(bytes(Self.key) == bytes(Self.key, seed: 2) && bytes(Self.key) != bytes(Self.other))
    #expect(bytes(Self.key) != bytes(Self.key, round: 2))
    #expect(Self.configuration(Self.key).remakesClients)
  }

  /// The key goes to the workers and into no file of an experiment.
  @Test func theKeyIsInTheSetupAlone() throws {
    let configuration = Self.configuration(Self.key)
    let setup = WorkerSetup(configuration: configuration, trainingEnd: 0)
    #expect(try WorkerSetup(json: setup.encoded()).configuration.secret == Self.key)
    let text = String(decoding: try JSONEncoder().encode(configuration), as: UTF8.self)
    #expect(!text.contains("secret\""))
    #expect(!configuration.text(decidingMoreThan: []).contains("0000000000000001"))
  }
}
