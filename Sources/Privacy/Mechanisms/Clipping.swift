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
  /// Scales an update down, in place, so that its norm is at most `bound`.
  ///
  /// - Parameters:
  ///   - update: all parameters of all layers: the bound holds for the whole vector.
  ///   - roundingNorm: the most that rounding will add to the norm afterwards: the bound then holds
  ///     for the rounded vector too. Rounding that may add more than the bound leaves only zero.
  package static func clip(
    _ update: UnsafeMutableBufferPointer<Float>, to bound: Double, roundingNorm: Double = 0
  ) -> ClippingOutcome {
    // Storing a coordinate as Float moves it by 2^-24 of itself.
    let limit = (bound - roundingNorm) * (1 - 0x1p-22)
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

  /// The Euclidean norm, accumulated in double precision in eight lanes of fixed order.
  ///
  /// One long chain of additions would take as long as a tenth of training a small model.
  package static func norm(_ vector: UnsafeBufferPointer<Float>) -> Double {
    var lanes = SIMD8<Double>.zero
    let whole = vector.count / 8 * 8
    for start in stride(from: 0, to: whole, by: 8) {
      var values = SIMD8<Float>()
      for lane in 0..<8 { values[lane] = vector[start + lane] }
      let wide = SIMD8<Double>(values)
      lanes += wide * wide
    }
    var sum = lanes.sum()
    for index in whole..<vector.count { sum += Double(vector[index]) * Double(vector[index]) }
    return sum.squareRoot()
  }
}
