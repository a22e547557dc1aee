import Federation

/// Everything that can be known to be wrong before anything runs.
package enum ExperimentCheck {
  /// Loads an experiment, opens its population and compares the two.
  package static func check(path: String, overrides: [String]) throws -> Configuration {
    let configuration = try ConfigurationLoader.load(path: path, overrides: overrides)
    try checkCohort(of: configuration, PopulationFacts(configuration))
    return configuration
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
