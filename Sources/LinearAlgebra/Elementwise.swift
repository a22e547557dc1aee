import CKernels

/// Elementwise functions over float buffers: the same bits on every x86-64 processor.
///
/// Relative error of `exp` below 2e-7.
/// Source and destination may be the same buffer.
package enum Elementwise {
  /// Bits of the vectors that kernels compute with on this processor, for reports.
  package static var vectorBits: Int { kernel_uses_wide_vectors() == 1 ? 512 : 256 }

  package static func exp(
    _ count: Int, _ source: UnsafePointer<Float>, into destination: UnsafeMutablePointer<Float>
  ) {
    kernel_exp(count, source, destination)
  }

  /// Replaces scores by their softmax and returns log Σ e^score.
  package static func softmax(_ count: Int, _ scores: UnsafeMutablePointer<Float>) -> Float {
    kernel_softmax(count, scores)
  }

  /// Replaces rows of scores by the derivative of their cross-entropy, times `scale`; returns the sum
  /// of the cross-entropies in nats.
  ///
  /// Row r's target is targets[chosen[r]], or targets[r] where `chosen` is nil.
  package static func crossEntropy(
    rows: Int, count: Int, _ scores: UnsafeMutablePointer<Float>, stride: Int,
    targets: UnsafePointer<Int32>, chosen: UnsafePointer<Int32>? = nil, scale: Float
  ) -> Float {
    kernel_cross_entropy(rows, count, stride, targets, chosen, scale, scores)
  }

  /// Adds each of `count` rows to the row of `sums` that its slot names, in order.
  package static func addRows(
    _ count: Int, width: Int, _ rows: UnsafePointer<Float>, stride: Int,
    slots: UnsafePointer<Int32>, into sums: UnsafeMutablePointer<Float>, stride sumStride: Int
  ) {
    kernel_add_rows(count, width, rows, stride, slots, sums, sumStride)
  }

  /// Copies the chosen rows of `x`, and has the caches fetch those of `ahead` more entries of `chosen`.
  package static func gatherRows(
    _ count: Int, width: Int, _ x: UnsafePointer<Float>, _ chosen: UnsafePointer<Int32>,
    ahead: Int, into y: UnsafeMutablePointer<Float>
  ) {
    kernel_gather_rows(count, width, x, chosen, ahead, y)
  }

  /// x = keep · x − rate · gradient; the buffers may not overlap.
  package static func descend(
    _ count: Int, _ x: UnsafeMutablePointer<Float>, keep: Float, rate: Float,
    gradient: UnsafePointer<Float>
  ) {
    kernel_descend(count, keep, rate, gradient, x)
  }

  /// x = keep · x − rate · (gradient + drift); without drift as above, to the bit.
  package static func descend(
    _ count: Int, _ x: UnsafeMutablePointer<Float>, keep: Float, rate: Float,
    gradient: UnsafePointer<Float>, drift: UnsafePointer<Float>?
  ) {
    if let drift {
      kernel_descend_drifting(count, keep, rate, gradient, drift, x)
    } else {
      kernel_descend(count, keep, rate, gradient, x)
    }
  }

  /// Whether every number is finite and smaller than the bound in magnitude.
  package static func isWithin(_ bound: Float, _ x: UnsafeBufferPointer<Float>) -> Bool {
    guard let start = x.baseAddress else { return true }
    return kernel_is_within(x.count, start, bound) != 0
  }

  /// sums += weight · round(scale · x), wrapping; scale · x must lie within ±2^51.
  package static func addFixedPoint(
    _ x: UnsafeBufferPointer<Float>, scale: Double, weight: Int64,
    to sums: UnsafeMutablePointer<Int64>
  ) {
    guard let start = x.baseAddress else { return }
    kernel_add_fixed_point(x.count, start, scale, weight, sums)
  }

  /// Writes the sum of each column of a rows × columns matrix, added row by row.
  package static func sumColumns(
    _ matrix: UnsafePointer<Float>, rows: Int, columns: Int, stride: Int,
    into sums: UnsafeMutablePointer<Float>
  ) {
    kernel_sum_columns(rows, columns, matrix, stride, sums)
  }

  /// x = x − y; the buffers may not overlap.
  package static func subtract(
    _ count: Int, _ y: UnsafePointer<Float>, from x: UnsafeMutablePointer<Float>
  ) {
    kernel_subtract(count, y, x)
  }

  /// The sum of squares, in double precision, in eight lanes of fixed order.
  package static func sumOfSquares(_ x: UnsafeBufferPointer<Float>) -> Double {
    guard let start = x.baseAddress else { return 0 }
    return kernel_sum_squares(x.count, start)
  }

  // MARK: - Updates of clients

  /// The squared Euclidean distance, in double precision, in eight lanes of fixed order.
  package static func squaredDistance(
    _ count: Int, _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>
  ) -> Double {
    kernel_squared_distance(count, x, y)
  }

  /// The same to a point in double precision.
  package static func squaredDistance(
    _ count: Int, _ x: UnsafePointer<Float>, to point: UnsafePointer<Double>
  ) -> Double {
    kernel_squared_distance_to_point(count, x, point)
  }

  /// The dot product, in double precision, in eight lanes of fixed order.
  package static func dot(
    _ count: Int, _ x: UnsafePointer<Float>, _ point: UnsafePointer<Double>
  ) -> Double {
    kernel_dot_point(count, x, point)
  }

  /// sums += scale · x.
  package static func add(
    _ count: Int, _ x: UnsafePointer<Float>, scale: Double, to sums: UnsafeMutablePointer<Double>
  ) {
    kernel_add_scaled(count, scale, x, sums)
  }

  /// Columns that `sortColumns` sorts at once.
  package static let sortedColumns = Int(kernel_sorted_columns)

  /// Sorts each column of a rows × `sortedColumns` matrix, the smallest first; no value may be NaN.
  package static func sortColumns(rows: Int, _ x: UnsafeMutablePointer<Float>) {
    kernel_sort_columns(rows, x)
  }
}
