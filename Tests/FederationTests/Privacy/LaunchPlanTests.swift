import Federation
import Privacy
import Testing

/// Noise that is made for larger cohorts than those of the run.
struct LaunchPlanTests {
  private static func plan(
    _ change: (inout Configuration) -> Void
  ) throws -> PrivacyPlan {
    try PrivacyPlanTests.plan(clients: 1_000) {
      $0.training.rounds = 40
      $0.training.cohortSize = 100
      $0.privacy.noiseMultiplier = Setting(0.6)
      $0.privacy.noiseCohortSize = Setting(10_000)
      $0.privacy.noisePopulation = Setting(1_000_000)
      change(&$0)
    }
  }

  /// Rate 0.01, noise 0.6, 40 rounds, δ = 1e-7 (Tests/PrivacyTests/Vectors/epsilon_meaning.csv).
  @Test func theLaunchCostsWhatAnotherToolSays() throws {
    let plan = try Self.plan { _ in }
    let launch = try #require(plan.launch)
    #expect(launch.cohortSize == 10_000 && launch.clients == 1_000_000 && !launch.keepsRate)
    // The default of a million clients, not of a thousand.
    #expect(abs(launch.delta - 1e-7) < 1e-19)
    let guarantee = try #require(try launch.guarantee(rounds: 40))
    #expect(abs(guarantee.epsilon - 4.969_318_424_959_2) < 1e-4)
    // The noise on the sum of a hundredth of the clients is a hundredth; on the mean it is the same.
    #expect(plan.noiseMultiplier == 0.6 * (100.0 / 10_000))
    #expect(abs(plan.delta - 1e-5) < 1e-17)
    let own = try #require(try plan.guarantee())
    #expect(own.epsilon > 1_000, "the run itself is hardly protected")
    #expect(own.delta == plan.delta)
  }

  /// The noise is solved for the launch: what has no launch and the same cohorts has the same noise.
  @Test func theTargetIsThatOfTheLaunch() throws {
    let plan = try Self.plan {
      $0.privacy.noiseMultiplier = Setting()
      $0.privacy.targetEpsilon = Setting(2)
    }
    let launch = try #require(plan.launch)
    let guarantee = try #require(try launch.guarantee(rounds: 40))
    #expect(guarantee.epsilon <= 2 && guarantee.epsilon > 2 - 1e-3)
    let real = try PrivacyPlanTests.plan(clients: 1_000_000) {
      $0.training.rounds = 40
      $0.training.cohortSize = 10_000
      $0.privacy.targetEpsilon = Setting(2)
    }
    #expect(launch.noiseMultiplier == real.noiseMultiplier)
    #expect(plan.noiseMultiplier == real.noiseMultiplier * (100.0 / 10_000))
  }

  @Test func theSamplingRateIsKeptUnlessSaidOtherwise() throws {
    let plan = try Self.plan { $0.privacy.noisePopulation = Setting() }
    let launch = try #require(plan.launch)
    #expect(launch.keepsRate && launch.clients == 100_000)
    #expect(launch.schedule.sampling.rate == 0.1)
  }

  /// Noise that hangs together from round to round is the same strategy, only smaller.
  @Test(arguments: [PrivacyConfiguration.Mechanism.tree, .banded, .blt])
  func correlatedNoiseIsScaledToo(mechanism: PrivacyConfiguration.Mechanism) throws {
    func plan(_ cohort: Int, clients: Int, launch: Int?) throws -> PrivacyPlan {
      try PrivacyPlanTests.plan(clients: clients) {
        $0.training.rounds = 12
        $0.training.cohortSize = cohort
        $0.training.sampling = .minSeparation
        $0.training.minSeparation = Setting(4)
        $0.privacy.mechanism = mechanism
        $0.privacy.noiseMultiplier = Setting(5)
        $0.privacy.noiseCohortSize = Setting(launch)
        $0.privacy.delta = Setting(1e-6)
      }
    }
    let small = try plan(50, clients: 1_000, launch: 5_000)
    let large = try plan(5_000, clients: 100_000, launch: nil)
    let launch = try #require(try small.launch?.guarantee(rounds: 12))
    #expect(launch == (try large.guarantee()))
    #expect(abs(small.noiseMultiplier - 0.05) < 1e-15)
    #expect(small.schedule.strategy == large.schedule.strategy)
  }

  /// What has begun goes on with its noise, and its launch is the same.
  @Test func aRunThatHasBegunKeepsItsNoise() throws {
    let configuration = PrivacyPlanTests.configuration {
      $0.training.cohortSize = 30
      $0.privacy.targetEpsilon = Setting(3)
      $0.privacy.noiseCohortSize = Setting(7_000)
    }
    let first = try #require(try PrivacyPlan(configuration, clients: 700))
    let again = try #require(
      try PrivacyPlan(configuration, clients: 700, noiseMultiplier: first.noiseMultiplier))
    #expect(again.noiseMultiplier == first.noiseMultiplier)
    let (before, after) = (first.launch?.noiseMultiplier ?? 0, again.launch?.noiseMultiplier ?? 1)
    #expect(abs(before - after) < 1e-14 * before)
  }

  @Test func whatWouldBeNoLaunchIsRefused() throws {
    func problem(_ change: (inout Configuration) -> Void) -> String {
      let configuration = PrivacyPlanTests.configuration {
        $0.population.clients = 1_000
        $0.training.cohortSize = 100
        $0.privacy.noiseMultiplier = Setting(1)
        $0.privacy.noiseCohortSize = Setting(1_000)
        change(&$0)
      }
      do {
        try configuration.validate()
        _ = try PrivacyPlan(configuration, clients: 1_000)
        return "none"
      } catch {
        return "\(error)"
      }
    }
    #expect(problem { _ in } == "none")
    let wrong: [(String, (inout Configuration) -> Void)] = [
      ("must be at least training.cohort_size (100)", { $0.privacy.noiseCohortSize = Setting(99) }),
      (
        "privacy.noise_population must be at least privacy.noise_cohort_size",
        { $0.privacy.noisePopulation = Setting(999) }
      ),
      (
        "has no effect without privacy.noise_cohort_size",
        {
          $0.privacy.noiseCohortSize = Setting()
          $0.privacy.noisePopulation = Setting(5_000)
        }
      ),
      ("training.capacity must be left out", { $0.training.capacity = Setting(150) }),
      ("privacy.budget.epsilon must be left out", { $0.privacy.budget.epsilon = Setting(3) }),
      (
        "adds all of its noise itself",
        {
          $0.privacy.mechanism = .localGaussian
          $0.training.sampling = .fixedSize
        }
      ),
      (
        "a share of the noise",
        {
          $0.privacy.mechanism = .skellam
          $0.training.sampling = .fixedSize
        }
      ),
      ("must be at least 0.000001", { $0.privacy.noiseMultiplier = Setting(1e-6) }),
      (
        "privacy.delta must be below 1 / clients",
        {
          $0.privacy.delta = Setting(5e-4)
          $0.privacy.noisePopulation = Setting(1_000_000)
        }
      ),
      (
        "is not possible at the launch",
        {
          $0.training.sampling = .minSeparation
          $0.training.minSeparation = Setting(10)
          $0.privacy.noisePopulation = Setting(5_000)
        }
      ),
    ]
    for (words, change) in wrong {
      let found = problem(change)
      #expect(found.contains(words), "\(words): \(found)")
    }
  }
}
