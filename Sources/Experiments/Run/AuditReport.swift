import Foundation
import Privacy

/// A claim and what the canaries showed, side by side.
package struct AuditReport: Encodable, Equatable, Sendable {
  /// What is claimed; null without noise.
  package let epsilon: Double?
  /// What the same experiment with the same noise claims without canaries.
  package let epsilonWithoutCanaries: Double?
  package let delta: Double
  /// Of an attacker who is granted what the accounting grants.
  package let empiricalEpsilon: Double
  /// Ends of the 90 % band.
  package let empiricalEpsilonLow: Double
  package let empiricalEpsilonHigh: Double
  /// What may be seen by an attacker who knows the cohorts: the claim, where it is not amplified by
  /// sampling, and else what it would be without; null without noise.
  package let knownCohortClaim: Double?
  package let knownCohortEpsilon: Double
  package let knownCohortEpsilonLow: Double
  package let knownCohortEpsilonHigh: Double
  /// Proved at 95 % confidence, of an attacker who knows the cohorts: for any mechanism, and for
  /// Gaussian noise.
  package let epsilonLowerBound: Double
  package let gaussianEpsilonLowerBound: Double
  /// What a canary adds to a release ÷ what the clipping bound and the cohort size allow.
  package let canaryAmplitude: Double
  /// All that is no canary ÷ the claimed noise; null without noise.
  package let noiseRatio: Double?
  package let canaries: Int
  /// Canaries that took part; about half of them sent their vectors.
  package let canariesSeen: Int
  /// Whether the claim cannot be true.
  package let violated: Bool
  /// Why, one sentence each.
  package let faults: [String]
  package let rounds: Int
  package let runFolder: String

  /// Throws when too few canaries took part, so that there is nothing to tell.
  package init(_ result: RunResult, of experiment: AuditedExperiment) throws {
    let canaries = experiment.configuration.privacy.audit.canaries
    guard let findings = result.audit else {
      throw ExperimentError(
        .invalidConfiguration,
        "Not two of the \(canaries) canaries (of which a coin plants about half) took part in "
          + "\(result.rounds) rounds (\(result.folder)); audit with more canaries, rounds or larger "
          + "cohorts.")
    }
    self.init(
      findings, epsilon: result.summary.epsilon,
      epsilonWithoutCanaries: experiment.epsilonWithoutCanaries, delta: result.claim?.delta ?? 0,
      canaries: canaries, rounds: result.rounds, runFolder: result.folder)
  }

  /// - Parameter epsilon: what is claimed; nil without noise.
  package init(
    _ findings: CanaryFindings, epsilon: Double?, epsilonWithoutCanaries: Double?, delta: Double,
    canaries: Int, rounds: Int, runFolder: String
  ) {
    self.epsilon = epsilon
    self.epsilonWithoutCanaries = epsilonWithoutCanaries
    self.delta = delta
    empiricalEpsilon = findings.granted.epsilon
    empiricalEpsilonLow = findings.granted.low
    empiricalEpsilonHigh = findings.granted.high
    knownCohortClaim = epsilon == nil ? nil : findings.knownCohortClaim
    knownCohortEpsilon = findings.knownCohort.epsilon
    knownCohortEpsilonLow = findings.knownCohort.low
    knownCohortEpsilonHigh = findings.knownCohort.high
    epsilonLowerBound = findings.lowerBound
    gaussianEpsilonLowerBound = findings.gaussianLowerBound
    canaryAmplitude = findings.amplitude
    noiseRatio = findings.noise
    self.canaries = canaries
    canariesSeen = findings.canaries
    faults = epsilon == nil ? [] : findings.faults
    violated = !faults.isEmpty
    self.rounds = rounds
    self.runFolder = runFolder
  }

  package var rows: [[String]] {
    func number(_ value: Double) -> String { String(format: "%.3g", value) }
    func band(_ low: Double, _ high: Double) -> [String] {
      ["90 % band", "\(number(low)) to \(number(high))"]
    }
    return [
      ["audit", violated ? "VIOLATED" : "passed"],
      [
        "claimed epsilon",
        epsilon.map { "\(ShownBound.epsilon($0)) at delta \(ShownBound.delta(delta))" }
          ?? "none: there is no noise",
      ],
      ["claimed without canaries", epsilonWithoutCanaries.map(ShownBound.epsilon) ?? "none"],
      ["empirical epsilon", number(empiricalEpsilon)],
      band(empiricalEpsilonLow, empiricalEpsilonHigh),
      [
        "most a canary may show if cohorts are known",
        knownCohortClaim.map(ShownBound.epsilon) ?? "none",
      ],
      ["empirical if cohorts are known", number(knownCohortEpsilon)],
      band(knownCohortEpsilonLow, knownCohortEpsilonHigh),
      ["lower bound (95 %)", number(epsilonLowerBound)],
      ["lower bound, Gaussian (95 %)", number(gaussianEpsilonLowerBound)],
      ["canary, of what is allowed", number(canaryAmplitude)],
      ["noise, of what is claimed", noiseRatio.map(number) ?? "none"],
      ["canaries", "\(canaries)"], ["of them seen", "\(canariesSeen)"], ["rounds", "\(rounds)"],
      ["run folder", runFolder],
    ]
  }
}
