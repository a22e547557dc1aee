import Glibc

/// Integer noise that the clients add themselves, and the grid on which they do.
///
/// Discrete Gaussian: Kairouz, Liu and Steinke 2021 (https://arxiv.org/abs/2102.06387). Skellam:
/// Agarwal, Kairouz and Liu 2021 (https://arxiv.org/abs/2110.04995). A rotated, clipped vector is
/// rounded to the grid without becoming longer than accounted for, noise is added, and sums are
/// taken modulo 2^bits. The noise of the fewest honest clients that a round may end with is what
/// was asked for; more clients add more.
package struct DistributedMechanism: Sendable {
  package enum Noise: String, Codable, Sendable, CaseIterable {
    case discreteGaussian = "discrete_gaussian"
    case skellam
  }

  package let noise: Noise
  package let bits: Int
  package let rounding: ConditionalRounding
  /// Coordinates of a rounded vector.
  package let dimension: Int
  /// Standard deviation of one client's noise, in grid steps.
  package let localDeviation: Double

  /// A coordinate of the noisy sum lies within so many standard deviations but for one in 16 000,
  /// even when all updates are the same; beyond it wraps.
  package static let headroom = 4.0
  /// Finer grids gain nothing, and the exact samplers end near here.
  private static let mostStepsPerDeviation = 30_000.0

  /// Throws when not even the rounding fits `bits`.
  ///
  /// - Parameters:
  ///   - noiseMultiplier: noise of the smallest cohort's sum ÷ clipping bound.
  ///   - cohortSize: most clients in a sum; it decides the range.
  ///   - smallestCohort: fewest honest clients in a sum; they decide the noise of each.
  ///   - dimension: coordinates after the rotation.
  ///   - bits: log2 of the modulus.
  ///   - grid: the grid step, or nil for the finest at which hardly a coordinate wraps.
  package init(
    _ noise: Noise, clippingBound: Double, noiseMultiplier: Double, cohortSize: Int,
    smallestCohort: Int, dimension: Int, bits: Int, grid: Double? = nil
  ) throws(PrivacyError) {
    precondition(clippingBound > 0 && noiseMultiplier > 0 && dimension > 0)
    precondition((1...cohortSize).contains(smallestCohort) && (1...62).contains(bits))
    self.noise = noise
    self.bits = bits
    self.dimension = dimension
    let local = noiseMultiplier * clippingBound / Double(smallestCohort).squareRoot()
    let step: Double
    if let grid {
      step = grid
    } else {
      let finest = try Self.grid(
        clippingBound: clippingBound, localDeviation: local, cohortSize: cohortSize,
        dimension: dimension, bits: bits)
      step = max(finest, local / Self.mostStepsPerDeviation)
    }
    localDeviation = local / step
    rounding = ConditionalRounding(
      clippingBound: clippingBound, grid: step, dimension: dimension)
  }

  /// Throws when the noise has more grid steps than the samplers draw exactly.
  package func requireExactSampling() throws(PrivacyError) {
    guard localDeviation <= Self.mostStepsPerDeviation * (1 + 1e-9) else {
      throw .infeasible(
        "a client's noise of \(Int(localDeviation)) grid steps is more than the "
          + "\(Int(Self.mostStepsPerDeviation)) that exact samplers draw; make the grid coarser")
    }
  }

  /// The finest grid step at which a sum of `cohortSize` noisy vectors hardly ever wraps.
  ///
  /// Kairouz et al. 2021, equation 61, solved for the step γ: 2^bits γ = 2κ√(c²n²/d + (γ²/4 + σ²)n)
  /// with κ the headroom.
  private static func grid(
    clippingBound c: Double, localDeviation: Double, cohortSize: Int, dimension: Int, bits: Int
  ) throws(PrivacyError) -> Double {
    let n = Double(cohortSize)
    let half = scalbn(0.5, bits) / headroom
    let room = half * half - n / 4
    guard room > 0 else {
      throw .infeasible(
        "\(bits) bits cannot hold a sum of \(cohortSize) rounded updates: their rounding alone "
          + "wraps; \(Int(log2(headroom * n.squareRoot()).rounded(.down)) + 1) bits are the least")
    }
    return ((c * c * n * n / Double(dimension) + n * localDeviation * localDeviation) / room)
      .squareRoot()
  }

  /// What a sum is worth that holds the noise of `clients` honest clients.
  package func release(clients: Int) -> PrivacyRelease {
    let noise = DistributedNoise(
      clients: clients, localStandardDeviation: localDeviation,
      sensitivity: rounding.norm / rounding.grid, dimension: dimension)
    return switch self.noise {
    case .discreteGaussian: .distributedDiscreteGaussian(noise)
    case .skellam: .distributedSkellam(noise)
    }
  }

  /// The sum of a round in real units, from residues: the representative next to zero.
  ///
  /// Returns how many coordinates had wrapped, which only someone with the whole sum can see.
  package func decode(
    _ sum: [Int64], into values: inout [Double]
  ) -> Int {
    let modulus = Int64(1) << Int64(bits)
    var wrapped = 0
    for (index, whole) in sum.enumerated() {
      var residue = whole & (modulus - 1)
      if residue >= modulus / 2 { residue -= modulus }
      wrapped += residue == whole ? 0 : 1
      values[index] = Double(residue) * rounding.grid
    }
    return wrapped
  }
}

/// The noise of one client, by coordinates.
package enum IntegerNoise: Sendable {
  case discreteGaussian(DiscreteGaussianSampler)
  case skellam(SkellamSampler)

  package init(_ mechanism: DistributedMechanism) {
    let deviation = mechanism.localDeviation
    switch mechanism.noise {
    case .discreteGaussian:
      self = .discreteGaussian(DiscreteGaussianSampler(standardDeviation: deviation))
    case .skellam: self = .skellam(SkellamSampler(variance: deviation * deviation))
    }
  }

  package func add(to steps: UnsafeMutableBufferPointer<Int64>, using stream: inout NoiseStream) {
    switch self {
    case .discreteGaussian(let sampler):
      for index in steps.indices { steps[index] &+= sampler.sample(using: &stream) }
    case .skellam(let sampler):
      for index in steps.indices { steps[index] &+= sampler.sample(using: &stream) }
    }
  }
}
