import Federation
import Privacy
import Testing

struct PrivacyPlanTests {
  static func configuration(_ change: (inout Configuration) -> Void) -> Configuration {
    var configuration = Configuration()
    configuration.population.newClientShare = 0
    configuration.training.sampling = .poisson
    configuration.privacy.mechanism = .gaussian
    configuration.privacy.clippingBound = Setting(1)
    change(&configuration)
    return configuration
  }

  static func plan(
    clients: Int, _ change: (inout Configuration) -> Void
  ) throws -> PrivacyPlan {
    let configuration = configuration(change)
    return try #require(try PrivacyPlan(configuration, clients: clients))
  }

  @Test func withoutAMechanismThereIsNoPlan() throws {
    #expect(try PrivacyPlan(Configuration(), clients: 1_000) == nil)
  }

  /// Calibrated σ of q = 0.01, ε = 4 and 8 at δ = 1e-5 from dp_accounting (privacy.md, B3).
  @Test(arguments: [(4.0, 0.7348), (8.0, 0.5863)])
  func theTargetSolvesTheNoise(epsilon: Double, noise: Double) throws {
    let plan = try Self.plan(clients: 10_000) {
      $0.training.rounds = 1_000
      $0.training.cohortSize = 100
      $0.privacy.targetEpsilon = Setting(epsilon)
      $0.privacy.delta = Setting(1e-5)
    }
    let guarantee = try #require(try plan.guarantee())
    #expect(guarantee.epsilon <= epsilon && guarantee.epsilon > epsilon - 1e-3)
    #expect(guarantee.accountant == .pld && guarantee.adjacency == .addOrRemove)
    #expect(abs(plan.noiseMultiplier - noise) < 2e-4)
  }

  @Test func noiseAndTargetSolveTheRounds() throws {
    let plan = try Self.plan(clients: 10_000) {
      $0.training.cohortSize = 100
      $0.privacy.targetEpsilon = Setting(2.1246)
      $0.privacy.noiseMultiplier = Setting(1)
      $0.privacy.delta = Setting(1e-6)
    }
    // ε of 1 000 rounds is 2.1245 (dp_reference.csv), so the last that fits is about that.
    #expect((1_000...1_001).contains(plan.rounds))
    let separated = try Self.plan(clients: 10_000) {
      $0.training.cohortSize = 10
      $0.training.sampling = .minSeparation
      $0.training.minSeparation = Setting(100)
      $0.privacy.targetEpsilon = Setting(1.158)
      $0.privacy.noiseMultiplier = Setting(8)
      $0.privacy.delta = Setting(1e-5)
    }
    // Six participations cost 1.1575, seven more: 6 × 100 rounds.
    #expect(separated.rounds == 600)
  }

  @Test func infinityMeansNoNoise() throws {
    let plan = try Self.plan(clients: 1_000) { $0.privacy.targetEpsilon = Setting(.infinity) }
    #expect(plan.noiseMultiplier == 0)
    #expect(try plan.guarantee() == nil)
  }

  @Test func deltaFollowsThePopulation() throws {
    for (clients, delta) in [(1_000, 1e-5), (10_000, 1e-5), (1_000_000, 1e-7)] {
      let plan = try Self.plan(clients: clients) { $0.privacy.noiseMultiplier = Setting(1) }
      #expect(abs(plan.delta - delta) < 1e-12 * delta)
    }
  }

  /// The sampler decides what is accounted, not a setting beside it.
  @Test func theSamplerDecidesTheAccounting() throws {
    func plan(_ sampling: TrainingConfiguration.Sampling, capacity: Int? = nil) throws
      -> PrivacyPlan
    {
      try Self.plan(clients: 1_000) {
        $0.training.sampling = sampling
        $0.training.cohortSize = 20
        $0.training.capacity = Setting(capacity)
        $0.training.minSeparation = Setting(10)
        $0.privacy.noiseMultiplier = Setting(1)
      }
    }
    let expected: [(TrainingConfiguration.Sampling, Adjacency, PrivacyRelease)] = [
      (.poisson, .addOrRemove, .poissonGaussian(samplingRate: 0.02, noiseMultiplier: 1)),
      (.fixedSize, .replaceOne, .fixedSizeGaussian(samplingRate: 0.02, noiseMultiplier: 1)),
      (.minSeparation, .zeroOut, .correlatedGaussian(noiseMultiplier: 1, sensitivity: 1)),
      (.cyclic, .zeroOut, .poissonGaussian(samplingRate: 0.2, noiseMultiplier: 1)),
    ]
    for (sampling, adjacency, release) in expected {
      let plan = try plan(sampling)
      #expect(plan.schedule.adjacency == adjacency)
      #expect(plan.event(round: 1) == PrivacyEvent(release))
      #expect(plan.schedule.sampling.sampler == sampling.rawValue)
    }
    #expect(
      try plan(.poisson, capacity: 30).event(round: 7).release
        == .truncatedPoissonGaussian(
          samplingRate: 0.02, noiseMultiplier: 1, population: 1_000, capacity: 30))
  }

  @Test func whatNobodyCanAccountForIsRefused() throws {
    let fixed = Self.configuration {
      $0.training.sampling = .fixedSize
      $0.privacy.noiseMultiplier = Setting(1)
      $0.privacy.accountant = .analytic
    }
    let plan = try #require(try PrivacyPlan(fixed, clients: 1_000))
    #expect(throws: SettingError.self) { try plan.guarantee() }
    // The count of clipped clients would spend the budget alone.
    let adaptive = Self.configuration {
      $0.training.cohortSize = 20
      $0.privacy.clipping = .adaptive
      $0.privacy.noiseMultiplier = Setting(2)
    }
    let error = #expect(throws: SettingError.self) { try PrivacyPlan(adaptive, clients: 1_000) }
    #expect(error?.problem.contains("count of clipped clients") == true)
  }
}
