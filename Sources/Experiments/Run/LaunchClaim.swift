import Federation
import Privacy

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
  }

  /// Of the launch, in one sentence.
  package var claim: String {
    let rate = samplingRate.map { ", sampling rate \(ShownBound.setting($0))" } ?? ""
    return
      "Launch with cohorts of \(cohortSize) of \(clients) clients, \(rounds) rounds: ε = "
      + "\(ShownBound.epsilon(epsilon)) at δ = \(ShownBound.delta(delta)) (\(adjacency.rawValue)): noise of "
      + "\(ShownBound.setting(noiseMultiplier)) clipping bounds\(rate), \(accountant.rawValue) accountant."
  }

  /// What that rests on, one sentence each.
  package var assumptions: [String] {
    [
      (keepsRate
        ? "nobody gave privacy.noise_population, so the launch has as many clients (\(clients)) as keep this "
          + "run's sampling rate"
        : "the launch has \(clients) clients that may train")
        + ", the same rounds, sampling and clipping",
      "the mean update has the same norm there, and the same share of updates is clipped",
      "the mean of \(cohortSize) updates has less sampling noise than that of this run's cohort: the accuracy "
        + "of this run is a pessimistic estimate of the launch's in that respect",
    ]
  }

  /// What it would mean for one person there.
  package var meaning: EpsilonMeaning {
    EpsilonMeaning(epsilon: epsilon, delta: delta, adjacency: adjacency)
  }

  /// What must not be concluded.
  package var caution: String {
    "None of it protects the clients of this run: their cohorts are smaller, so their noise is, and what "
      + "holds for them is the ε of this run."
  }
}
