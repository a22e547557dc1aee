import Foundation

/// How updates, weights and metrics become residues, and sums of residues become numbers again.
///
/// A vector is: the update times its weight in fixed point (rotated, if so agreed), the weight, and
/// the metrics. Ranges are sized so that the sum over a whole cohort cannot wrap: cohort × largest
/// value ≤ R/2 − 1. Scales are powers of two, so decoding is exact.
package struct FixedPointEncoding: Sendable {
  /// Coordinates of an update; 0 when weight and metrics travel alone.
  package let updateLength: Int
  /// Coordinates beyond ±clip (after the rotation) are clipped.
  package let clip: Double
  /// Weights are whole numbers in 0...maximumWeight.
  package let maximumWeight: Int
  /// Metrics beyond ± their bound are clipped.
  package let metricBounds: [Double]
  /// The largest number of vectors in a sum.
  package let cohortSize: Int
  package let modulus: Modulus
  package let rotation: HadamardRotation?

  /// Fixed-point steps per unit of weight × coordinate; a power of two.
  package let updateScale: Double
  /// Fixed-point steps per unit of each metric; powers of two.
  package let metricScales: [Double]

  /// Fewer steps than this on either side of zero are not worth sending.
  private static let fewestSteps = 127.0
  /// Rounding adds 1.5 × 2^52, so that integers must stay below 2^51.
  private static let mostSteps = 0x1p50

  /// - Parameters:
  ///   - fractionBits: log2 of the update scale; the largest that cannot wrap when nil.
  ///   - rotationSeed: 32 public bytes of this round, or nil for no rotation.
  package init(
    updateLength: Int, clip: Double, maximumWeight: Int = 1, metricBounds: [Double] = [],
    cohortSize: Int, modulus: Modulus, fractionBits: Int? = nil, rotationSeed: [UInt8]? = nil
  ) throws(SecureAggregationError) {
    precondition(updateLength >= 0 && cohortSize > 0 && maximumWeight > 0)
    precondition(([clip] + metricBounds).allSatisfy { $0 > 0 && $0.isFinite })
    self.updateLength = updateLength
    self.clip = clip
    self.maximumWeight = maximumWeight
    self.metricBounds = metricBounds
    self.cohortSize = cohortSize
    self.modulus = modulus
    rotation = rotationSeed.map { HadamardRotation(count: updateLength, seed: $0) }

    let share = modulus.largestSum / Int64(cohortSize)
    guard Int64(maximumWeight) <= share else {
      throw .infeasible(
        "\(cohortSize) weights of up to \(maximumWeight) can wrap modulo 2^\(modulus.rawValue);"
          + " lower the largest weight or use a 64-bit modulus")
    }
    let bound = clip * Double(maximumWeight)
    updateScale = try Self.scale(
      bound: bound, share: share, bits: fractionBits, what: "coordinates", modulus: modulus)
    var scales: [Double] = []
    for bound in metricBounds {
      scales.append(
        try Self.scale(bound: bound, share: share, bits: nil, what: "metrics", modulus: modulus))
    }
    metricScales = scales
  }

  /// Coordinates of the update part of a vector: padded when rotated.
  package var encodedUpdateLength: Int { rotation?.length ?? updateLength }

  /// Residues of a whole vector.
  package var vectorLength: Int { encodedUpdateLength + 1 + metricBounds.count }

  /// The largest power of two by which values up to `bound` stay within `share` steps.
  private static func scale(
    bound: Double, share: Int64, bits: Int?, what: String, modulus: Modulus
  ) throws(SecureAggregationError) -> Double {
    let limit = min(Double(share), mostSteps)
    let largest = scalbn(1, Int(log2(limit / bound).rounded(.down)))
    let scale = bits.map { scalbn(1, $0) } ?? (largest * bound > limit ? largest / 2 : largest)
    let steps = (scale * bound).rounded(.up)
    guard steps <= limit, steps >= fewestSteps else {
      throw .infeasible(
        "\(what) of up to \(bound) need more than the \(Int64(limit)) steps that a cohort's share"
          + " of 2^\(modulus.rawValue) leaves, or would be resolved in fewer than"
          + " \(Int(fewestSteps)); lower the cohort, the largest weight or the fraction bits, or use"
          + " a 64-bit modulus")
    }
    return scale
  }
}
