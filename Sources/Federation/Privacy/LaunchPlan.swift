import Privacy

/// The training that the noise of a run is made for: the same with larger cohorts of more clients.
///
/// The noise on the mean update is that of the launch, so the noise on the smaller sum of the run is
/// smaller in proportion (`noise_cohort_size` of pfl-research). What protects the clients of the launch
/// does not protect those of the run.
package struct LaunchPlan: Sendable {
  package let cohortSize: Int
  /// Clients that may train at the launch.
  package let clients: Int
  /// Whether nobody gave their number, so that the sampling rate of the run was kept.
  package let keepsRate: Bool
  package let delta: Double
  package let noiseMultiplier: Double
  package let schedule: ReleaseSchedule
  private let accountant: Accountant

  init(
    _ setting: LaunchSetting, noiseMultiplier: Double, schedule: ReleaseSchedule
  ) {
    cohortSize = setting.configuration.training.cohortSize
    clients = setting.partition.trainingCount
    keepsRate = setting.keepsRate
    delta = setting.delta
    self.noiseMultiplier = noiseMultiplier
    self.schedule = schedule
    accountant = setting.configuration.privacy.accountant
  }

  /// As a finished run recorded it.
  package init?(
    _ configuration: Configuration, clients: Int, delta: Double, noiseMultiplier: Double,
    rounds: Int
  ) throws(SettingError) {
    guard let cohort = configuration.privacy.noiseCohortSize.value else { return nil }
    var launched = configuration
    launched.training.cohortSize = cohort
    cohortSize = cohort
    self.clients = clients
    keepsRate = configuration.privacy.noisePopulation.value == nil
    (self.delta, self.noiseMultiplier) = (delta, noiseMultiplier)
    accountant = launched.privacy.accountant
    do {
      schedule = try PrivacyPlan.schedule(
        launched,
        ClientPartition(seed: configuration.populationSeed, clients: clients, newClientShare: 0),
        rounds: rounds)
    } catch {
      throw SettingError(keyPath: "privacy.accountant", problem: "is not possible: \(error)")
    }
  }

  /// What so many rounds of the launch cost; nil without noise.
  package func guarantee(rounds: Int) throws(SettingError) -> PrivacyGuarantee? {
    guard noiseMultiplier > 0, rounds > 0 else { return nil }
    var ledger = ledger(rounds: rounds)
    do {
      return try ledger.guarantee(delta: delta)
    } catch {
      throw SettingError(keyPath: "privacy.accountant", problem: "is not possible: \(error)")
    }
  }

  /// All that so many rounds release.
  package func ledger(rounds: Int) -> PrivacyLedger {
    var ledger = PrivacyLedger(adjacency: schedule.adjacency, accountant: accountant)
    for event in schedule.events(rounds: rounds, noiseMultiplier: noiseMultiplier) {
      ledger.append(event)
    }
    return ledger
  }
}

/// An experiment as it would be launched.
struct LaunchSetting {
  let configuration: Configuration
  let partition: ClientPartition
  let delta: Double
  let keepsRate: Bool
  /// Noise on the run's sum ÷ noise on the launch's.
  let scale: Double

  /// Nil without `privacy.noise_cohort_size`.
  ///
  /// - Parameter partition: of the run.
  init?(_ configuration: Configuration, _ partition: ClientPartition) throws(SettingError) {
    let privacy = configuration.privacy
    guard let cohort = privacy.noiseCohortSize.value else { return nil }
    let own = configuration.training.cohortSize
    scale = Double(own) / Double(cohort)
    keepsRate = privacy.noisePopulation.value == nil
    let clients =
      privacy.noisePopulation.value
      ?? Int((Double(partition.trainingCount) / scale).rounded())
    var launched = configuration
    launched.training.cohortSize = cohort
    delta = launched.delta(clients: clients)
    self.partition = ClientPartition(
      seed: configuration.populationSeed, clients: clients, newClientShare: 0)
    self.configuration = launched
    try configuration.requireSmall(delta: delta, clients: clients)
    do {
      try launched.requireSeparation(trainingClients: clients)
    } catch {
      throw SettingError(
        keyPath: "privacy.noise_population",
        problem: "(\(clients) clients) is not possible at the launch, where \(error)")
    }
  }
}

extension Configuration {
  /// The accountant of the run itself.
  ///
  /// With the noise of a launch there is so little here that privacy loss distributions take long in every
  /// round, for an ε that promises nothing: Rényi divergences do.
  var ownAccountant: Accountant {
    guard let cohort = privacy.noiseCohortSize.value, cohort >= 4 * training.cohortSize,
      privacy.accountant == .automatic, !privacy.isCorrelated,
      [.poisson, .fixedSize, .cyclic].contains(training.sampling)
    else { return privacy.accountant }
    return .rdp
  }

  /// Refuses noise for larger cohorts where it would not be that of a launch.
  func validateLaunch() throws(SettingError) {
    guard let cohort = privacy.noiseCohortSize.value else {
      try require(
        privacy.noisePopulation.value == nil, "privacy.noise_population",
        "has no effect without privacy.noise_cohort_size")
      return
    }
    let key = "privacy.noise_cohort_size"
    let name = privacy.mechanism.rawValue
    try require(
      privacy.mechanism != .localGaussian, key,
      "must be left out with privacy.mechanism: \(name): every client adds all of its noise itself, however "
        + "large the cohort is")
    try require(
      distributedNoise == nil, key,
      "must be left out with privacy.mechanism: \(name): each client adds and rounds a share of the noise, "
        + "which is another one in another cohort; take gaussian to estimate the accuracy of the launch"
    )
    try require(
      cohort >= training.cohortSize, key,
      "must be at least training.cohort_size (\(training.cohortSize)): the launch has the larger cohorts"
    )
    if let clients = privacy.noisePopulation.value {
      try require(
        clients >= cohort, "privacy.noise_population",
        "must be at least privacy.noise_cohort_size (\(cohort))")
    }
    try require(
      training.capacity.value == nil, "training.capacity",
      "must be left out with privacy.noise_cohort_size: the capacity of the launch would be another one"
    )
    try require(
      privacy.budget.epsilon.value == nil, "privacy.budget.epsilon",
      "must be left out with privacy.noise_cohort_size: this run spends more than the launch, whose "
        + "epsilon privacy.target_epsilon sets")
    try require(
      privacy.selection.noiseMultiplier.value == nil, "privacy.selection.noise_multiplier",
      "must be left out with privacy.noise_cohort_size: the launch would select from other clients; give "
        + "population.vocabulary_file and population.training_end")
    try require(
      training.sampling != .randomAllocation || !privacy.isCorrelated, "training.sampling",
      "must be min_separation or cyclic with privacy.noise_cohort_size and privacy.mechanism: \(name): "
        + "the blocks of random_allocation follow from the number of clients, and the noise from the blocks"
    )
    if let noise = privacy.noiseMultiplier.value, noise > 0 {
      try require(
        noise * Double(training.cohortSize) >= 1e-6 * Double(cohort), key,
        "leaves a noise multiplier of \(noise * Double(training.cohortSize) / Double(cohort)) in this run, "
          + "which must be at least 0.000001")
    }
  }
}
