import Federation
import Privacy

/// An experiment whose open questions are settled, ready to start.
package struct PreparedExperiment: Sendable {
  /// With the number of rounds that ε and the noise decide, where they do.
  package let configuration: Configuration
  let facts: PopulationFacts
  /// Nil without a mechanism.
  package let privacy: PrivacyPlan?
  /// `training.rounds` before anything was settled.
  private let givenRounds: Int
  /// Nil where it was not computed yet.
  private let guarantee: Result<PrivacyGuarantee?, SettingError>?

  init(
    _ configuration: Configuration, facts: PopulationFacts, privacy: PrivacyPlan?,
    guarantee: Result<PrivacyGuarantee?, SettingError>? = nil
  ) {
    self.guarantee = guarantee
    var settled = configuration
    if let privacy { settled.training.rounds = privacy.rounds }
    self.configuration = settled
    self.facts = facts
    self.privacy = privacy
    givenRounds = configuration.training.rounds
  }

  /// Whether it is the training of a lifecycle, whose days are not planned.
  package var isLifecycle: Bool { configuration.lifecycle != LifecycleConfiguration() }

  package func plan() throws -> ExperimentPlan {
    try ExperimentPlan(
      configuration, privacy: privacy, givenRounds: givenRounds, guarantee: guarantee,
      virtualSeconds: facts.virtualSeconds(configuration))
  }
}

/// Everything that can be known to be wrong before anything runs.
package enum ExperimentCheck {
  /// Loads an experiment and settles what it leaves open.
  package static func plan(path: String, overrides: [String]) throws -> ExperimentPlan {
    try prepare(ConfigurationLoader.load(path: path, overrides: overrides)).plan()
  }

  /// Checks an experiment against its population and solves its privacy.
  package static func prepare(_ configuration: Configuration) throws -> PreparedExperiment {
    try checkSources(of: configuration)
    let facts = try PopulationFacts(configuration)
    try checkCohort(of: configuration, facts)
    let prepared = PreparedExperiment(
      configuration, facts: facts, privacy: try solvePrivacy(of: configuration, facts))
    try LedgerUse(configuration, facts)?.check([prepared.ledgerPart()])
    return prepared
  }

  /// Refuses a claim of privacy on a log of which app ranks or the end of training would follow from
  /// everybody's data without noise.
  static func checkSources(of configuration: Configuration) throws {
    guard configuration.privacy.mechanism != .none, configuration.looksAtEverybody else { return }
    let population = configuration.population
    let missing = [
      population.vocabularyFile.value == nil ? "population.vocabulary_file" : nil,
      population.trainingEnd.value == nil ? "population.training_end" : nil,
    ].compactMap(\.self)
    let name = configuration.privacy.mechanism.rawValue
    throw ExperimentError(
      .invalidConfiguration,
      "\(missing.joined(separator: " and ")) must be given with privacy.mechanism: \(name) on an "
        + "imported log, since without noise the ranks of the apps and the end of training follow from "
        + "everybody's data, which no epsilon would cover: give a public list of apps and a public "
        + "date, or set privacy.selection.noise_multiplier (5, for instance) to select them with noise "
        + "that epsilon pays for.")
  }

  /// Nil without a mechanism.
  static func solvePrivacy(
    of configuration: Configuration, _ facts: PopulationFacts
  ) throws -> PrivacyPlan? {
    do {
      let privacy = try PrivacyPlan(configuration, clients: facts.clients)
      if let privacy { try checkBudget(of: configuration, privacy) }
      return privacy
    } catch let error as SettingError {
      throw ExperimentError(.invalidConfiguration, "\(error).")
    }
  }

  private static func checkBudget(
    of configuration: Configuration, _ privacy: PrivacyPlan
  ) throws {
    guard let budget = configuration.privacy.budget.epsilon.value else { return }
    var ledger = privacy.ledger
    let first =
      privacy.noiseMultiplier > 0
      ? try privacy.guarantee(of: &ledger, adding: privacy.event(round: 1)).epsilon
      : .infinity
    guard first <= budget else {
      throw SettingError(
        keyPath: "privacy.budget.epsilon",
        problem: "(\(budget)) is less than the \(first) that "
          + (privacy.selection == nil
            ? "the first round spends" : "the selection and the first round spend")
          + "; raise it or privacy.noise_multiplier"
          + (privacy.selection == nil ? "" : " or privacy.selection.noise_multiplier"))
    }
  }

  /// An imported log has as many clients as it has: only now is it known whether they suffice.
  static func checkCohort(of configuration: Configuration, _ facts: PopulationFacts) throws {
    let partition = ClientPartition(
      seed: configuration.populationSeed, clients: facts.clients,
      newClientShare: configuration.population.newClientShare)
    guard configuration.selectedClients <= partition.trainingCount else {
      throw ExperimentError(
        .invalidConfiguration,
        "training.cohort_size (\(configuration.selectedInWords)) is larger than the "
          + "\(partition.trainingCount) clients that train (\(facts.clients) in "
          + "\(configuration.population.path.value ?? "the population"), \(partition.newCount) of "
          + "them held out).")
    }
    do {
      try configuration.requireSeparation(trainingClients: partition.trainingCount)
      try configuration.requireEvaluatedClients(partition)
      try configuration.requireRootClients(partition)
      try configuration.requireHostileClients(of: facts.clients)
      if let buffering = configuration.schedule.schedule.buffering {
        try configuration.requireEnoughClients(for: buffering, of: partition.trainingCount)
      }
    } catch {
      throw ExperimentError(.invalidConfiguration, "\(error).")
    }
  }
}
