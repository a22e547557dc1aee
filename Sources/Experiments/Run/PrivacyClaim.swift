import Federation
import Privacy

/// An (ε, δ) with everything it means and rests on, for the manifest and for people.
package struct PrivacyClaim: Codable, Equatable, Sendable {
  package var epsilon: Double
  package var delta: Double
  /// What one neighbour more or less is.
  package var unit = "client"
  package var adjacency: Adjacency
  package var mechanism: String
  package var noiseMultiplier: Double
  package var sampler: String
  package var samplingRate: Double?
  package var accountant: Accountant
  package var randomness: String
  /// What must be true of the run.
  package var assumptions: [String]
  package var covers = "the model after every round, and update_norm and clipping_bound"
  /// What the files hold beside it that no noise protects.
  package var doesNotCover =
    "cohort_size, reported, dropped, status and bytes; evaluations (evaluation.csv, clients.csv, "
    + "the summary); columns that start with sim_; secure_aggregation.csv"

  init(
    _ configuration: Configuration, sampling: SamplingEvent, noiseMultiplier: Double,
    guarantee: PrivacyGuarantee
  ) {
    epsilon = guarantee.epsilon
    delta = guarantee.delta
    adjacency = guarantee.adjacency
    mechanism = configuration.privacy.mechanism.rawValue
    self.noiseMultiplier = noiseMultiplier
    sampler = sampling.sampler
    samplingRate = sampling.rate
    accountant = guarantee.accountant
    randomness = configuration.privacy.randomness.rawValue
    assumptions =
      guarantee.assumptions + [sampling.assumption].compactMap(\.self)
      + Self.assumptions(about: configuration)
    if configuration.privacy.randomness == .reproducible {
      assumptions.append(
        "nobody knows the seed, from which the noise follows: for experiments only")
    }
  }

  /// What the accountant cannot know: who is trusted with what.
  private static func assumptions(about configuration: Configuration) -> [String] {
    let security = configuration.secureAggregation
    var lines: [String] = []
    let canaries = configuration.privacy.audit.canaries
    if canaries > 0 {
      lines.append("the \(canaries) canaries are clients like all others, in the sampling rate too")
    }
    if security.protocol != .none {
      lines.append("which rounds are abandoned does not depend on any one client")
    }
    if configuration.addsNoiseAtClients, configuration.training.sampling == .fixedSize {
      lines.append("nothing is gained from chance: every client counts as if in every round")
    }
    guard configuration.distributedNoise != nil else { return lines }
    lines.append(
      "every sum that is opened has at least \(configuration.fewestReporting) clients in it; a run "
        + "that has begun counts those who were there")
    lines.append(
      security.protocol == .none
        ? "the server itself is trusted: with secure_aggregation.protocol none it sees every update "
          + "with its small share of the noise"
        : "the server has at most a share of \(security.corruptFraction) of a cohort in league with "
          + "it")
    return lines
  }

  /// The claim in a few lines.
  package var lines: [String] {
    let rate = samplingRate.map { ", rate \($0)" } ?? ""
    return [
      "epsilon \(epsilon) at delta \(delta) for one \(unit) (\(adjacency.rawValue)): "
        + "\(mechanism) noise of \(noiseMultiplier) clipping bounds, \(sampler) cohorts\(rate), "
        + "\(accountant.rawValue) accountant.",
      "It holds if " + assumptions.joined(separator: "; and if ") + ".",
      "It covers \(covers); not \(doesNotCover).",
    ]
  }
}
