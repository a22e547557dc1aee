import Privacy

extension Configuration {
  /// Beyond it the analysis of correlated noise takes longer than anybody waits for `plan`.
  package static let mostCorrelatedRounds = 1 << 14

  func validateSampling() throws(SettingError) {
    if let capacity = training.capacity.value {
      try require(
        capacity >= selectedClients, "training.capacity",
        "must be at least training.cohort_size (\(selectedInWords)), the expected cohort")
    }
    switch training.sampling {
    case .fixedSize, .poisson: return
    case .minSeparation, .cyclic, .randomAllocation:
      guard training.minSeparation.value != nil || training.sampling == .randomAllocation else {
        throw SettingError(
          keyPath: "training.min_separation",
          problem: "is missing: sampling \(training.sampling.rawValue) needs the rounds from one "
            + "participation of a client to its next")
      }
      guard population.source != .file else { return }
      let partition = ClientPartition(
        seed: populationSeed, clients: population.clients, newClientShare: population.newClientShare
      )
      try requireSeparation(trainingClients: partition.trainingCount)
    }
  }

  /// Rounds of a block of random allocation: as many as cohorts make up all clients.
  package func allocationRounds(trainingClients: Int) -> Int {
    max(1, Int((Double(trainingClients) / Double(training.cohortSize)).rounded()))
  }

  /// Refuses a separation that leaves too few clients for a cohort, and blocks whose cohorts would be
  /// of another size.
  package func requireSeparation(trainingClients: Int) throws(SettingError) {
    if training.sampling == .randomAllocation {
      let block = allocationRounds(trainingClients: trainingClients)
      let cohort = (trainingClients + block / 2) / block
      try require(
        abs(cohort - training.cohortSize) * 10 <= training.cohortSize, "training.cohort_size",
        "(\(training.cohortSize)) does not go with sampling: random_allocation and "
          + "\(trainingClients) clients that train: blocks of \(block) rounds have cohorts of "
          + "\(cohort); take \(cohort), or a size that goes into \(trainingClients)")
    }
    guard let separation = training.minSeparation.value else { return }
    try require(
      selectedClients <= trainingClients / separation, "training.min_separation",
      "(\(separation)) leaves too few clients: \(separation) cohorts in a row of "
        + "\(selectedClients) are more than the \(trainingClients) clients that train")
  }

  /// Refuses noise whose privacy nobody could account for.
  func validatePrivacy() throws(SettingError) {
    guard privacy.mechanism != .none else { return }
    let name = privacy.mechanism.rawValue
    try require(
      training.weighting == .uniform, "training.weighting",
      "must be uniform with privacy.mechanism: \(name): a weighted client moves the sum by more "
        + "than the clipping bound")
    try require(
      privacy.initialClippingBound != nil, "privacy.clipping_bound",
      "is missing: the noise is a multiple of it")
    try validateAmounts()
    try validateClipping()
    try validateLaunch()
    if privacy.isCorrelated { try validateCorrelatedNoise() }
    if addsNoiseAtClients { try validateClientNoise() }
  }

  /// Refuses a δ that the publication of some clients' data would keep.
  package func requireSmall(
    delta: Double, clients: Int, keyPath: String = "privacy.delta"
  ) throws(SettingError) {
    try require(
      delta * Double(clients) < 1, keyPath,
      "must be below 1 / clients (\(1 / Double(clients)) with \(clients) clients): a mechanism that "
        + "publishes the data of \(max(1, Int(delta * Double(clients)))) of them outright would keep "
        + "a delta of \(delta)")
  }

  private func validateAmounts() throws(SettingError) {
    // How many clients a log has is known when it is opened.
    if let delta = privacy.delta.value, population.source != .file {
      // With a launch it is that of the launch.
      let launched = privacy.noiseCohortSize.value.map { cohort in
        privacy.noisePopulation.value
          ?? Int(
            (Double(population.clients) * (1 - population.newClientShare) * Double(cohort)
              / Double(max(1, training.cohortSize))).rounded())
      }
      try requireSmall(delta: delta, clients: max(population.clients, launched ?? 0))
    }
    try require(
      privacy.noiseMultiplier.value != nil || privacy.targetEpsilon.value != nil,
      "privacy.noise_multiplier",
      "is missing: give it, or privacy.target_epsilon to have it calibrated")
    let largestBound = privacy.largestClippingBound
    try require(
      largestBound * Double(training.cohortSize) < 0x1p30 || privacy.clipping == .adaptive,
      "privacy.clipping_bound", "times training.cohort_size must be below 2^30 to be summed exactly"
    )
    if let noise = privacy.noiseMultiplier.value {
      // Less noise protects nobody, and the accountants lose its square.
      try require(
        noise == 0 || noise >= 1e-6, "privacy.noise_multiplier",
        "must be 0 for no noise, or at least 0.000001")
      try require(
        noise * largestBound < PrivacyPlan.largestNoise, "privacy.noise_multiplier",
        "must be at least 0, and below 2^20 when multiplied by the largest clipping bound "
          + "(\(largestBound))")
    }
    if let epsilon = privacy.targetEpsilon.value {
      try require(
        epsilon.isFinite || (privacy.noiseMultiplier.value ?? 0) == 0, "privacy.target_epsilon",
        "is infinite, which no rounds with noise ever spend; leave it out")
    }
  }

  private func validateClipping() throws(SettingError) {
    guard privacy.clipping == .adaptive else { return }
    if let bound = privacy.clippingBound.value {
      try require(
        AdaptiveClipping.limits.contains(bound), "privacy.clipping_bound",
        "must lie in \(AdaptiveClipping.limits) with clipping: adaptive")
    }
    try require(
      privacy.mechanism == .gaussian, "privacy.clipping",
      "must be fixed with privacy.mechanism: \(privacy.mechanism.rawValue), whose noise is made for one "
        + "bound")
  }

  private func validateCorrelatedNoise() throws(SettingError) {
    try require(
      [.minSeparation, .cyclic, .randomAllocation].contains(training.sampling),
      "training.sampling",
      "must be min_separation, cyclic or, but for tree, random_allocation with privacy.mechanism: "
        + "\(privacy.mechanism.rawValue): its analysis needs a bound on how often and how soon one client returns, which "
        + "\(training.sampling.rawValue) does not give")
    try require(
      privacy.mechanism != .tree || training.sampling != .randomAllocation, "training.sampling",
      "must be min_separation or cyclic with privacy.mechanism: tree: random_allocation is not "
        + "analysed with its noise, whose nodes weigh rounds unequally; take banded or blt")
    try require(
      training.rounds <= Self.mostCorrelatedRounds, "training.rounds",
      "must be at most \(Self.mostCorrelatedRounds) with privacy.mechanism: "
        + "\(privacy.mechanism.rawValue), whose analysis looks at every pair of rounds")
    if let bands = privacy.banded.bands.value {
      try require(
        training.sampling == .randomAllocation
          || (1...(training.minSeparation.value ?? 1)).contains(bands), "privacy.banded.bands",
        "must lie in 1…training.min_separation: wider bands would let two updates of one client "
          + "meet in the noise")
    }
  }
}
