import Federation
import Privacy
import Tables

/// What the training would cost at a launch with larger cohorts, whose noise this run had.
package struct LaunchClaim: Codable, Equatable, Sendable {
  package var cohortSize: Int
  /// Clients that may train there.
  package var clients: Int
  /// Whether that number was chosen to keep the sampling rate of the run.
  package var keepsRate: Bool
  package var rounds: Int
  package var noiseMultiplier: Double
  package var samplingRate: Double?
  package var epsilon: Double
  package var delta: Double
  package var accountant: Accountant
  package var adjacency: Adjacency
  /// How likely a privacy loss above ε is; nil where it is not known.
  package var tail: PrivacyLedger.LossTail?
  /// Nil where the ε does not rest on secret cohorts.
  package var knownCohorts: KnownCohorts?

  /// Nil where there is no launch or no noise.
  ///
  /// - Parameter rounds: finished or planned.
  init?(_ plan: PrivacyPlan?, rounds: Int) throws(SettingError) {
    guard let launch = plan?.launch, let guarantee = try launch.guarantee(rounds: rounds) else {
      return nil
    }
    cohortSize = launch.cohortSize
    clients = launch.clients
    keepsRate = launch.keepsRate
    self.rounds = rounds
    noiseMultiplier = launch.noiseMultiplier
    samplingRate = launch.schedule.sampling.rate
    (epsilon, delta) = (guarantee.epsilon, guarantee.delta)
    (accountant, adjacency) = (guarantee.accountant, guarantee.adjacency)
    let ledger = launch.ledger(rounds: rounds)
    if epsilon < EpsilonMeaning.largestTold {
      tail = PrivacyLedger.LossTail(
        guarantee, of: ledger, beside: PrivacyProfile.Point(epsilon: 0, delta: 0))
    }
    knownCohorts = KnownCohorts(of: ledger, delta: delta, clients: clients)
  }

  /// Cohorts, clients and rounds, as part of a sentence.
  package var size: String {
    "cohorts of \(cohortSize) of \(clients) clients, \(counted(rounds, "round"))"
  }

  /// What that rests on, one sentence each.
  ///
  /// - Parameter cohort: of the run.
  package func assumptions(cohort: Int) -> [String] {
    [
      (keepsRate
        ? "nobody gave privacy.noise_population, so the launch has as many clients (\(clients)) as keep this "
          + "run's sampling rate"
        : "the launch has \(clients) clients that may train")
        + ", the same rounds, sampling and clipping"
    ]
  }

  /// What the accuracy of the simulation rests on as that of the launch, one sentence each; no ε does.
  ///
  /// - Parameter cohort: of the run.
  package func accuracyAssumptions(cohort: Int) -> [String] {
    [
      "the people are alike, so that the update of an average client has the same norm there and the same "
        + "share of updates is clipped",
      "the mean of \(cohortSize) updates has less sampling noise than that of the \(cohort) simulated: the "
        + "accuracy of the simulation is a pessimistic estimate of the launch's in that respect",
    ]
  }

  /// What it would mean for one person there, as far as (ε, δ) and the recorded numbers tell.
  package var meaning: EpsilonMeaning {
    EpsilonMeaning(
      epsilon: epsilon, delta: delta, adjacency: adjacency, tail: tail, knownCohorts: knownCohorts)
  }

  /// What a signal-to-noise ratio of the simulation is not.
  package func signalNote(cohort: Int) -> String {
    "That ratio is optimistic for the launch: a mean over \(cohort) clients is longer than one over "
      + "\(cohortSize), by what single clients differ from one another."
  }
}

extension SpentReleases {
  /// What the launch releases; nil where there is none or no noise.
  init?(launchOf plan: PrivacyPlan?, rounds: Int) throws(SettingError) {
    guard let launch = plan?.launch, let guarantee = try launch.guarantee(rounds: rounds) else {
      return nil
    }
    self.init(launch, guarantee, rounds: rounds)
  }

  init(_ launch: LaunchPlan, _ guarantee: PrivacyGuarantee, rounds: Int) {
    let ledger = launch.ledger(rounds: rounds)
    self.init(
      guarantee: guarantee, ledger: ledger, accountant: ledger.accountant,
      beside: PrivacyProfile.Point(epsilon: 0, delta: 0), clients: launch.clients)
  }

  /// As the manifest of a finished run has it; nil where its numbers do not go with its configuration.
  init?(_ claim: LaunchClaim, _ configuration: Configuration) {
    guard
      let launch = try? LaunchPlan(
        configuration, clients: claim.clients, delta: claim.delta,
        noiseMultiplier: claim.noiseMultiplier, rounds: claim.rounds),
      let guarantee = try? launch.guarantee(rounds: claim.rounds),
      guarantee.epsilon == claim.epsilon
    else { return nil }
    self.init(launch, guarantee, rounds: claim.rounds)
  }
}
