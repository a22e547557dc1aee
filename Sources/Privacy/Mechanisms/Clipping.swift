/// What clipping found.
package struct ClippingOutcome: Equatable, Sendable {
  /// Euclidean norm before clipping; 0 when the update was not finite.
  package var norm: Double
  package var isClipped: Bool
  /// False for an update with a NaN or an infinity, which becomes zero.
  package var isFinite: Bool
}

package enum Clipping {
  /// Scales an update down, in place, so that its norm is at most `bound`.
  ///
  /// - Parameters:
  ///   - update: all parameters of all layers: the bound holds for the whole vector.
  ///   - gridStep: what coordinates will be rounded to (nearest) afterwards, 0 for nothing: the
  ///     bound then holds for the rounded vector too.
  package static func clip(
    _ update: UnsafeMutableBufferPointer<Float>, to bound: Double, gridStep: Double = 0
  ) -> ClippingOutcome {
    // Rounding moves a coordinate by half a step, and storing it as Float by 2^-24 of itself.
    let rounding = 0.5 * gridStep * Double(update.count).squareRoot()
    let limit = (bound - rounding) * (1 - 0x1p-22)
    precondition(limit > 0, "the clipping bound \(bound) is lost in rounding")
    var square = 0.0
    for value in update { square += Double(value) * Double(value) }
    guard square.isFinite else {
      for index in update.indices { update[index] = 0 }
      return ClippingOutcome(norm: 0, isClipped: false, isFinite: false)
    }
    let norm = square.squareRoot()
    guard norm > limit else {
      return ClippingOutcome(norm: norm, isClipped: false, isFinite: true)
    }
    let scale = limit / norm
    for index in update.indices { update[index] = Float(Double(update[index]) * scale) }
    return ClippingOutcome(norm: norm, isClipped: true, isFinite: true)
  }
}
