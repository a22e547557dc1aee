/// Which schedules and which availability go with the rest of an experiment.
extension Configuration {
  func validateTime() throws(SettingError) {
    guard simulatesTime else {
      try require(
        availability.model == nil, "availability.source",
        "must be always without devices: only phones whose speed is known take time; set "
          + "devices.source to lognormal")
      try require(
        schedule.schedule is Synchronous, "schedule.mode",
        "must be synchronous without devices: only phones whose speed is known take time; set "
          + "devices.source to lognormal")
      return
    }
    try require(
      population.source != .worker, "devices.source",
      "must be none with population.source: worker, since nobody knows how much a client program "
        + "computes")
    try require(
      privacy.audit.canaries == 0, "privacy.audit.canaries",
      "must be 0 with devices, since a canary has no phone")
    if let listed = devices.model as? ListedDevices {
      try require(
        listed.path.value != nil, "devices.path", "is missing: `source: file` needs the CSV file")
    }
    try validateAvailability()
    try schedule.schedule.validate(self)
  }

  private func validateAvailability() throws(SettingError) {
    if let listed = availability.model as? ListedAvailability {
      try require(
        listed.path.value != nil, "availability.path",
        "is missing: `source: file` needs the CSV file")
    }
    try require(
      restRule == nil || population.source != .benchmark, "availability.source",
      "must not be phones with population.source: benchmark, which has no phones that charge")
    guard drawsAvailable else { return }
    try require(
      [.fixedSize, .minSeparation].contains(training.sampling), "training.sampling",
      "must be fixed_size or min_separation with availability.selection: available, which draws so "
        + "many of those who are there; or set that to sampled")
    guard privacy.mechanism != .none, !addsNoiseAtClients else { return }
    try require(
      training.sampling == .minSeparation, "availability.selection",
      "must be sampled with privacy.mechanism: \(privacy.mechanism.rawValue) and training.sampling: "
        + "\(training.sampling.rawValue): who is available is no random sample, which the accounting "
        + "would count on; or take training.sampling: min_separation, which it does not count on")
  }
}

extension OverSelection {
  package func validate(_ configuration: Configuration) throws(SettingError) {
    let sampling = configuration.training.sampling
    let mechanism = configuration.privacy.mechanism
    let size = configuration.training.cohortSize
    try configuration.require(
      [.fixedSize, .poisson, .minSeparation].contains(sampling), "schedule.mode",
      "must be synchronous with training.sampling: \(sampling.rawValue), which divides all clients "
        + "among the rounds")
    try configuration.require(
      configuration.aggregation != .groups && configuration.aggregation != .repeated,
      "schedule.mode",
      "must be synchronous with aggregator.name: \(configuration.aggregator.name) behind secure "
        + "aggregation, which counts on the same clients in several sums")
    try configuration.require(
      configuration.distributedNoise == nil, "schedule.mode",
      "must be synchronous with privacy.mechanism: \(mechanism.rawValue), whose clients add shares of "
        + "noise that are made for the whole cohort")
    try configuration.require(
      !firstOnly || mechanism == .none || mechanism == .localGaussian, "schedule.first_only",
      "must be false with privacy.mechanism: \(mechanism.rawValue): who is among the first depends on "
        + "the others, so one client moves the sum by more than its own update; set a deadline instead"
    )
    try configuration.require(
      firstOnly || deadlineSeconds.value != nil, "schedule.deadline_seconds",
      "is missing: with first_only: false it alone ends the wait for a client")
    try configuration.require(
      minimumReports.value.map { $0 <= size } ?? true, "schedule.minimum_reports",
      "must be at most training.cohort_size (\(size))")
    try configuration.require(
      minimumReports.value == nil || mechanism == .none || mechanism == .localGaussian,
      "schedule.minimum_reports",
      "must be left out with privacy.mechanism: \(mechanism.rawValue): whether a round is abandoned, without "
        + "noise, would depend on a single client")
    guard firstOnly, configuration.secureAggregation.protocol != .none else { return }
    let selected = configuration.selectedClients
    let late = Double(selected - size) / Double(selected)
    try configuration.require(
      configuration.secureAggregation.dropoutFraction >= late,
      "secure_aggregation.dropout_fraction",
      "(\(configuration.secureAggregation.dropoutFraction)) must be at least \(late) with "
        + "schedule.selection: \(selection), since that many come too late in every round")
  }
}
