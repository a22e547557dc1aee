import Federation
import Foundation
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
    "cohort_size, reported, dropped, status and bytes (rounds.csv, secure_aggregation.csv); evaluations "
    + "(evaluation.csv, clients.csv, segments.csv, the summary) and whatever is chosen by them; columns "
    + "that start with sim_; messages, log.txt, exit codes, times and memory; the hash of an imported log; "
    + "the checkpoint, which is to be kept secret"

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
    switch configuration.privacy.randomness {
    case .reproducible:
      assumptions.append(
        "nobody knows the seed, from which noise and cohorts follow: for experiments only")
    case .system:
      assumptions.append(
        "nobody knows the run's key, from which noise and cohorts follow and which only the checkpoint "
          + "of an unfinished run holds, and nobody saw a killed run that another program or kind of "
          + "processor went on with")
    }
    if configuration.aggregator.aggregator.rejectsClients {
      // Of noised reports, but it tells how many reported.
      doesNotCover = doesNotCover.replacingOccurrences(of: "dropped,", with: "dropped, suspected,")
    }
    if configuration.training.stop.isActive {
      doesNotCover +=
        "; that training ended when it did, which training.stop decides by evaluations without noise: "
        + "epsilon counts the rounds as if their number had been fixed before"
    }
    if Self.selectsPrivately(configuration) {
      covers += ", and the \(Self.selected(configuration)), as selected before round 1"
    }
  }

  /// What the accountant cannot know: who is trusted with what.
  private static func assumptions(about configuration: Configuration) -> [String] {
    let security = configuration.secureAggregation
    var lines = [
      "the list of registered clients is public: neighbours differ in what one of them did"
    ]
    lines += Self.assumptionsAboutLog(configuration)
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
      configuration.privacy.budget.epsilon.value.map {
        "the budget (\($0)) is taken for the promise: a smaller epsilon counts those who really stayed"
      }
        ?? "dropouts do not depend on what was released, since epsilon counts those who really stayed"
    )
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

  /// What an imported log adds: who chose what, and by looking at what.
  private static func assumptionsAboutLog(_ configuration: Configuration) -> [String] {
    let population = configuration.population
    guard population.source == .file else { return [] }
    var lines: [String] = []
    let given = [
      population.vocabularyFile.value == nil ? nil : "the list of apps",
      population.trainingEnd.value == nil ? nil : "the end of training",
    ].compactMap(\.self)
    if !given.isEmpty {
      lines.append(
        "\(given.joined(separator: " and ")) \(given.count == 1 ? "was" : "were") chosen without a look "
          + "at these clients' data")
    }
    if selectsPrivately(configuration) {
      lines.append("whoever selected the \(selected(configuration)) and added the noise is trusted")
    }
    lines.append(
      "the import left out no rows of wrong clocks, or by a rule that does not look at everybody's rows "
        + "(--keep-all-times, --from, --until), and battery levels are in one unit")
    return lines
  }

  private static func selectsPrivately(_ configuration: Configuration) -> Bool {
    PrivateSelection(configuration, delta: 0) != nil
  }

  private static func selected(_ configuration: Configuration) -> String {
    let population = configuration.population
    return [
      population.vocabularyFile.value == nil ? "app ranks" : nil,
      population.trainingEnd.value == nil ? "end of training" : nil,
    ].compactMap(\.self).joined(separator: " and the ")
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
