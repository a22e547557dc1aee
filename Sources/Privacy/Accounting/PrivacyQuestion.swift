/// Gaussian noise on a sampled sum, many times over: what a person asks the accountant.
package struct PrivacyQuestion: Sendable {
  package enum Sampler: String, CaseIterable, Sendable {
    /// Every client takes part in every round.
    case none
    case poisson
    case fixedSize = "fixed_size"
  }

  package var sampler: Sampler
  /// Of a client in a round; 1 without sampling.
  package var samplingRate: Double
  package var rounds: Int
  package var delta: Double
  package var accountant: Accountant
  /// Nil for the one the sampler is usually stated under.
  package var adjacency: Adjacency?

  package init(
    sampler: Sampler, samplingRate: Double = 1, rounds: Int, delta: Double,
    accountant: Accountant = .automatic, adjacency: Adjacency? = nil
  ) {
    self.sampler = sampler
    self.samplingRate = samplingRate
    self.rounds = rounds
    self.delta = delta
    self.accountant = accountant
    self.adjacency = adjacency
  }

  private func events(_ noise: Double) -> [PrivacyEvent] {
    let release: PrivacyRelease =
      switch sampler {
      case .none: .gaussian(noiseMultiplier: noise)
      case .poisson: .poissonGaussian(samplingRate: samplingRate, noiseMultiplier: noise)
      case .fixedSize: .fixedSizeGaussian(samplingRate: samplingRate, noiseMultiplier: noise)
      }
    return [PrivacyEvent(release, count: rounds)]
  }

  private var statedAdjacency: Adjacency { adjacency ?? events(1)[0].release.usualAdjacency }

  package func guarantee(noiseMultiplier: Double) throws(PrivacyError) -> PrivacyGuarantee {
    var accounting = PrivacyAccountant(adjacency: statedAdjacency, accountant: accountant)
    return try accounting.guarantee(of: events(noiseMultiplier), delta: delta)
  }

  /// The least noise that keeps ε at most at `epsilon`.
  package func noiseMultiplier(epsilon: Double) throws(PrivacyError) -> Double {
    try Calibration(
      epsilon: epsilon, delta: delta, adjacency: statedAdjacency, accountant: accountant
    ).noiseMultiplier(events: events)
  }
}
