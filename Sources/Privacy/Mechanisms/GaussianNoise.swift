/// Gaussian noise on sums in fixed point.
package enum GaussianNoise {
  /// Adds normal noise rounded to whole grid steps, wrapping.
  ///
  /// The sum lies on the grid already, so adding rounded noise is the same as rounding the noisy
  /// sum: post-processing of the Gaussian mechanism. Nothing below a grid step is released, so the
  /// low bits that betray floating-point noise do not exist (Mironov 2012,
  /// https://doi.org/10.1145/2382196.2382264).
  /// - Parameter deviation: standard deviation in grid steps; many steps wide, below 2^52.
  package static func add(
    deviation: Double, to sum: UnsafeMutableBufferPointer<Int64>, using stream: inout NoiseStream
  ) {
    precondition(deviation >= 0 && deviation < 0x1p52)
    guard deviation > 0 else { return }
    for index in sum.indices {
      sum[index] &+= Int64((deviation * stream.normal()).rounded())
    }
  }
}
