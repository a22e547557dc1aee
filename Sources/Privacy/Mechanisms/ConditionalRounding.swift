import Glibc

/// Unbiased rounding to a grid that cannot stretch a vector beyond a known norm.
///
/// Kairouz, Liu and Steinke 2021, Section 4.1 (https://arxiv.org/abs/2102.06387). Rounding each
/// coordinate up or down at random may lengthen a vector by the grid × √dimension; drawing again
/// until the norm is below `norm` costs less than 1/(1 − bias) draws on average.
package struct ConditionalRounding: Sendable {
  package let grid: Double
  package let clippingBound: Double
  /// Largest norm of a rounded vector, in real units: the sensitivity to account for.
  package let norm: Double

  /// - Parameter bias: e^−½ in the paper; 0 would be unconditional, 1 biased the most.
  package init(clippingBound: Double, grid: Double, dimension: Int, bias: Double = exp(-0.5)) {
    self.grid = grid
    self.clippingBound = clippingBound
    norm = Self.norm(
      clippingBound: clippingBound, grid: grid, dimension: dimension, bias: bias)
  }

  package static func norm(
    clippingBound c: Double, grid: Double, dimension: Int, bias: Double
  ) -> Double {
    precondition(c > 0 && grid > 0 && bias > 0 && bias < 1)
    let spread = grid * Double(dimension).squareRoot()
    let always = (c + spread) * (c + spread)
    let likely =
      c * c + spread * spread / 4 + (2 * log(1 / bias)).squareRoot() * grid * (c + spread / 2)
    return min(always, likely).squareRoot()
  }

  /// Rounds a clipped vector to whole grid steps; returns the number of draws it took.
  package func round(
    _ values: UnsafeBufferPointer<Float>, into steps: UnsafeMutableBufferPointer<Int64>,
    using stream: inout NoiseStream
  ) -> Int {
    precondition(values.count == steps.count)
    var square = 0.0
    for value in values { square += Double(value) * Double(value) }
    precondition(square.squareRoot() <= clippingBound * (1 + 1e-9), "clip before rounding")
    let limit = (norm / grid) * (norm / grid)
    var draws = 0
    while true {
      draws += 1
      var rounded = 0.0
      for index in values.indices {
        let exact = Double(values[index]) / grid
        let floor = exact.rounded(.down)
        let step = stream.uniform() < exact - floor ? floor + 1 : floor
        rounded += step * step
        steps[index] = Int64(step)
      }
      if rounded <= limit { return draws }
    }
  }
}
