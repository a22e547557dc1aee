import Experiments
import Federation
import LinearAlgebra
import Privacy

/// An experiment whose months can be played.
package struct PreparedLifecycle: Sendable {
  private(set) var configuration: Configuration
  /// Of one training; nil where no noise protects the clients.
  private var privacy: PrivacyPlan?

  /// An empty ledger; nil where nothing is claimed.
  var ledger: PrivacyLedger? { privacy?.ledger }
  var delta: Double? { privacy?.delta }

  /// Throws what can be known to be wrong before a day is played.
  package init(_ configuration: Configuration) throws {
    let lifecycle = configuration.lifecycle
    let days = configuration.population.days
    func require(_ holds: Bool, _ keyPath: String, _ problem: String) throws {
      guard holds else {
        throw ExperimentError(.invalidConfiguration, "\(keyPath) \(problem).")
      }
    }
    try require(
      configuration.population.source == .synthetic, "population.source",
      "must be synthetic for a lifecycle: what comes after the end of a log is unknown")
    try require(
      configuration.task == .firstApp, "task",
      "must be first_app for a lifecycle, which simulates unlocks")
    try require(
      configuration.personalisation.method == nil, "personalisation.method",
      "(\(configuration.personalisation.name)) must be none for a lifecycle, whose phones all have the "
        + "model of their version and keep none of their own")
    try require(
      !configuration.simulatesTime, "devices.source",
      "must be none for a lifecycle, whose trainings take one night each")
    try require(
      lifecycle.firstDay < days, "lifecycle.first_day",
      "(\(lifecycle.firstDay)) must be below population.days (\(days)): nothing would be played")
    if let day = lifecycle.candidate.day.value {
      try require(
        (lifecycle.firstDay..<(days - 1)).contains(day), "lifecycle.candidate.day",
        "(\(day)) must be a day that is played and not the last: \(lifecycle.firstDay)…\(days - 2)")
    }
    let mechanism = configuration.privacy.mechanism
    try require(
      [.none, .gaussian].contains(mechanism), "privacy.mechanism",
      "(\(mechanism.rawValue)) has no analysis over several trainings; a lifecycle knows none and "
        + "gaussian")
    let target = configuration.privacy.targetEpsilon.value
    try require(
      mechanism == .none || target == nil, "privacy.target_epsilon",
      "is of one training, and a lifecycle trains as often as it must; give privacy.noise_multiplier, "
        + "and privacy.budget.epsilon for all trainings and the monitor together")
    try require(
      configuration.privacy.noiseCohortSize.value == nil, "privacy.noise_cohort_size",
      "is of one training, and the monitor of a lifecycle counts its own phones; leave it out")
    try require(
      mechanism == .none || lifecycle.monitor.reference != .ceiling, "lifecycle.monitor.reference",
      "(ceiling) looks at the phones without noise; with privacy.mechanism \(mechanism.rawValue) give "
        + "absolute or release")
    let hasNoise = lifecycle.monitor.noiseMultiplier.value != nil
    try require(
      mechanism == .none || hasNoise, "lifecycle.monitor.noise_multiplier",
      "is missing: with privacy.mechanism \(mechanism.rawValue) the monitor needs noise as well; 20 is "
        + "little noise for a thousand phones and more")
    try require(
      mechanism != .none || !hasNoise, "lifecycle.monitor.noise_multiplier",
      "has no effect with privacy.mechanism: none, under which nothing is claimed; remove it")
    try require(
      configuration.privacy.ledger.value == nil
        || configuration.privacy.budget.epsilon.value != nil, "privacy.budget.epsilon",
      "is missing: a lifecycle trains as often as it must, so it has to say what privacy.ledger is to "
        + "reserve for all its trainings")
    self.configuration = configuration
    // The first training is an experiment like any other.
    let first = try ExperimentCheck.prepare(training(number: 1, endOf: lifecycle.firstDay - 1))
    privacy = first.privacy.flatMap { $0.noiseMultiplier > 0 ? $0 : nil }
    if let part = ledgerPart() { try ledgerUse?.check([part]) }
    guard var ledger, let budget = configuration.privacy.budget.epsilon.value
    else { return }
    try Self.charge(first, to: &ledger)
    let spent = try ledger.guarantee(delta: delta ?? 0).epsilon
    try require(
      spent <= budget, "privacy.budget.epsilon",
      "(\(budget)) is less than the \(spent) that the first training spends; raise it or "
        + "privacy.noise_multiplier")
  }

  /// Gives it the key of a lifecycle whose noise follows from one.
  mutating func take(_ secret: RandomKey?) { configuration.secret = secret }

  /// The training of a version at the end of a day, as an experiment of its own.
  ///
  /// It has its own seed, and so its own cohorts and noise: the same noise twice would protect
  /// nobody. The people are the same.
  ///
  /// - Parameter dropoutRate: of phones that cannot take part in the night; nil for that of the file.
  func training(
    number: Int, endOf day: Int, dropoutRate: Double? = nil, shuffledLabelRate: Double? = nil
  ) -> Configuration {
    var training = configuration
    training.seed = configuration.seed &+ UInt64(number - 1) &* 1_000_003
    training.secret = configuration.secret.map {
      RandomKey(words: $0.key(.keys, purpose: 1, round: number))
    }
    training.population.seed = Setting(configuration.populationSeed)
    training.population.days = day + 1
    if number > 1 {
      training.training.windowDays = Setting(configuration.lifecycle.retrainingDays)
    }
    training.evaluation.testDays = 1
    training.evaluation.localOnly = false
    training.evaluation.pooledEpochs = 0
    if let dropoutRate {
      training.faults.dropoutRate = 1 - (1 - configuration.faults.dropoutRate) * (1 - dropoutRate)
    }
    if let shuffledLabelRate { training.faults.shuffledLabelRate = shuffledLabelRate }
    training.privacy.budget.epsilon = Setting()
    // The lifecycle itself is on the ledger.
    training.privacy.ledger = Setting()
    training.privacy.ledgerPeople = Setting()
    training.privacy.ledgerBudget = LedgerBudgetConfiguration()
    training.lifecycle = LifecycleConfiguration()
    return training
  }

  /// Puts all rounds of a training on a ledger.
  static func charge(_ training: PreparedExperiment, to ledger: inout PrivacyLedger) throws {
    guard let plan = training.privacy, plan.noiseMultiplier > 0 else { return }
    for round in 1...training.configuration.training.rounds {
      ledger.append(plan.event(round: round))
    }
  }
}
