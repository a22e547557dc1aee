import LinearAlgebra

/// What clipping found.
package struct ClippingOutcome: Equatable, Sendable {
  /// Euclidean norm before clipping; 0 when the update was not finite.
  package var norm: Double
  package var isClipped: Bool
  /// False for an update with a NaN or an infinity, which becomes zero.
  package var isFinite: Bool

  package init(norm: Double, isClipped: Bool, isFinite: Bool) {
    self.norm = norm
    self.isClipped = isClipped
    self.isFinite = isFinite
  }
}

package enum Clipping {
  /// What a clipped norm stays below its bound, as a share of it.
  private static let margin = 0x1p-22
  /// The part of the margin that storing coordinates as Float, by 2^-24 of themselves, leaves.
  package static let spareMargin = 0.74 * margin

  /// Scales an update down, in place, so that its norm is at most `bound`.
  ///
  /// - Parameters:
  ///   - update: all parameters of all layers: the bound holds for the whole vector.
  ///   - roundingNorm: the most that rounding will add to the norm afterwards: the bound then holds
  ///     for the rounded vector too. Rounding that may add more than the bound leaves only zero.
  package static func clip(
    _ update: UnsafeMutableBufferPointer<Float>, to bound: Double, roundingNorm: Double = 0
  ) -> ClippingOutcome {
    let limit = (bound - roundingNorm) * (1 - margin)
    let norm = norm(UnsafeBufferPointer(update))
    guard norm.isFinite, limit > 0 else {
      for index in update.indices { update[index] = 0 }
      return ClippingOutcome(
        norm: norm.isFinite ? norm : 0, isClipped: norm.isFinite && norm > limit,
        isFinite: norm.isFinite)
    }
    guard norm > limit else {
      return ClippingOutcome(norm: norm, isClipped: false, isFinite: true)
    }
    let scale = limit / norm
    for index in update.indices { update[index] = Float(Double(update[index]) * scale) }
    return ClippingOutcome(norm: norm, isClipped: true, isFinite: true)
  }

  /// The Euclidean norm, to the same bits on every processor.
  package static func norm(_ vector: UnsafeBufferPointer<Float>) -> Double {
    Elementwise.sumOfSquares(vector).squareRoot()
  }
}
