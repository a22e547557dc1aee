import Federation
import Privacy
import Testing

/// How noise of the clients gets on the ledger.
struct ClientNoiseStateTests {
  static func configuration(
    _ mechanism: PrivacyConfiguration.Mechanism, _ change: (inout Configuration) -> Void = { _ in }
  ) -> Configuration {
    PrivacyStateTests.configuration(mechanism) {
      $0.training.rounds = 4
      $0.training.minSeparation = Setting(2)
      $0.secureAggregation.dropoutFraction = 0.2
      $0.secureAggregation.corruptFraction = 0.1
      change(&$0)
    }
  }

  /// ε after rounds with so many reporting clients; nil for a lost sum.
  static func epsilons(_ configuration: Configuration, _ rounds: [Int?]) throws -> [Double?] {
    try configuration.validate()
    let plan = try #require(try PrivacyPlan(configuration, clients: 1_000))
    var state = PrivacyState(configuration, plan: plan)
    return try rounds.enumerated().map { index, reporting in
      var sum = [Int64](repeating: 5, count: 10)
      let release = try state.release(
        &sum, round: index + 1,
        norms: reporting.map { PrivacyState.NormCount(unclipped: $0, reported: $0) },
        reporting: reporting, configuration, plan)
      // The clients have added their noise; the server adds none.
      #expect(sum == [Int64](repeating: 5, count: 10))
      return release.guarantee?.epsilon
    }
  }

  /// ε of released sums with the noise of so many honest clients.
  static func epsilon(_ configuration: Configuration, honest: [Int]) throws -> Double {
    let count = configuration.makeModel().layout.count
    let mechanism = try #require(try configuration.distributedMechanism(parameterCount: count))
    var accountant = PrivacyAccountant(adjacency: .zeroOut)
    return try accountant.guarantee(
      of: honest.map { PrivacyEvent(mechanism.release(clients: $0)) }, delta: 1e-5
    ).epsilon
  }

  @Test(arguments: [PrivacyConfiguration.Mechanism.discreteGaussian, .skellam])
  func survivorsAreWhatCounts(mechanism: PrivacyConfiguration.Mechanism) throws {
    let configuration = Self.configuration(mechanism)
    // 50 clients, 5 of them corrupt; a client takes part once in two rounds.
    let spent = try Self.epsilons(configuration, [50, 43, nil, 41])
    let expected = [[45], [38], [38], [38, 36]]
    for (epsilon, honest) in zip(spent, expected) {
      #expect(epsilon == (try Self.epsilon(configuration, honest: honest)))
    }
    // The plan expects the fewest that are let through: 40, of which 35 are honest.
    let plan = try #require(try PrivacyPlan(configuration, clients: 1_000))
    #expect(
      try #require(try plan.guarantee()).epsilon
        == Self.epsilon(configuration, honest: [35, 35]))
  }

  /// Survivors that change from round to round must not make every round dearer to account for.
  @Test func theLedgerGrowsWithTheCohortAndNotWithTheRounds() throws {
    let configuration = Self.configuration(.skellam) {
      $0.training.rounds = 400
      $0.training.minSeparation = Setting(1)
      // Less, and epsilon is so large that the tail of Skellam noise spoils delta.
      $0.privacy.noiseMultiplier = Setting(4)
    }
    let plan = try #require(try PrivacyPlan(configuration, clients: 1_000))
    var state = PrivacyState(configuration, plan: plan)
    var honest: [Int] = []
    for round in 1...400 {
      var sum = [Int64](repeating: 0, count: 4)
      let reporting = 41 + round * 7 % 10
      honest.append(reporting - 5)
      _ = try state.release(
        &sum, round: round,
        norms: PrivacyState.NormCount(unclipped: reporting, reported: reporting),
        reporting: reporting, configuration, plan)
    }
    #expect(state.ledger.events.count == 10)
    let epsilon = try #require(state.guarantee).epsilon
    let whole = try Self.epsilon(configuration, honest: honest)
    #expect(abs(epsilon - whole) < 1e-9 * whole)
  }

  @Test func theNoiseIsSolvedForTheFewestClients() throws {
    let configuration = Self.configuration(.discreteGaussian) {
      $0.privacy.noiseMultiplier = Setting()
      $0.privacy.targetEpsilon = Setting(3)
    }
    let plan = try #require(try PrivacyPlan(configuration, clients: 1_000))
    let epsilon = try #require(try plan.guarantee()).epsilon
    #expect(epsilon <= 3 && epsilon > 2.999)
  }

  /// Replace-one with two bounds of sensitivity: noise 2z is worth z of central noise.
  @Test func localNoiseIsEachClientsOwn() throws {
    let configuration = Self.configuration(.localGaussian) {
      $0.privacy.noiseMultiplier = Setting(4)
    }
    let spent = try Self.epsilons(configuration, [50, 50, 50, 50])
    var accountant = PrivacyAccountant(adjacency: .addOrRemove)
    for (round, participations) in [1, 1, 2, 2].enumerated() {
      let expected = try accountant.guarantee(
        of: [PrivacyEvent(.gaussian(noiseMultiplier: 2), count: participations)], delta: 1e-5)
      let epsilon = try #require(spent[round])
      #expect(abs(epsilon - expected.epsilon) < 1e-9)
    }
  }

  @Test func whatCannotBeAccountedForIsRefused() {
    let wrong: [(String, (inout Configuration) -> Void)] = [
      ("training.sampling", { $0.training.sampling = .poisson }),
      ("privacy.clipping", { $0.privacy.clipping = .adaptive }),
      ("privacy.noise_multiplier", { $0.privacy.noiseMultiplier = Setting(0) }),
      ("secure_aggregation.encoding.bits", { $0.secureAggregation.encoding.bits = Setting(4) }),
      (
        "secure_aggregation.encoding.fraction_bits",
        {
          $0.privacy.clippingBound = Setting(8)
          $0.secureAggregation.encoding.fractionBits = Setting(50)
        }
      ),
      ("secure_aggregation.encoding.bits", { $0.secureAggregation.encoding.bits = Setting(30) }),
      (
        "secure_aggregation.encoding.bits",
        {
          $0.secureAggregation.dropoutFraction = 0.7
          $0.secureAggregation.corruptFraction = 0.3
        }
      ),
    ]
    for (keyPath, change) in wrong {
      #expect {
        try Self.configuration(.discreteGaussian, change).validate()
      } throws: { ($0 as? SettingError)?.keyPath == keyPath }
    }
    #expect {
      try Self.configuration(.localGaussian) {
        $0.secureAggregation.encoding.clip = Setting(1)
      }.validate()
    } throws: { ($0 as? SettingError)?.keyPath == "secure_aggregation.protocol" }
  }
}
