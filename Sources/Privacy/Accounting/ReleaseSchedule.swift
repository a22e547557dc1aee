/// The releases of a run, one a round: the noise a mechanism adds, under the sampling that happens.
package struct ReleaseSchedule: Sendable {
  package let sampling: SamplingEvent
  /// How the noise of the rounds hangs together; nil when every round's is its own.
  package let strategy: NoiseStrategy?
  private let form: Form

  private enum Form {
    /// The same release every round.
    case repeated
    /// Poisson-sampled groups that take turns: one release in `period` rounds meets a client.
    case inTurns(rate: Double, period: Int, columnNorm: Double)
    /// Noise that clients add to their own updates: a client pays where it takes part, which in
    /// `period` rounds it does once at most. Not amplified by sampling.
    case byClients(
      release: @Sendable (_ noiseMultiplier: Double) -> PrivacyRelease, period: Int, Adjacency)
    /// A release in `bins` rounds, in one of which the client takes part.
    case inBlocks(bins: Int)
    /// The whole run as one release: a client keeps its place in the blocks, and what the rounds of
    /// two places have in common depends on how far they are apart.
    case keptPlaces(AllocatedPlaces)
    /// One Gaussian over all rounds; its squared sensitivity after round 1, 2 …
    case joint(squaredSensitivities: [Double])
  }

  /// Throws when no sound analysis of this noise under this sampling is known.
  ///
  /// - Parameters:
  ///   - rounds: the whole run.
  ///   - restart: rounds after which correlated noise begins anew.
  package init(
    _ strategy: NoiseStrategy?, sampling: SamplingEvent, rounds: Int, restart: Int? = nil
  ) throws(PrivacyError) {
    self.sampling = sampling
    self.strategy = strategy
    switch (strategy, sampling) {
    case (nil, .poisson), (nil, .truncatedPoisson), (nil, .fixedSize): form = .repeated
    case (nil, .cyclicPoisson(let rate, let participation)):
      form = .inTurns(rate: rate, period: participation.minimumSeparation, columnNorm: 1)
    case (.banded(let coefficients), .cyclicPoisson(let rate, let participation))
    where coefficients.count <= participation.minimumSeparation:
      // Choquette-Choo et al. 2023 (https://arxiv.org/abs/2306.08153), Theorem 4: no two updates
      // of one client meet in a band, so each participation is a Poisson-sampled Gaussian.
      form = .inTurns(
        rate: rate, period: participation.minimumSeparation,
        columnNorm: coefficients.reduce(0) { $0 + $1 * $1 }.squareRoot())
    case (nil, .randomAllocation(let participation, _)):
      form = .inBlocks(bins: participation.minimumSeparation)
    case (.tree, .randomAllocation):
      throw .unsupported(
        "random_allocation is not analysed with tree noise, whose nodes weigh rounds unequally; "
          + "take banded or blt")
    case (.some(let strategy), .randomAllocation(let participation, _)):
      form = .keptPlaces(
        AllocatedPlaces(strategy, rounds: rounds, blockRounds: participation.minimumSeparation))
    case (_, .separated(let participation)), (_, .cyclicPoisson(_, let participation)):
      form = .joint(
        squaredSensitivities: (strategy ?? .banded([1])).squaredSensitivities(
          rounds: rounds, participation: participation, restart: restart ?? rounds))
    case (.some, .poisson), (.some, .truncatedPoisson), (.some, .fixedSize):
      throw .unsupported(
        "correlated noise needs a bound on how often and how soon one client returns, which "
          + "\(sampling.sampler) sampling does not give")
    }
  }

  /// The schedule of noise that clients add themselves.
  ///
  /// - Parameter release: what a round is worth, by the noise multiplier.
  package init(
    noiseOfClients release: @escaping @Sendable (_ noiseMultiplier: Double) -> PrivacyRelease,
    adjacency: Adjacency, sampling: SamplingEvent
  ) {
    self.sampling = sampling
    strategy = nil
    form = .byClients(
      release: release, period: sampling.participation?.minimumSeparation ?? 1, adjacency)
  }

  /// Rounds in which a client takes part once at most; 1 without such a limit.
  package var period: Int { sampling.participation?.minimumSeparation ?? 1 }

  /// Whether the accounting rests on nobody knowing who takes part in a round.
  package var hidesCohorts: Bool {
    switch form {
    case .repeated, .inTurns, .inBlocks, .keptPlaces: true
    case .byClients, .joint: false
    }
  }

  /// The adjacency that the releases are stated under.
  package var adjacency: Adjacency {
    switch (form, sampling) {
    case (.repeated, .fixedSize): .replaceOne
    case (.repeated, _), (.inBlocks, _), (.keptPlaces, _): .addOrRemove
    case (.inTurns, _), (.joint, _): .zeroOut
    case (.byClients(_, _, let adjacency), _): adjacency
    }
  }

  /// What round 1, 2 … adds to the ledger.
  package func event(round: Int, noiseMultiplier: Double) -> PrivacyEvent {
    switch form {
    case .repeated: return PrivacyEvent(repeated(noiseMultiplier))
    case .inTurns(let rate, let period, let columnNorm):
      let release = PrivacyRelease.poissonGaussian(
        samplingRate: rate, noiseMultiplier: noiseMultiplier / columnNorm)
      return PrivacyEvent(release, count: (round - 1) % period == 0 ? 1 : 0)
    case .inBlocks(let bins):
      return PrivacyEvent(
        .allocatedGaussian(bins: bins, noiseMultiplier: noiseMultiplier),
        count: (round - 1) % bins == 0 ? 1 : 0)
    case .keptPlaces(let places):
      // The first round pays for all: later ones tell more about the same place.
      return PrivacyEvent(
        places.release(noiseMultiplier: noiseMultiplier), count: round == 1 ? 1 : 0)
    case .byClients(let release, let period, _):
      return PrivacyEvent(
        release(noiseMultiplier), count: (round - 1) % period == 0 ? 1 : 0)
    case .joint(let squares):
      let before = round > 1 ? squares[round - 2] : 0
      return PrivacyEvent(
        .correlatedGaussian(
          noiseMultiplier: noiseMultiplier,
          sensitivity: max(0, squares[round - 1] - before).squareRoot()))
    }
  }

  /// The events of the first `rounds` rounds together.
  package func events(rounds: Int, noiseMultiplier: Double) -> [PrivacyEvent] {
    switch form {
    case .repeated: [PrivacyEvent(repeated(noiseMultiplier), count: rounds)]
    case .inTurns(_, let period, _):
      [
        PrivacyEvent(
          event(round: 1, noiseMultiplier: noiseMultiplier).release,
          count: (rounds + period - 1) / period)
      ]
    case .inBlocks(let bins):
      [
        PrivacyEvent(
          event(round: 1, noiseMultiplier: noiseMultiplier).release,
          count: (rounds + bins - 1) / bins)
      ]
    case .keptPlaces: [event(round: 1, noiseMultiplier: noiseMultiplier)]
    case .byClients(let release, let period, _):
      [PrivacyEvent(release(noiseMultiplier), count: (rounds + period - 1) / period)]
    case .joint(let squares):
      [
        PrivacyEvent(
          .correlatedGaussian(
            noiseMultiplier: noiseMultiplier, sensitivity: squares[rounds - 1].squareRoot()))
      ]
    }
  }

  private func repeated(_ noise: Double) -> PrivacyRelease {
    switch sampling {
    case .poisson(let rate): .poissonGaussian(samplingRate: rate, noiseMultiplier: noise)
    case .truncatedPoisson(let rate, let population, let capacity):
      .truncatedPoissonGaussian(
        samplingRate: rate, noiseMultiplier: noise, population: population, capacity: capacity)
    case .fixedSize(let rate): .fixedSizeGaussian(samplingRate: rate, noiseMultiplier: noise)
    case .separated, .cyclicPoisson, .randomAllocation:
      preconditionFailure("these are never repeated")
    }
  }
}
