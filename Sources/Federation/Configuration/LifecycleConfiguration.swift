/// Months of a product's life, which `fedsim lifecycle` plays; other verbs do not look at it.
package struct LifecycleConfiguration: Codable, Equatable, Sendable {
  /// Days of usage before the first model is in use; the last of them tests it, the others train it.
  package var firstDay = 21
  /// Days that a retraining learns from: the latest before the one that tests it.
  package var retrainingDays = 7
  /// A suggestion is shown when the model gives it at least this probability.
  package var showAbove = 0.0
  /// Share of the phones without a connection on any day.
  package var offlineRate = 0.15
  /// How long a phone is without one, on average, in days.
  package var offlineDays = 2.0
  /// Clients whose Bayes-optimal predictor is asked every day (synthetic).
  package var ceilingClients = 200
  package var monitor = MonitorConfiguration()
  package var rollout = RolloutConfiguration()
  package var candidate = CandidateConfiguration()

  package init() {}
}

/// When accuracy is too low, so that a retraining begins.
package struct MonitorConfiguration: Codable, Equatable, Sendable {
  package enum Reference: String, Codable, Sendable, CaseIterable {
    case absolute, release, ceiling
  }

  /// What `threshold` is a share of: 1 (absolute), the accuracy after the latest release, or the
  /// accuracy of the Bayes-optimal predictor, which only a simulator knows.
  package var reference = Reference.absolute
  package var threshold = 0.85
  /// Days in a row that have to lie below; of a release, the first days that are its measure.
  package var windowDays = 3
  /// Days after a release or a decision in which no retraining begins.
  package var cooldownDays = 7
  /// Standard deviation of the noise on the phones' daily sum ÷ the largest norm of one report;
  /// needed where privacy.mechanism is set.
  package var noiseMultiplier = Setting<Double>()

  package init() {}
}

/// How a new version reaches the phones.
package struct RolloutConfiguration: Codable, Equatable, Sendable {
  /// Probability to roll back a version that is equal to the one in production.
  package var rollbackErrorRate = 0.01
  /// Probability to promote one that is worse by more than the last stage's margin.
  package var promotionErrorRate = 0.05
  /// Days before the rollout that tell what is usual for a phone.
  package var baselineDays = 5
}

/// A candidate that is trained whatever the monitor says, to try the rollout.
package struct CandidateConfiguration: Codable, Equatable, Sendable {
  /// At the end of this day; left out, never.
  package var day = Setting<Int>()
  /// Share of its training examples with a wrong label: 1 breaks it for good.
  package var shuffledLabelRate = 0.0
}

extension LifecycleConfiguration {
  /// Throws the first setting that cannot be, whatever the rest of the experiment is.
  func validate() throws(SettingError) {
    try require(firstDay >= 2, "first_day", "must be at least 2")
    try require(retrainingDays >= 1, "retraining_days", "must be at least 1")
    try require((0...1).contains(showAbove), "show_above", "must lie in 0…1")
    try require((0..<1).contains(offlineRate), "offline_rate", "must be at least 0 and below 1")
    try require(
      offlineDays >= 1 && offlineDays.isFinite, "offline_days", "must be at least 1")
    // The chance to go offline is a probability.
    try require(
      offlineRate / (1 - offlineRate) <= offlineDays, "offline_days",
      "is too short for lifecycle.offline_rate (\(offlineRate)); raise it")
    try require(ceilingClients >= 0, "ceiling_clients", "must be at least 0")
    try require(
      monitor.threshold > 0 && monitor.threshold <= 1, "monitor.threshold",
      "must be above 0 and at most 1")
    try require(monitor.windowDays >= 1, "monitor.window_days", "must be at least 1")
    try require(monitor.cooldownDays >= 0, "monitor.cooldown_days", "must be at least 0")
    try require(
      monitor.reference != .ceiling || ceilingClients > 0, "ceiling_clients",
      "must be above 0 with lifecycle.monitor.reference: ceiling")
    if let noise = monitor.noiseMultiplier.value {
      try require(
        (1e-3...1e4).contains(noise), "monitor.noise_multiplier", "must lie in 0.001…10000")
    }
    for (name, rate) in [
      ("rollback_error_rate", rollout.rollbackErrorRate),
      ("promotion_error_rate", rollout.promotionErrorRate),
    ] {
      try require(rate > 0 && rate < 0.5, "rollout.\(name)", "must be above 0 and below 0.5")
    }
    try require(rollout.baselineDays >= 1, "rollout.baseline_days", "must be at least 1")
    try require(
      (0...1).contains(candidate.shuffledLabelRate), "candidate.shuffled_label_rate",
      "must lie in 0…1")
  }

  private func require(
    _ holds: Bool, _ key: String, _ problem: @autoclosure () -> String
  ) throws(SettingError) {
    guard holds else { throw SettingError(keyPath: "lifecycle.\(key)", problem: problem()) }
  }
}
