import Privacy

/// What noise a run adds, under which sampling, and so what its rounds cost: settled before it
/// starts.
package struct PrivacyPlan: Sendable {
  package let schedule: ReleaseSchedule
  /// Standard deviation of the independent noise ÷ clipping bound; 0 for none.
  package let noiseMultiplier: Double
  package let delta: Double
  package let rounds: Int
  /// Noise of clients, settled; nil where the server adds it.
  package let distributed: DistributedMechanism?
  /// Survivors of a round whose noise does not count.
  let uncountedClients: Int
  /// What is selected from everybody's data before round 1; nil for nothing.
  package let selection: PrivateSelection?
  /// What the noise is made for, where that is no cohort of this run.
  package let launch: LaunchPlan?
  private let accountant: Accountant

  /// Standard deviation of a coordinate's noise; more would not fit sums of 2^-30 steps.
  static let largestNoise = 0x1p20

  /// Nil when the mechanism is none; throws when no analysis covers the combination, or no noise
  /// or rounds meet the target.
  ///
  /// - Parameters:
  ///   - clients: registered clients of the population.
  ///   - noiseMultiplier: of a run that has begun; nil solves what the configuration leaves open.
  package init?(
    _ configuration: Configuration, clients: Int, noiseMultiplier: Double? = nil
  ) throws(SettingError) {
    let privacy = configuration.privacy
    guard privacy.mechanism != .none else { return nil }
    delta = configuration.delta(clients: clients)
    // A run that has begun under an earlier version may go on.
    if noiseMultiplier == nil { try configuration.requireSmall(delta: delta, clients: clients) }
    selection = PrivateSelection(configuration, delta: delta)
    accountant = configuration.ownAccountant
    uncountedClients = configuration.distributedNoise == nil ? 0 : configuration.uncountedClients
    let partition = ClientPartition(
      seed: configuration.populationSeed, clients: clients,
      newClientShare: configuration.population.newClientShare,
      canaries: privacy.audit.canaries)
    let launched = try LaunchSetting(configuration, partition)
    let scale = launched?.scale ?? 1
    do throws(PrivacyError) {
      let schedule = try Self.schedule(
        configuration, partition, rounds: configuration.training.rounds)
      // What noise or rounds are solved for: the launch, if there is to be one.
      let solved = try launched.map { launched throws(PrivacyError) in
        try Self.schedule(
          launched.configuration, launched.partition, rounds: configuration.training.rounds)
      }
      let solution = try Self.solution(
        launched?.configuration ?? configuration, launched?.partition ?? partition,
        solved ?? schedule, selection, delta: launched?.delta ?? delta,
        begun: noiseMultiplier.map { $0 / scale })
      // One that has begun goes on with its own, to the last bit.
      self.noiseMultiplier = noiseMultiplier ?? solution.noiseMultiplier * scale
      rounds = solution.rounds
      guard self.noiseMultiplier * privacy.largestClippingBound < Self.largestNoise else {
        throw .infeasible(
          "it takes noise of \(self.noiseMultiplier) clipping bounds, which with bounds of up to "
            + "\(privacy.largestClippingBound) does not fit an exact sum; raise it, or lower the bound"
        )
      }
      self.schedule =
        rounds == configuration.training.rounds
        ? schedule : try Self.schedule(configuration, partition, rounds: rounds)
      if let launched {
        launch = LaunchPlan(
          launched, noiseMultiplier: solution.noiseMultiplier,
          schedule: try Self.schedule(launched.configuration, launched.partition, rounds: rounds))
      } else {
        launch = nil
      }
      distributed = try Self.distributed(configuration, noiseMultiplier: self.noiseMultiplier)
      if privacy.clipping == .adaptive {
        _ = try configuration.adaptiveClipping.updateNoiseMultiplier(self.noiseMultiplier)
      }
    } catch {
      throw SettingError(
        keyPath: Self.keyPath(of: error, isSolved: privacy.noiseMultiplier.value == nil),
        problem: "is not possible: \(error)")
    }
  }

  /// What all rounds together cost; nil without noise.
  package func guarantee() throws(SettingError) -> PrivacyGuarantee? {
    guard noiseMultiplier > 0 else { return nil }
    var ledger = plannedLedger
    do {
      return try guarantee(of: &ledger)
    } catch {
      throw SettingError(keyPath: "privacy.accountant", problem: "is not possible: \(error)")
    }
  }

  /// All that the rounds will release.
  package var plannedLedger: PrivacyLedger {
    var ledger = ledger
    for event in schedule.events(rounds: rounds, noiseMultiplier: noiseMultiplier) {
      ledger.append(event)
    }
    return ledger
  }

  package func event(round: Int) -> PrivacyEvent {
    schedule.event(round: round, noiseMultiplier: noiseMultiplier)
  }

  /// By round, the standard deviation of a coordinate's noise in the sum of updates ÷ clipping bound; nil
  /// where clients add the noise or, as in trees, it is not known in this form.
  package func noiseOfRounds(_ configuration: Configuration) -> [Double]? {
    guard noiseMultiplier > 0, !configuration.addsNoiseAtClients else { return nil }
    if let strategy = schedule.strategy {
      guard configuration.restartRounds == nil else { return nil }
      return strategy.roundErrors(rounds: rounds)?.map { noiseMultiplier * $0 }
    }
    let own =
      configuration.privacy.clipping == .adaptive
      ? try? configuration.adaptiveClipping.updateNoiseMultiplier(noiseMultiplier) : noiseMultiplier
    return own.map { [Double](repeating: $0, count: rounds) }
  }

  /// The ledger of this run before round 1.
  package var ledger: PrivacyLedger {
    var ledger = PrivacyLedger(adjacency: schedule.adjacency, accountant: accountant)
    for event in selection?.events ?? [] { ledger.append(event) }
    return ledger
  }

  /// What a ledger of this run costs, with what the selection before round 1 costs beside its events.
  ///
  /// - Parameter event: is counted and not added.
  package func guarantee(
    of ledger: inout PrivacyLedger, adding event: PrivacyEvent? = nil
  ) throws(PrivacyError) -> PrivacyGuarantee {
    let rest = delta - (selection?.tailDelta ?? 0)
    var guarantee =
      if let event { try ledger.guarantee(adding: event, delta: rest) } else {
        try ledger.guarantee(delta: rest)
      }
    guarantee.epsilon += selection?.tailEpsilon ?? 0
    guarantee.delta = delta
    return guarantee
  }

  // MARK: - Solving

  private static func keyPath(of error: PrivacyError, isSolved: Bool) -> String {
    switch error {
    case .unsupported: "privacy.accountant"
    case .infeasible, .invalid: isSolved ? "privacy.target_epsilon" : "privacy.noise_multiplier"
    }
  }

  /// The schedule of a run of so many rounds.
  static func schedule(
    _ configuration: Configuration, _ partition: ClientPartition, rounds: Int
  ) throws(PrivacyError) -> ReleaseSchedule {
    var configuration = configuration
    configuration.training.rounds = rounds
    let sampling = CohortSampler(configuration, partition: partition).sampling
    if let range = try configuration.distributedRange(
      parameterCount: configuration.reportLength)
    {
      return ReleaseSchedule(
        noiseOfClients: {
          range.mechanism(noiseMultiplier: $0).release(clients: range.smallestCohort)
        }, adjacency: .zeroOut, sampling: sampling)
    }
    if configuration.privacy.mechanism == .localGaussian {
      return ReleaseSchedule(
        noiseOfClients: { .gaussian(noiseMultiplier: $0) }, adjacency: .replaceOne,
        sampling: sampling)
    }
    return try ReleaseSchedule(
      configuration.noiseStrategy(under: sampling), sampling: sampling, rounds: rounds,
      restart: configuration.restartRounds)
  }

  private static func distributed(
    _ configuration: Configuration, noiseMultiplier: Double
  ) throws(PrivacyError) -> DistributedMechanism? {
    if configuration.privacy.mechanism == .localGaussian {
      let deviation = noiseMultiplier * (configuration.privacy.initialClippingBound ?? 1)
      guard deviation < Double(UpdateSum.largestCoordinate) / 10 else {
        throw .infeasible(
          "noise of \(deviation) on each coordinate of an update does not fit a sum of "
            + "coordinates of \(UpdateSum.largestCoordinate); lower the clipping bound")
      }
    }
    var settled = configuration
    settled.privacy.noiseMultiplier = Setting(noiseMultiplier)
    let mechanism = try settled.distributedMechanism(
      parameterCount: configuration.reportLength)
    try mechanism?.requireExactSampling()
    return mechanism
  }

  private static func solution(
    _ configuration: Configuration, _ partition: ClientPartition, _ schedule: ReleaseSchedule,
    _ selection: PrivateSelection?, delta: Double, begun: Double?
  ) throws(PrivacyError) -> (noiseMultiplier: Double, rounds: Int) {
    let privacy = configuration.privacy
    let rounds = configuration.training.rounds
    if let begun { return (begun, rounds) }
    guard let target = privacy.targetEpsilon.value, target.isFinite else {
      return (privacy.noiseMultiplier.value ?? 0, rounds)
    }
    let before = selection?.events ?? []
    let calibration = Calibration(
      epsilon: target - (selection?.tailEpsilon ?? 0), delta: delta - (selection?.tailDelta ?? 0),
      adjacency: schedule.adjacency, accountant: privacy.accountant)
    guard let noise = privacy.noiseMultiplier.value else {
      let noise = try calibration.noiseMultiplier {
        before + schedule.events(rounds: rounds, noiseMultiplier: $0)
      }
      return (noise, rounds)
    }
    guard noise > 0 else {
      throw .infeasible("without noise no rounds stay within ε = \(target)")
    }
    // The strategy itself is made for a number of rounds, so each number has its own.
    let solved = try calibration.rounds(atMost: privacy.isCorrelated ? 1 << 13 : 1 << 24) {
      let candidate = try? Self.schedule(configuration, partition, rounds: $0)
      return before + (candidate ?? schedule).events(rounds: $0, noiseMultiplier: noise)
    }
    return (noise, solved)
  }
}

