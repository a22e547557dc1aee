import Federation
import Foundation
import Privacy
import Testing

struct PrivateSelectionTests {
  private static func configuration(
    noise: Double, apps: Int = 4, _ change: (inout Configuration) -> Void = { _ in }
  ) -> Configuration {
    var configuration = PrivacyPlanTests.configuration {
      $0.population.source = .file
      $0.population.path = Setting("log.sqlite")
      $0.privacy.selection.noiseMultiplier = Setting(noise)
      $0.privacy.selection.apps = apps
      $0.privacy.delta = Setting(1e-5)
    }
    change(&configuration)
    return configuration
  }

  /// A quarter of the clients open `rare`; what only a few open is not told of.
  @Test func appsOfManyAreRankedAndThoseOfFewAreNot() throws {
    let configuration = Self.configuration(noise: 1)
    let selection = try #require(PrivateSelection(configuration, delta: 1e-5))
    let names = ["b", "own", "a", "never", "c", "few"]
    let clients = [900, 1, 500, 0, 250, 5]
    #expect(selection.apps(clients: clients, names: names, configuration) == [0, 2, 4])
    // The numbering of the log follows from everybody's data: it decides nothing.
    let order = [5, 3, 4, 0, 2, 1]
    let again = selection.apps(
      clients: order.map { clients[$0] }, names: order.map { names[$0] }, configuration)
    #expect(again.map { names[order[$0]] } == ["b", "a", "c"])
  }

  /// Apps of one client alone show no more often than δ/10 allows: here δ is 0.5 and has to hold
  /// in a simulation.
  @Test func appsOfOneClientHardlyEverShow() throws {
    var shown = 0
    let trials = 4_000
    for seed in 0..<trials {
      let configuration = Self.configuration(noise: 3) {
        $0.seed = UInt64(seed)
        $0.privacy.delta = Setting(0.5)
      }
      let selection = try #require(PrivateSelection(configuration, delta: 0.5))
      let apps = selection.apps(
        clients: [1, 1, 1, 1], names: ["a", "b", "c", "d"], configuration)
      if !apps.isEmpty { shown += 1 }
    }
    // 200 expected, five standard deviations of a binomial number.
    #expect(abs(Double(shown) - 200) < 5 * (200 * 0.95).squareRoot())
  }

  @Test func trainingEndsWhenHalfOfTheClientsHadTheirLastDay() throws {
    let configuration = Self.configuration(noise: 1)
    let selection = try #require(PrivateSelection(configuration, delta: 1e-5))
    // Days 20_000…20_029 of 100 clients each: half of them by day 20_014.
    let days = (0..<3_000).map { 20_000 + $0 % 30 }
    let end = selection.endDay(days: days, clients: 3_000, configuration)
    #expect((20_013...20_015).contains(end))
    // One client decides nothing.
    #expect(selection.endDay(days: days + [90_000], clients: 3_000, configuration) == end)
  }

  /// One Gaussian release of the rounds and two of the selection are one of 1/√Σ 1/z²; δ/10 goes to the
  /// threshold, and δ alone is less than the whole.
  @Test func theSelectionIsOnTheLedger() throws {
    let configuration = Self.configuration(noise: 5) {
      $0.training.sampling = .minSeparation
      $0.training.minSeparation = Setting(10)
      $0.training.rounds = 10
      $0.training.cohortSize = 20
      $0.privacy.noiseMultiplier = Setting(2)
    }
    let plan = try #require(try PrivacyPlan(configuration, clients: 1_000))
    let guarantee = try #require(try plan.guarantee())
    var alone = PrivacyLedger(adjacency: .zeroOut)
    alone.append(
      PrivacyEvent(.gaussian(noiseMultiplier: 1 / (1.0 / 4 + 2.0 / 25).squareRoot())))
    let expected = try alone.guarantee(delta: 0.9e-5).epsilon
    #expect(guarantee.delta == 1e-5 && abs(guarantee.epsilon - expected) < 1e-5)
    #expect(guarantee.epsilon > expected)
    // The first round pays for it as well.
    var state = PrivacyState(configuration, plan: plan)
    var sum = [Int64](repeating: 0, count: 3)
    let release = try state.release(
      &sum, round: 1, norms: .init(unclipped: 1, reported: 1), configuration, plan)
    #expect(abs(try #require(release.guarantee).epsilon - expected) < 1e-5)
  }

  @Test func aTargetPaysForTheSelection() throws {
    let configuration = Self.configuration(noise: 20) {
      $0.training.rounds = 50
      $0.training.cohortSize = 20
      $0.privacy.targetEpsilon = Setting(2)
    }
    let plan = try #require(try PrivacyPlan(configuration, clients: 1_000))
    var plain = configuration
    plain.population.vocabularyFile = Setting("apps")
    plain.population.trainingEnd = Setting("2026-01-31")
    let without = try #require(try PrivacyPlan(plain, clients: 1_000))
    #expect(without.selection == nil && plan.noiseMultiplier > without.noiseMultiplier)
    let epsilon = try #require(try plan.guarantee()).epsilon
    #expect(epsilon <= 2 && epsilon > 1.999)
  }
}
