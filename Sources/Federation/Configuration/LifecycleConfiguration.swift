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
  /// Throws the first of these settings that does not go with another.
  func validate() throws(SettingError) {
    // The chance to go offline is a probability.
    try require(
      offlineRate / (1 - offlineRate) <= offlineDays, "offline_days",
      "is too short for lifecycle.offline_rate (\(offlineRate)); raise it")
    try require(
      monitor.reference != .ceiling || ceilingClients > 0, "ceiling_clients",
      "must be above 0 with lifecycle.monitor.reference: ceiling")
  }

  private func require(
    _ holds: Bool, _ key: String, _ problem: @autoclosure () -> String
  ) throws(SettingError) {
    guard holds else { throw SettingError(keyPath: "lifecycle.\(key)", problem: problem()) }
  }
}