extension Configuration {
  /// How the noise of the rounds hangs together; nil when every round's is its own.
  func noiseStrategy(under sampling: SamplingEvent) -> NoiseStrategy? {
    guard let participation = sampling.participation else {
      precondition(!privacy.isCorrelated, "a valid configuration bounds participation")
      return nil
    }
    switch privacy.mechanism {
    case .tree: return .tree(isCombined: privacy.tree.combined)
    case .banded:
      let bands = privacy.banded.bands.value ?? min(participation.minimumSeparation, 32)
      return NoiseStrategy.squareRoot(bands: min(bands, training.rounds)).normalized
    case .blt:
      guard training.rounds > 1 else { return .banded([1]) }
      return .bufferedToeplitz(
        .optimized(
          rounds: training.rounds, participation: participation, buffers: privacy.blt.buffers))
    case .none, .gaussian, .discreteGaussian, .skellam, .localGaussian: return nil
    }
  }

  /// Rounds after which correlated noise begins anew.
  var restartRounds: Int? {
    privacy.mechanism == .tree ? privacy.tree.restartRounds.value : nil
  }

  /// The rule of adaptive clipping, at its first bound.
  var adaptiveClipping: AdaptiveClipping {
    AdaptiveClipping(
      initialBound: privacy.initialClippingBound ?? 1,
      targetQuantile: privacy.adaptive.targetQuantile, learningRate: privacy.adaptive.learningRate,
      countDeviation: privacy.adaptive.countDeviation.value,
      expectedCohort: Double(training.cohortSize))
  }
}
