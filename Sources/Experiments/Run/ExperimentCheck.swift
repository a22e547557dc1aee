import Federation

/// Everything that can be known to be wrong before anything runs.
package enum ExperimentCheck {
  /// Loads an experiment and settles what it leaves open.
  package static func plan(path: String, overrides: [String]) throws -> ExperimentPlan {
    let configuration = try ConfigurationLoader.load(path: path, overrides: overrides)
    let (settled, privacy) = try settle(configuration, PopulationFacts(configuration))
    return try ExperimentPlan(
      settled, privacy: privacy, givenRounds: configuration.training.rounds)
  }

  /// Checks an experiment against its population and solves its privacy.
  ///
  /// The configuration changes where ε and the noise decide the number of rounds.
  static func settle(
    _ configuration: Configuration, _ facts: PopulationFacts
  ) throws -> (Configuration, PrivacyPlan?) {
    try checkCohort(of: configuration, facts)
    do {
      guard let privacy = try PrivacyPlan(configuration, clients: facts.clients) else {
        return (configuration, nil)
      }
      try checkBudget(of: configuration, privacy)
      var configuration = configuration
      configuration.training.rounds = privacy.rounds
      return (configuration, privacy)
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
      ? try ledger.guarantee(adding: privacy.event(round: 1), delta: privacy.delta).epsilon
      : .infinity
    guard first <= budget else {
      throw SettingError(
        keyPath: "privacy.budget.epsilon",
        problem: "(\(budget)) is less than the \(first) that the first round spends; raise it or "
          + "privacy.noise_multiplier")
    }
  }

  /// An imported log has as many clients as it has: only now is it known whether they suffice.
  static func checkCohort(of configuration: Configuration, _ facts: PopulationFacts) throws {
    let partition = ClientPartition(
      seed: configuration.seed, clients: facts.clients,
      newClientShare: configuration.population.newClientShare)
    guard configuration.training.cohortSize <= partition.trainingCount else {
      throw ExperimentError(
        .invalidConfiguration,
        "training.cohort_size (\(configuration.training.cohortSize)) is larger than the "
          + "\(partition.trainingCount) clients that train (\(facts.clients) in "
          + "\(configuration.population.path.value ?? "the population"), \(partition.newCount) of "
          + "them held out).")
    }
    do {
      try configuration.requireSeparation(trainingClients: partition.trainingCount)
    } catch {
      throw ExperimentError(.invalidConfiguration, "\(error).")
    }
  }
}
