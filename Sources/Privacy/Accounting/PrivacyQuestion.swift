/// Noise on the clients' sum, many times over: what a person asks the accountant.
package struct PrivacyQuestion: Sendable {
  package enum Sampler: String, CaseIterable, Sendable {
    /// Every client takes part in every round, or in those its mechanism lets it.
    case none
    case poisson
    case fixedSize = "fixed_size"
  }

  package enum Mechanism: Sendable {
    case gaussian
    /// The noise of `clients` honest clients is in every sum.
    case distributed(DistributedMechanism.Noise, clients: Int, dimension: Int, bits: Int)
    /// A client takes part at most once in any `minimumSeparation` rounds in a row.
    case correlated(Correlation, minimumSeparation: Int)
  }

  package enum Correlation: Sendable {
    /// Restarts after so many rounds; nil for never.
    case tree(restartRounds: Int?)
    case banded(bands: Int)
    case bufferedToeplitz(buffers: Int)
  }

  package var mechanism: Mechanism
  package var sampler: Sampler
  /// Of a client in a round; 1 without sampling.
  package var samplingRate: Double
  package var rounds: Int
  package var delta: Double
  package var accountant: Accountant
  /// Nil for the one the mechanism and the sampler are usually stated under.
  package var adjacency: Adjacency?

  /// Constraint: only Gaussian noise is amplified by a sampler.
  package init(
    _ mechanism: Mechanism = .gaussian, sampler: Sampler, samplingRate: Double = 1, rounds: Int,
    delta: Double, accountant: Accountant = .automatic, adjacency: Adjacency? = nil
  ) {
    self.mechanism = mechanism
    self.sampler = sampler
    self.samplingRate = samplingRate
    self.rounds = rounds
    self.delta = delta
    self.accountant = accountant
    self.adjacency = adjacency
    if case .gaussian = mechanism { return }
    precondition(sampler == .none, "only gaussian noise is amplified by sampling")
  }

  package func guarantee(noiseMultiplier: Double) throws(PrivacyError) -> PrivacyGuarantee {
    try PrivacyRelease.check(noise: noiseMultiplier)
    let events = try self.events()
    var accounting = PrivacyAccountant(
      adjacency: statedAdjacency(events), accountant: accountant)
    return try accounting.guarantee(of: events(noiseMultiplier), delta: delta)
  }

  /// The least noise that keeps ε at most at `epsilon`.
  package func noiseMultiplier(epsilon: Double) throws(PrivacyError) -> Double {
    let events = try self.events()
    return try Calibration(
      epsilon: epsilon, delta: delta, adjacency: statedAdjacency(events), accountant: accountant
    ).noiseMultiplier(events: events)
  }

  private func statedAdjacency(_ events: (Double) -> [PrivacyEvent]) -> Adjacency {
    adjacency ?? events(1)[0].release.usualAdjacency
  }

  /// What all rounds release, by the noise multiplier.
  private func events() throws(PrivacyError) -> (Double) -> [PrivacyEvent] {
    switch mechanism {
    case .gaussian:
      return { noise in
        let release: PrivacyRelease =
          switch sampler {
          case .none: .gaussian(noiseMultiplier: noise)
          case .poisson: .poissonGaussian(samplingRate: samplingRate, noiseMultiplier: noise)
          case .fixedSize: .fixedSizeGaussian(samplingRate: samplingRate, noiseMultiplier: noise)
          }
        return [PrivacyEvent(release, count: rounds)]
      }
    case .distributed(let noise, let clients, let dimension, let bits):
      let range = try DistributedRange(
        noise, clippingBound: 1, cohortSize: clients, smallestCohort: clients,
        dimension: dimension, bits: bits)
      return {
        [
          PrivacyEvent(
            range.mechanism(noiseMultiplier: $0).release(clients: clients), count: rounds)
        ]
      }
    case .correlated(let correlation, let separation):
      let participation = Participation(
        minimumSeparation: separation,
        maximumParticipations: (rounds + separation - 1) / separation)
      let schedule = try ReleaseSchedule(
        strategy(of: correlation, participation), sampling: .separated(participation),
        rounds: rounds, restart: restart(of: correlation))
      return { schedule.events(rounds: rounds, noiseMultiplier: $0) }
    }
  }

  private func strategy(
    of correlation: Correlation, _ participation: Participation
  ) -> NoiseStrategy {
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
