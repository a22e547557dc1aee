import Privacy
import Testing

/// A run's releases cost what dp_accounting says; ε from Vectors/dp_reference.csv.
@Suite struct ReleaseScheduleTests {
  struct Run: Sendable {
    let strategy: NoiseStrategy?
    let sampling: SamplingEvent
    let rounds: Int
    var restart: Int?
    let noise: Double
    let delta: Double
    let epsilon: Double
    let adjacency: Adjacency
  }

  private static func separated(_ separation: Int, _ most: Int) -> SamplingEvent {
    .separated(Participation(minimumSeparation: separation, maximumParticipations: most))
  }

  private static func cyclic(_ rate: Double, _ separation: Int, _ most: Int) -> SamplingEvent {
    .cyclicPoisson(
      rate: rate, Participation(minimumSeparation: separation, maximumParticipations: most))
  }

  static let runs = [
    // poisson_gaussian, q = 0.01, σ = 1
    Run(
      strategy: nil, sampling: .poisson(rate: 0.01), rounds: 1000, noise: 1, delta: 1e-6,
      epsilon: 2.1245225, adjacency: .addOrRemove),
    // q = 0.01, σ = 1 per replacement, 2 per clipping bound: composed_losses.py's `exact`
    Run(
      strategy: nil, sampling: .fixedSize(rate: 0.01), rounds: 1000, noise: 2, delta: 1e-6,
      epsilon: 2.5128444922133357, adjacency: .replaceOne),
    // bandmf_minsep_k6: independent noise and six participations
    Run(
      strategy: nil, sampling: separated(334, 6), rounds: 2000, noise: 8, delta: 1e-5,
      epsilon: 1.1574912247151872, adjacency: .zeroOut),
    // The same with normalised bands no wider than the separation
    Run(
      strategy: NoiseStrategy.squareRoot(bands: 50).normalized, sampling: separated(334, 6),
      rounds: 2000, noise: 8, delta: 1e-5, epsilon: 1.1574912247151872, adjacency: .zeroOut),
    // bandmf_amplified_b10, q = 0.1
    Run(
      strategy: NoiseStrategy.squareRoot(bands: 10).normalized, sampling: cyclic(0.1, 10, 100),
      rounds: 1000, noise: 1, delta: 1e-6, epsilon: 8.058608434943801, adjacency: .zeroOut),
    Run(
      strategy: nil, sampling: cyclic(0.1, 10, 100), rounds: 1000, noise: 2, delta: 1e-6,
      epsilon: 2.67503574005599, adjacency: .zeroOut),
    // tree_single_epoch, tree_restart_x8
    Run(
      strategy: .tree(isCombined: true), sampling: separated(1000, 1), rounds: 1000, noise: 2,
      delta: 1e-5, epsilon: 7.511275900744785, adjacency: .zeroOut),
    Run(
      strategy: .tree(isCombined: true), sampling: separated(128, 8), rounds: 1024, restart: 128,
      noise: 8, delta: 1e-5, epsilon: 4.377178095681137, adjacency: .zeroOut),
  ]

  private func ledger(_ run: Run, rounds: Int) throws -> PrivacyLedger {
    let schedule = try ReleaseSchedule(
      run.strategy, sampling: run.sampling, rounds: run.rounds, restart: run.restart)
    var ledger = PrivacyLedger(adjacency: schedule.adjacency)
    for round in 1...rounds {
      ledger.append(schedule.event(round: round, noiseMultiplier: run.noise))
    }
    return ledger
  }

  @Test(arguments: runs) func theWholeRunCostsWhatTheReferenceSays(run: Run) throws {
    let schedule = try ReleaseSchedule(
      run.strategy, sampling: run.sampling, rounds: run.rounds, restart: run.restart)
    #expect(schedule.adjacency == run.adjacency)
    var accounting = PrivacyAccountant(adjacency: schedule.adjacency)
    let epsilon = try accounting.guarantee(
      of: schedule.events(rounds: run.rounds, noiseMultiplier: run.noise), delta: run.delta
    ).epsilon
    #expect(abs(epsilon - run.epsilon) < 1e-3 * run.epsilon && epsilon > run.epsilon - 1e-4)
  }

  /// Round by round the ledger arrives at the same.
  @Test(arguments: runs) func theRoundsAddUpToTheRun(run: Run) throws {
    var ledger = try ledger(run, rounds: run.rounds)
    let epsilon = try ledger.guarantee(delta: run.delta).epsilon
    #expect(abs(epsilon - run.epsilon) < 1e-3 * run.epsilon && epsilon > run.epsilon - 1e-4)
    // A ledger of fewer rounds is the cost of a run that was stopped.
    var half = try self.ledger(run, rounds: run.rounds / 2)
    #expect(try half.guarantee(delta: run.delta).epsilon <= epsilon)
  }

  @Test func correlatedNoiseNeedsABoundOnParticipation() {
    for sampling: SamplingEvent in [
      .poisson(rate: 0.1), .fixedSize(rate: 0.1),
      .truncatedPoisson(rate: 0.1, population: 100, capacity: 20),
    ] {
      #expect(throws: PrivacyError.self) {
        try ReleaseSchedule(.tree(isCombined: true), sampling: sampling, rounds: 10)
      }
    }
  }

  /// Bands wider than the separation would let two updates of a client meet: no amplification.
  @Test func wideBandsAreNotAmplified() throws {
    func epsilon(bands: Int) throws -> Double {
      let schedule = try ReleaseSchedule(
        NoiseStrategy.squareRoot(bands: bands).normalized, sampling: Self.cyclic(0.1, 10, 10),
        rounds: 100)
      var accounting = PrivacyAccountant(adjacency: schedule.adjacency)
      return try accounting.guarantee(
        of: schedule.events(rounds: 100, noiseMultiplier: 2), delta: 1e-6
      ).epsilon
    }
    #expect(try epsilon(bands: 11) > 3 * epsilon(bands: 10))
  }
}
