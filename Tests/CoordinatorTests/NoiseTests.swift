import Coordinator
import Federation
import Testing

/// Noise in rounds of real workers: noisy model minus the noiseless one.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct NoiseTests {
  static let noise = 0.75
  static let bound = 0.05

  static func configuration(_ change: (inout Configuration) -> Void) -> Configuration {
    var configuration = benchmarkConfiguration(clients: 200)
    configuration.model.vocabulary = 64
    configuration.training.rounds = 1
    configuration.training.cohortSize = 40
    configuration.training.sampling = .poisson
    configuration.training.weighting = .uniform
    configuration.privacy.mechanism = .gaussian
    configuration.privacy.clippingBound = Setting(bound)
    change(&configuration)
    return configuration
  }

  /// What noise added to every parameter in round 1, as a share of what is promised.
  private func injected(
    _ change: (inout Configuration) -> Void = { _ in }
  ) async throws -> [Double] {
    let clean = Self.configuration {
      $0.privacy.noiseMultiplier = Setting(0)
      change(&$0)
    }
    let noisy = Self.configuration {
      $0.privacy.noiseMultiplier = Setting(Self.noise)
      change(&$0)
    }
    let (without, with) = (
      try await SecureRoundTests.run(clean), try await SecureRoundTests.run(noisy, workers: 2)
    )
    let released = try #require(with.rounds[0].release)
    #expect(released.noiseMultiplier == Self.noise && released.clippingBound == Self.bound)
    #expect(try #require(released.guarantee).epsilon.isFinite)
    #expect(try #require(without.rounds[0].release).guarantee == nil)
    let scale = 40 / (Self.noise * Self.bound)
    return zip(with.parameters, without.parameters).map { Double($0 - $1) * scale }
  }

  private func expectUnitNormal(_ values: [Double]) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + $1 * $1 } / count
    #expect(values.count > 1_000)
    #expect(abs(mean) < 5 / count.squareRoot())
    #expect(abs(variance - 1) < 5 * (2 / count).squareRoot())
  }

  @Test func theSumIsNoisyByTheBoundAndThePublicSize() async throws {
    expectUnitNormal(try await injected())
  }

  /// The same noise, whether the sum came in clear or out of secure aggregation.
  @Test func theSumOfMaskedVectorsIsNoisyToo() async throws {
    let plain = try await injected()
    for rotation in [false, true] {
      let masked = try await injected {
        $0.secureAggregation.protocol = .secagg
        $0.secureAggregation.encoding.rotation = rotation
      }
      expectUnitNormal(masked)
      // Models are stored in single precision, and clients vanish before they upload alike.
      for (one, other) in zip(plain, masked) { #expect(abs(one - other) < 1e-2) }
    }
  }

  /// A round that secure aggregation abandons leaves the model alone, and is paid for.
  @Test func anAbandonedRoundCostsPrivacy() async throws {
    let configuration = Self.configuration {
      $0.privacy.noiseMultiplier = Setting(1)
      $0.secureAggregation.protocol = .secagg
      $0.faults.dropoutRate = 1
    }
    let result = try await SecureRoundTests.run(configuration)
    #expect(result.rounds[0].abandonment != nil)
    #expect(result.parameters == configuration.parameters)
    #expect(try #require(result.rounds[0].release?.guarantee).epsilon > 0)
  }

  /// Workers clip to the bound that the server sends, which moves towards the median of the norms.
  @Test(arguments: [SecureAggregationConfiguration.Kind.none, .secagg])
  func theBoundReachesTheClients(kind: SecureAggregationConfiguration.Kind) async throws {
    for (start, isTooLow) in [(1e-4, true), (100, false)] {
      let configuration = Self.configuration {
        $0.training.rounds = 6
        $0.privacy.clipping = .adaptive
        $0.privacy.clippingBound = Setting(start)
        $0.privacy.adaptive.learningRate = 1
        $0.privacy.noiseMultiplier = Setting(0)
        $0.secureAggregation.protocol = kind
      }
      let result = try await SecureRoundTests.run(configuration)
      let bounds = result.rounds.compactMap(\.release?.clippingBound)
      try #require(bounds.count == 6)
      for round in 1..<6 {
        #expect(isTooLow ? bounds[round] > bounds[round - 1] : bounds[round] < bounds[round - 1])
      }
      // Without noise the step of the server is what the clients were clipped to.
      for record in result.rounds {
        let bound = try #require(record.release?.clippingBound)
        #expect(record.clipped == (isTooLow ? record.reported : 0))
        #expect(record.updateNorm <= bound * Double(record.reported) / 40)
      }
      if isTooLow {
        #expect(result.rounds[5].updateNorm > 5 * result.rounds[0].updateNorm)
      }
    }
  }
}
