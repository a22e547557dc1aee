/// One noisy release of the clients' sum: what a sampler and a mechanism did in one round.
///
/// Noise multipliers are noise standard deviation ÷ clipping bound, on the sum.
package enum PrivacyRelease: Codable, Hashable, Sendable {
  /// Every client may take part in this round.
  case gaussian(noiseMultiplier: Double)
  /// Correlated noise (tree, banded, BLT): exactly one Gaussian whose sensitivity is
  /// that of the strategy matrix under the participation schedule, in clipping bounds.
  case correlatedGaussian(noiseMultiplier: Double, sensitivity: Double)
  /// Every client joins by itself with this probability.
  case poissonGaussian(samplingRate: Double, noiseMultiplier: Double)
  /// As `poissonGaussian`, but a random subset of `capacity` is kept when more clients join.
  case truncatedPoissonGaussian(
    samplingRate: Double, noiseMultiplier: Double, population: Int, capacity: Int)
  /// A uniformly random set of samplingRate × population clients, without replacement.
  case fixedSizeGaussian(samplingRate: Double, noiseMultiplier: Double)
  /// A block of `bins` rounds, in one of which, drawn at random, the client takes part; and in all of
  /// them, with `commonNoise`, where that is not nil.
  case allocatedGaussian(bins: Int, noiseMultiplier: Double, commonNoise: Double? = nil)
  /// One integer with discrete Gaussian noise; both numbers in integer units.
  case discreteGaussian(standardDeviation: Double, sensitivity: Int)
  /// A vector of integers to which every client added discrete Gaussian noise.
  case distributedDiscreteGaussian(DistributedNoise)
  /// A vector of integers to which every client added Skellam noise.
  case distributedSkellam(DistributedNoise)
  /// Anything that is ρ-zCDP under the ledger's adjacency.
  case zeroConcentrated(rho: Double)
}

/// Integer noise that reporting clients added by themselves, in units of the rounding grid.
package struct DistributedNoise: Codable, Hashable, Sendable {
  /// Clients whose noise is really in the sum.
  package var clients: Int
  /// Standard deviation of one client's noise.
  package var localStandardDeviation: Double
  /// Largest Euclidean norm of one client's rounded vector.
  package var sensitivity: Double
  package var dimension: Int

  package init(
    clients: Int, localStandardDeviation: Double, sensitivity: Double, dimension: Int
  ) {
    self.clients = clients
    self.localStandardDeviation = localStandardDeviation
    self.sensitivity = sensitivity
    self.dimension = dimension
  }
}

/// A release and how often it was repeated.
package struct PrivacyEvent: Codable, Equatable, Sendable {
  package var release: PrivacyRelease
  package var count: Int

  package init(_ release: PrivacyRelease, count: Int = 1) {
    precondition(count >= 0)
    self.release = release
    self.count = count
  }
}

extension PrivacyRelease {
  /// The noise multiplier of the Gaussian this release is exactly, per unit of sensitivity.
  ///
  /// Nil when the release is not exactly a Gaussian.
  func exactNoiseMultiplier(_ adjacency: Adjacency) -> Double? {
    switch self {
    case .gaussian(let noise): noise / adjacency.sensitivity
    case .correlatedGaussian(let noise, let sensitivity):
      noise / (sensitivity * adjacency.sensitivity)
    case .poissonGaussian(1, let noise): noise / adjacency.sensitivity
    // With hardly any noise the round shows anyway: as if it were known.
    case .allocatedGaussian(let bins, let noise, let common)
    where adjacency != .replaceOne
      && (bins == 1 || min(noise, common ?? noise) < AllocationLaw.smallestNoise):
      1 / (1 / (noise * noise) + (common.map { 1 / ($0 * $0) } ?? 0)).squareRoot()
    case .fixedSizeGaussian(1, let noise) where adjacency == .replaceOne: noise / 2
    default: nil
    }
  }

  /// The adjacency under which this release is usually stated.
  package var usualAdjacency: Adjacency {
    switch self {
    case .gaussian, .poissonGaussian, .truncatedPoissonGaussian, .allocatedGaussian,
      .discreteGaussian, .zeroConcentrated:
      .addOrRemove
    case .correlatedGaussian, .distributedDiscreteGaussian, .distributedSkellam: .zeroOut
    case .fixedSizeGaussian: .replaceOne
    }
  }

  /// Throws unless every number is in its domain.
  func validate() throws(PrivacyError) {
    switch self {
    case .gaussian(let noise):
      try check(noise: noise)
    case .correlatedGaussian(let noise, let sensitivity):
      try check(noise: noise)
      guard sensitivity >= 0, sensitivity.isFinite else {
        throw .invalid("the sensitivity \(sensitivity) is not a finite number of at least 0")
      }
    case .poissonGaussian(let rate, let noise), .fixedSizeGaussian(let rate, let noise):
      try check(noise: noise)
      try check(rate: rate)
    case .truncatedPoissonGaussian(let rate, let noise, let population, let capacity):
      try check(noise: noise)
      try check(rate: rate)
      guard population > 0, capacity > 0 else {
        throw .invalid("a population of \(population) with capacity \(capacity) is empty")
      }
    case .allocatedGaussian(let bins, let noise, let common):
      try check(noise: noise)
      if let common { try check(noise: common) }
      guard (1...1 << 40).contains(bins) else {
        throw .invalid("a block of \(bins) rounds does not lie in 1…2^40")
      }
    case .discreteGaussian(let deviation, let sensitivity):
      try check(noise: deviation)
      guard sensitivity > 0 else {
        throw .invalid("the sensitivity \(sensitivity) is not positive")
      }
    case .distributedDiscreteGaussian(let noise), .distributedSkellam(let noise):
      try check(noise: noise.localStandardDeviation)
      guard noise.clients > 0, noise.dimension > 0, noise.sensitivity > 0 else {
        throw .invalid("distributed noise needs clients, a dimension and a sensitivity above 0")
      }
    case .zeroConcentrated(let rho):
      guard rho >= 0, rho.isFinite else {
        throw .invalid("ρ = \(rho) is not a number of at least 0")
      }
    }
  }

  private func check(noise: Double) throws(PrivacyError) { try Self.check(noise: noise) }

  /// Refuses noise for which no accountant has numbers.
  static func check(noise: Double) throws(PrivacyError) {
    guard noiseMultipliers.contains(noise) else {
      throw .invalid(
        "the noise multiplier must be a number of at least 1e-9 and at most 1e15, not \(noise)")
    }
  }

  /// Less protects nobody, and no sum could hold more.
  package static let noiseMultipliers = 1e-9...1e15

  private func check(rate: Double) throws(PrivacyError) {
    guard rate > 0, rate <= 1 else {
      throw .invalid("the sampling rate \(rate) is not above 0 and at most 1")
    }
  }
}
