import Glibc

/// Integer noise that the clients add themselves, on the grid on which they do.
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

  /// Finer grids gain nothing, and the exact samplers end near here.
  static let mostStepsPerDeviation = 30_000.0

  /// Constraint: the range has been found feasible by its own initializer.
  init(_ range: DistributedRange, noiseMultiplier: Double) {
    precondition(noiseMultiplier > 0)
    noise = range.noise
    bits = range.bits
    dimension = range.dimension
    let local =
      noiseMultiplier * range.clippingBound / Double(range.smallestCohort).squareRoot()
    let grid =
      range.grid ?? max(range.finestGrid(localDeviation: local), local / Self.mostStepsPerDeviation)
    localDeviation = local / grid
    rounding = ConditionalRounding(
      clippingBound: range.clippingBound, grid: grid, dimension: dimension)
  }

  /// Throws when the noise has more grid steps than the samplers draw exactly.
  package func requireExactSampling() throws(PrivacyError) {
    guard localDeviation <= Self.mostStepsPerDeviation * (1 + 1e-9) else {
      throw .infeasible(
        "a client's noise of \(Int(localDeviation)) grid steps is more than the "
          + "\(Int(Self.mostStepsPerDeviation)) that exact samplers draw; make the grid coarser")
    }
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
  package func decode(_ sum: [Int64], into values: inout [Double]) -> Int {
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

/// How many clients add up what, in how many bits: all of a distributed mechanism but its noise.
package struct DistributedRange: Sendable {
  package let noise: DistributedMechanism.Noise
  package let clippingBound: Double
  /// Most clients in a sum; they decide the range.
  package let cohortSize: Int
  /// Fewest honest clients in a sum; they decide the noise of each.
  package let smallestCohort: Int
  /// Coordinates after the rotation.
  package let dimension: Int
  /// log2 of the modulus.
  package let bits: Int
  /// The grid step; nil for the finest at which hardly a coordinate wraps.
  package let grid: Double?

  /// A coordinate of the noisy sum lies within so many standard deviations but for one in 16 000,
  /// even when all updates are the same; beyond it wraps.
  private static let headroom = 4.0

  /// Throws when not even the rounding fits the bits.
  package init(
    _ noise: DistributedMechanism.Noise, clippingBound: Double, cohortSize: Int,
    smallestCohort: Int, dimension: Int, bits: Int, grid: Double? = nil
  ) throws(PrivacyError) {
    precondition(clippingBound > 0 && dimension > 0 && (1...62).contains(bits))
    precondition((1...cohortSize).contains(smallestCohort))
    self.noise = noise
    self.clippingBound = clippingBound
    self.cohortSize = cohortSize
    self.smallestCohort = smallestCohort
    self.dimension = dimension
    self.bits = bits
    self.grid = grid
    if let grid, clippingBound / grid >= 0x1p50 {
      throw .infeasible(
        "a clipping bound of \(clippingBound) is more than 2^50 grid steps of \(grid); make the "
          + "grid coarser")
    }
    guard grid != nil || room > 0 else {
      let least = Int(log2(Self.headroom * Double(cohortSize).squareRoot()).rounded(.down)) + 1
      throw .infeasible(
        "\(bits) bits cannot hold a sum of \(cohortSize) rounded updates, whose rounding alone "
          + "wraps; \(least) bits are the least")
    }
  }

  package func mechanism(noiseMultiplier: Double) -> DistributedMechanism {
    DistributedMechanism(self, noiseMultiplier: noiseMultiplier)
  }

  /// Squared grid steps that are left for updates and noise beside the rounding.
  private var room: Double {
    let half = scalbn(0.5, bits) / Self.headroom
    return half * half - Double(cohortSize) / 4
  }

  /// The finest grid step at which a sum of noisy vectors hardly ever wraps.
  ///
  /// Kairouz et al. 2021, equation 61, solved for the step γ: 2^bits γ = 2κ√(c²n²/d + (γ²/4 + σ²)n)
  /// with κ the headroom.
  func finestGrid(localDeviation: Double) -> Double {
    let n = Double(cohortSize)
    let aligned = clippingBound * clippingBound * n * n / Double(dimension)
    return ((aligned + n * localDeviation * localDeviation) / room).squareRoot()
  }
}
