/// Noise on the clients' sum, many times over: what a person asks the accountant.
///
/// Whatever an experiment can do can be asked.
package struct PrivacyQuestion: Sendable {
  package enum Sampler: String, CaseIterable, Sendable {
    /// Every client takes part in every round, or in those its mechanism lets it.
    case none
    case poisson
    case fixedSize = "fixed_size"
    case minSeparation = "min_separation"
    case cyclic
    case randomAllocation = "random_allocation"
  }

  package enum Mechanism: Sendable {
    case gaussian
    /// The noise of `clients` honest clients is in every sum.
    case distributed(DistributedNoiseRange)
    /// A client takes part at most once in any `minimumSeparation` rounds in a row.
    case correlated(Correlation)
    /// Every client adds all of its noise by itself.
    case local
    /// One integer with discrete Gaussian noise; the noise multiplier is in integers.
    case integer(sensitivity: Int)
    /// A mechanism of which only its ρ is known; it has no noise multiplier.
    case zeroConcentrated(rho: Double)
  }

  /// Clients that add integer noise, and the grid they add it on.
  package struct DistributedNoiseRange: Sendable {
    package var noise: DistributedMechanism.Noise
    package var clients: Int
    package var dimension: Int
    package var bits: Int
    /// In clipping bounds; nil for the finest that fits the bits.
    package var grid: Double?

    package init(
      noise: DistributedMechanism.Noise, clients: Int, dimension: Int, bits: Int,
      grid: Double? = nil
    ) {
      (self.noise, self.clients, self.dimension) = (noise, clients, dimension)
      (self.bits, self.grid) = (bits, grid)
    }
  }

  package enum Correlation: Sendable {
    /// Restarts after so many rounds; nil for never.
    case tree(restartRounds: Int?)
    case banded(bands: Int)
    case bufferedToeplitz(buffers: Int)
  }

  package var mechanism: Mechanism
  package var sampler: Sampler
  /// Of a client in a round in which it may take part; 1 without sampling.
  package var samplingRate = 1.0
  /// Rounds from one participation of a client to its next, of correlated noise, min_separation and
  /// cyclic; with cyclic the number of groups, with random_allocation the rounds of a block.
  package var minimumSeparation = 1
  /// Poisson cohorts are cut to `capacity` of `population` clients; nil for no limit.
  package var truncation: (population: Int, capacity: Int)?
  package var rounds: Int
  package var delta: Double
  package var accountant = Accountant.automatic
  /// Nil for the one the mechanism and the sampler are usually stated under.
  package var adjacency: Adjacency?

  package init(_ mechanism: Mechanism = .gaussian, sampler: Sampler, rounds: Int, delta: Double) {
    self.mechanism = mechanism
    self.sampler = sampler
    self.rounds = rounds
    self.delta = delta
  }

  /// - Parameter noiseMultiplier: counts for nothing where only ρ is known.
  package func guarantee(noiseMultiplier: Double) throws(PrivacyError) -> PrivacyGuarantee {
    var ledger = try ledger(noiseMultiplier: noiseMultiplier)
    return try ledger.guarantee(delta: delta)
  }

  /// All releases that are asked about.
  package func ledger(noiseMultiplier: Double) throws(PrivacyError) -> PrivacyLedger {
    try PrivacyRelease.check(noise: noiseMultiplier)
    let asked = try asked()
    var ledger = PrivacyLedger(
      adjacency: adjacency ?? asked.adjacency, accountant: accountant)
    for event in asked.events(noiseMultiplier) { ledger.append(event) }
    return ledger
  }

  /// The least noise that keeps ε at most at `epsilon`.
  package func noiseMultiplier(epsilon: Double) throws(PrivacyError) -> Double {
    if case .zeroConcentrated = mechanism {
      throw .unsupported("a mechanism of which only ρ is known has no noise multiplier to solve")
    }
    let asked = try asked()
    return try Calibration(
      epsilon: epsilon, delta: delta, adjacency: adjacency ?? asked.adjacency,
      accountant: accountant
    ).noiseMultiplier(events: asked.events)
  }

  /// What all rounds release, and the adjacency it is usually stated under.
  private struct Asked {
    var adjacency: Adjacency
    var events: (_ noiseMultiplier: Double) -> [PrivacyEvent]
  }

  private func asked() throws(PrivacyError) -> Asked {
    switch mechanism {
    case .integer(let sensitivity):
      return repeated { .discreteGaussian(standardDeviation: $0, sensitivity: sensitivity) }
    case .zeroConcentrated(let rho):
      return repeated { _ in .zeroConcentrated(rho: rho) }
    case .gaussian where sampler == .none:
      return repeated { .gaussian(noiseMultiplier: $0) }
    case .gaussian:
      return scheduled(try ReleaseSchedule(nil, sampling: sampling, rounds: rounds))
    case .local:
      return scheduled(
        ReleaseSchedule(
          noiseOfClients: { .gaussian(noiseMultiplier: $0) }, adjacency: .replaceOne,
          sampling: sampling))
    case .distributed(let asked):
      let range = try DistributedRange(
        asked.noise, clippingBound: 1, cohortSize: asked.clients, smallestCohort: asked.clients,
        dimension: asked.dimension, bits: asked.bits, grid: asked.grid)
      return scheduled(
        ReleaseSchedule(
          noiseOfClients: { range.mechanism(noiseMultiplier: $0).release(clients: asked.clients) },
          adjacency: .zeroOut, sampling: sampling))
    case .correlated(let correlation):
      return scheduled(
        try ReleaseSchedule(
          strategy(of: correlation), sampling: sampling, rounds: rounds,
          restart: restart(of: correlation)))
    }
  }

  private func repeated(_ release: @escaping (Double) -> PrivacyRelease) -> Asked {
    Asked(adjacency: release(1).usualAdjacency) { [PrivacyEvent(release($0), count: rounds)] }
  }

  private func scheduled(_ schedule: ReleaseSchedule) -> Asked {
    Asked(adjacency: schedule.adjacency) { schedule.events(rounds: rounds, noiseMultiplier: $0) }
  }

  private var participation: Participation {
    Participation(
      minimumSeparation: minimumSeparation,
      maximumParticipations: (rounds + minimumSeparation - 1) / minimumSeparation)
  }

  private var isCorrelated: Bool {
    if case .correlated = mechanism { return true }
    return false
  }

  private var sampling: SamplingEvent {
    switch sampler {
    case .none, .minSeparation: .separated(participation)
    case .cyclic: .cyclicPoisson(rate: samplingRate, participation)
    case .randomAllocation: .randomAllocation(participation, isKept: isCorrelated)
    case .fixedSize: .fixedSize(rate: samplingRate)
    case .poisson:
      truncation.map {
        .truncatedPoisson(rate: samplingRate, population: $0.population, capacity: $0.capacity)
      } ?? .poisson(rate: samplingRate)
    }
  }

  private func strategy(of correlation: Correlation) -> NoiseStrategy {
    switch correlation {
    case .tree: .tree(isCombined: true)
    case .banded(let bands): NoiseStrategy.squareRoot(bands: min(bands, rounds)).normalized
    case .bufferedToeplitz(let buffers):
      rounds > 1
        ? .bufferedToeplitz(
          .optimized(rounds: rounds, participation: participation, buffers: buffers))
        : .banded([1])
    }
  }

  private func restart(of correlation: Correlation) -> Int? {
    if case .tree(let rounds) = correlation { return rounds }
    return nil
  }
}
