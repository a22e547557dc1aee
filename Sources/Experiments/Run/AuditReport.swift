import Privacy

/// A claim and what the canaries showed, side by side.
package struct AuditReport: Encodable, Equatable, Sendable {
  /// What is claimed; null without noise.
  package let epsilon: Double?
  /// What the same experiment with the same noise claims without canaries.
  package let epsilonWithoutCanaries: Double?
  package let delta: Double
  package let empiricalEpsilon: Double
  /// Ends of the 90 % band.
  package let empiricalEpsilonLow: Double
  package let empiricalEpsilonHigh: Double
  package let canaries: Int
  /// Whether the band lies above the claim.
  package let violated: Bool
  package let rounds: Int
  package let runFolder: String

  /// Throws when no canary took part, so that there is nothing to tell.
  package init(_ result: RunResult, of experiment: AuditedExperiment) throws {
    let canaries = experiment.configuration.privacy.audit.canaries
    guard let estimate = result.audit else {
      throw ExperimentError(
        .invalidConfiguration,
        "Not two of the \(canaries) canaries took part in \(result.rounds) rounds (\(result.folder)); "
          + "audit with more canaries, rounds or larger cohorts.")
    }
    epsilon = result.summary.epsilon
    epsilonWithoutCanaries = experiment.epsilonWithoutCanaries
    delta = result.claim?.delta ?? 0
    empiricalEpsilon = estimate.epsilon
    empiricalEpsilonLow = estimate.low
    empiricalEpsilonHigh = estimate.high
    self.canaries = canaries
    violated = estimate.violates(epsilon ?? .infinity)
    rounds = result.rounds
    runFolder = result.folder
  }

  package var rows: [[String]] {
    [
      ["audit", violated ? "VIOLATED" : "passed"],
      ["claimed epsilon", epsilon.map { "\($0) at delta \(delta)" } ?? "none: there is no noise"],
      ["claimed without canaries", epsilonWithoutCanaries.map { "\($0)" } ?? "none"],
      ["empirical epsilon", "\(empiricalEpsilon)"],
      ["90 % band", "\(empiricalEpsilonLow) to \(empiricalEpsilonHigh)"],
      ["canaries", "\(canaries)"], ["rounds", "\(rounds)"], ["run folder", runFolder],
    ]
  }
}
