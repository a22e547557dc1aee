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
  /// What the accuracy of a simulation rests on as that of the launch; nil without a launch.
  package var accuracyAssumptions: [String]?
  package var covers = "the model after every round, and update_norm and clipping_bound"
  /// What the files hold beside it that no noise protects.
  package var doesNotCover =
    "cohort_size, reported, dropped, status and bytes (rounds.csv, secure_aggregation.csv); evaluations "
    + "(evaluation.csv, clients.csv, segments.csv, the summary) and whatever is chosen by them; columns "
    + "that start with sim_; messages, log.txt, exit codes, times and memory; the hash of an imported log; "
    + "the checkpoint, which is to be kept secret"
  /// What the noise was made for, where that is no cohort of this run.
  package var launch: LaunchClaim?
  /// Clients of a cohort; nil in files of earlier versions.
  package var cohortSize: Int?
  /// Clients of the population; nil where they were counted when a log was opened.
  package var clients: Int?
  /// How likely a privacy loss above ε is; nil before the end and where it is not known.
  package var tail: PrivacyLedger.LossTail?
  /// Nil before the end and where the ε does not rest on secret cohorts.
  package var knownCohorts: KnownCohorts?
  /// How large the noise was beside the updates; nil before the end and where it is not known.
  package var noise: NoiseAgainstSignal?
  /// What to keep in mind about accuracies beside this ε; nil for none.
  package var caveat: String?

  init(
    _ configuration: Configuration, sampling: SamplingEvent, noiseMultiplier: Double,
    guarantee: PrivacyGuarantee, launch: LaunchClaim? = nil
  ) {
    self.launch = launch
    cohortSize = configuration.training.cohortSize
    clients = configuration.knownClients
    caveat = Self.caveat(configuration)
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
        "the seed, from which noise and cohorts follow, stays secret (privacy.randomness: reproducible, "
          + "for experiments only)")
    case .system:
      assumptions.append(
        "the run's key, from which noise and cohorts follow, stays secret: only the checkpoint of an "
          + "unfinished run holds it, and no killed run was continued by another program or kind of "
          + "processor")
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

  /// The claim of the launch that this run has simulated; nil where there is none.
  package var atLaunch: PrivacyClaim? {
    guard let launch else { return nil }
    var claim = self
    claim.launch = nil
    (claim.epsilon, claim.delta) = (launch.epsilon, launch.delta)
    (claim.adjacency, claim.accountant) = (launch.adjacency, launch.accountant)
    (claim.noiseMultiplier, claim.samplingRate) = (launch.noiseMultiplier, launch.samplingRate)
    (claim.clients, claim.cohortSize) = (launch.clients, launch.cohortSize)
    (claim.tail, claim.knownCohorts) = (launch.tail, launch.knownCohorts)
    claim.assumptions =
      launch.assumptions(cohort: cohortSize ?? 0)
      + LaunchScope.assumptions(of: assumptions, randomness: randomness)
    claim.accuracyAssumptions = launch.accuracyAssumptions(cohort: cohortSize ?? 0)
    (claim.covers, claim.doesNotCover) = (LaunchScope.covers, LaunchScope.doesNotCover)
    return claim
  }

  /// What the accountant cannot know: who is trusted with what.
  private static func assumptions(about configuration: Configuration) -> [String] {
    let security = configuration.secureAggregation
    var lines = [
      "the list of registered clients is public: neighbouring populations differ in the data of one of them"
    ]
    lines += Self.assumptionsAboutLog(configuration)
    let canaries = configuration.privacy.audit.canaries
    if canaries > 0 {
      lines.append(
        "the \(canaries) canaries count as clients like all others, also in the sampling rate")
    }
    if security.protocol != .none {
      lines.append("which rounds are abandoned does not depend on any one client")
    }
    if configuration.simulatesTime {
      lines.append(
        "when clients are available and how long their work takes is public, and the same whatever their "
          + "data are: who comes too late, which updates share a buffer and how long a round lasts follow from it"
      )
    }
    if !configuration.addsNoiseAtClients {
      let seen = security.protocol == .none ? "every update" : "the sum of every cohort"
      lines.append(
        "the server, which adds the noise, is trusted: it sees \(seen) without noise, so against it there is "
          + "no differential privacy")
    }
    if configuration.addsNoiseAtClients, configuration.training.sampling == .fixedSize {
      lines.append("sampling is not counted: every client counts as if it took part in every round")
    }
    guard configuration.distributedNoise != nil else { return lines }
    lines.append(
      configuration.privacy.budget.epsilon.value.map {
        "the budget (\($0)) is the guarantee: a smaller ε counts the clients that really stayed"
      }
        ?? "dropouts do not depend on what was released, since ε counts the clients that really stayed"
    )
    lines.append(
      "every sum that is opened has at least \(configuration.fewestReporting) clients in it; a run "
        + "that has begun counts those who were there")
    lines.append(
      security.protocol == .none
        ? "the server itself is trusted: with secure_aggregation.protocol none it sees every update "
          + "with its small share of the noise"
        : "at most a fraction of \(security.corruptFraction) of a cohort colludes with the server")
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
        "\(given.joined(separator: " and ")) \(given.count == 1 ? "was" : "were") chosen without looking "
          + "at these clients' data")
    }
    if selectsPrivately(configuration) {
      lines.append("whoever selected the \(selected(configuration)) and added the noise is trusted")
    }
    lines.append(
      "the import dropped no rows because of wrong clocks, or did so by a rule that does not depend on "
        + "anybody's rows (--keep-all-times, --from, --until), and battery levels are in one unit")
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

  /// Where the task itself may hide what noise costs.
  private static func caveat(_ configuration: Configuration) -> String? {
    guard ![.file, .worker].contains(configuration.population.source) else { return nil }
    let text =
      "these clients are simulated, so what noise costs in accuracy here is a property of the synthetic task"
    guard [.logistic, .lstmRanker].contains(configuration.model.kind) else { return text }
    return text
      + ": this model starts from features that are counted on the phone, a few clients teach it all it can "
      + "learn, and noise costs it little; measure on a log of your own before you choose an ε by it"
  }

  /// The claim as people read it, a line each; of the launch, where the run has simulated one.
  ///
  /// - Parameters:
  ///   - meaning: from all releases; nil for what follows from ε and δ.
  ///   - launched: the same of the launch.
  package func lines(
    _ meaning: EpsilonMeaning? = nil, launch launched: EpsilonMeaning? = nil
  ) -> [String] {
    guard let launch, let claim = atLaunch else { return ownLines(meaning) }
    let told = launched ?? launch.meaning
    var lines = [
      "Privacy of the launch: \(told.claim) for one \(unit) (\(launch.adjacency.rawValue)): \(launch.size); "
        + "\(mechanism) noise of \(ShownBound.setting(launch.noiseMultiplier)) clipping bounds, "
        + "\(sampler) cohorts\(Self.rate(launch.samplingRate)), \(launch.accountant.rawValue) accountant."
    ]
    lines += told.warnings(clients: launch.clients)
    lines += told.sentences.map { "  * \($0)" }
    if let noise {
      lines.append("  * \(noise.sentence)")
      if noise.ratio != nil { lines.append("  * \(launch.signalNote(cohort: cohortSize ?? 0))") }
    }
    lines += claim.restLines
    lines.append("Simulated run: \(simulatedSentence)")
    if let caveat { lines.append("Caution: \(caveat).") }
    return lines
  }

  /// What the run that simulated a launch promises itself.
  package var simulatedSentence: String {
    "\(cohortSize.map { "cohorts of \($0), " } ?? "")noise of \(ShownBound.setting(noiseMultiplier)) clipping "
      + "bounds: by itself it has ε = \(ShownBound.epsilon(epsilon)) at δ = \(ShownBound.delta(delta)) "
      + "(\(accountant.rawValue) accountant), \(EpsilonBand(epsilon: epsilon).name). The ε of the launch "
      + "protects nobody whose data were in the simulation."
  }

  private static func rate(_ rate: Double?) -> String {
    rate.map { ", rate \(ShownBound.setting($0))" } ?? ""
  }

  private func ownLines(_ meaning: EpsilonMeaning?) -> [String] {
    let told = meaning ?? self.meaning
    var lines = [
      "Privacy: \(told.claim) for one \(unit) (\(adjacency.rawValue)): \(mechanism) noise of "
        + "\(ShownBound.setting(noiseMultiplier)) clipping bounds, \(sampler) cohorts"
        + "\(Self.rate(samplingRate)), \(accountant.rawValue) accountant."
    ]
    lines += told.warnings(clients: clients)
    lines += told.sentences.map { "  * \($0)" }
    if let noise { lines.append("  * \(noise.sentence)") }
    lines += restLines
    if let caveat { lines.append("Caution: \(caveat).") }
    return lines
  }

  /// What it means, as far as the claim itself tells.
  package var meaning: EpsilonMeaning {
    EpsilonMeaning(
      epsilon: epsilon, delta: delta, adjacency: adjacency, tail: tail, knownCohorts: knownCohorts)
  }

  private var restLines: [String] {
    ["What ε rests on:"] + assumptions.map { "  * \(Self.sentence($0))" }
      + (accuracyAssumptions.map { lines in
        ["What the accuracy estimate rests on:"] + lines.map { "  * \(Self.sentence($0))" }
      } ?? []) + [
        "Covers \(covers).", "Does not cover:",
      ] + exceptions.map { "  * \($0)" }
  }

  /// What is not covered, one by one.
  package var exceptions: [String] {
    doesNotCover.split(separator: ";").map { $0.drop { $0 == " " } }.map(String.init)
  }

  /// With a capital and a full stop.
  package static func sentence(_ text: String) -> String {
    text.prefix(1).uppercased() + text.dropFirst() + "."
  }
}
