import Glibc

/// A clipping bound that follows a quantile of the update norms, privately.
///
/// Andrew, Thakkar, McMahan and Ramaswamy 2021 (https://arxiv.org/abs/1905.03871). Every client
/// sends one more bit, "my norm is at most the bound"; the bound shrinks when too many say so.
package struct AdaptiveClipping: Codable, Equatable, Sendable {
  /// The bound for the coming round.
  package private(set) var bound: Double
  /// Share of the updates that the bound should leave alone.
  package let targetQuantile: Double
  package let learningRate: Double
  /// Noise standard deviation on the number of such clients.
  package let countDeviation: Double

  /// Bounds beyond these are of no use to anybody.
  package static let limits = 0x1p-20...0x1p10

  /// - Parameters:
  ///   - countDeviation: nil for the paper's, a 20th of the expected cohort.
  ///   - expectedCohort: the public denominator.
  package init(
    initialBound: Double = 0.1, targetQuantile: Double = 0.5, learningRate: Double = 0.2,
    countDeviation: Double? = nil, expectedCohort: Double
  ) {
    precondition(initialBound > 0 && expectedCohort > 0)
    bound = initialBound
    self.targetQuantile = targetQuantile
    self.learningRate = learningRate
    self.countDeviation = countDeviation ?? expectedCohort / 20
  }

  /// The noise multiplier for the updates with which updates and count together spend what
  /// `noiseMultiplier` alone would: (z⁻² − (2σ_b)⁻²)^−½, as the centred count moves by ½.
  ///
  /// Throws unless z < 2σ_b.
  package func updateNoiseMultiplier(_ noiseMultiplier: Double) throws(PrivacyError) -> Double {
    let limit = 2 * countDeviation
    guard noiseMultiplier < limit else {
      throw .infeasible(
        "adaptive clipping with a noise multiplier of \(noiseMultiplier) needs noise of deviation "
          + "above \(0.5 * noiseMultiplier) on the count of clipped clients, not "
          + "\(countDeviation): the count alone would spend the budget")
    }
    let precision = 1 / (noiseMultiplier * noiseMultiplier) - 1 / (limit * limit)
    return 1 / precision.squareRoot()
  }

  /// Moves the bound after a round.
  ///
  /// - Parameters:
  ///   - unclipped: reporting clients whose norm was at most the bound.
  ///   - reported: reporting clients; only their centred bits Σ(b − ½) meet the noise.
  ///   - expectedCohort: the fixed, public denominator.
  package mutating func update(
    unclipped: Int, reported: Int, expectedCohort: Double, using stream: inout NoiseStream
  ) {
    let centred = Double(unclipped) - 0.5 * Double(reported)
    let noisy = (centred + countDeviation * stream.normal()) / expectedCohort + 0.5
    let quantile = min(max(noisy, 0), 1)
    let moved = bound * exp(-learningRate * (quantile - targetQuantile))
    bound = min(max(moved, Self.limits.lowerBound), Self.limits.upperBound)
  }
}
