import CKernels

/// Elementwise functions over float buffers: the same bits on every x86-64 processor.
///
/// Absolute error of `tanh` and `sigmoid` and relative error of `exp` below 2e-7.
/// Source and destination may be the same buffer.
package enum Elementwise {
  package static func exp(
    _ count: Int, _ source: UnsafePointer<Float>, into destination: UnsafeMutablePointer<Float>
  ) {
    kernel_exp(count, source, destination)
  }

  package static func tanh(
    _ count: Int, _ source: UnsafePointer<Float>, into destination: UnsafeMutablePointer<Float>
  ) {
    kernel_tanh(count, source, destination)
  }

  package static func sigmoid(
    _ count: Int, _ source: UnsafePointer<Float>, into destination: UnsafeMutablePointer<Float>
  ) {
    kernel_sigmoid(count, source, destination)
  }

  /// Replaces scores by their softmax and returns log Σ e^score.
  package static func softmax(_ count: Int, _ scores: UnsafeMutablePointer<Float>) -> Float {
    kernel_softmax(count, scores)
  }

  /// Adds each of `count` rows to the row of `sums` that its slot names, in order.
  package static func addRows(
    _ count: Int, width: Int, _ rows: UnsafePointer<Float>, stride: Int,
    slots: UnsafePointer<Int32>, into sums: UnsafeMutablePointer<Float>, stride sumStride: Int
  ) {
    kernel_add_rows(count, width, rows, stride, slots, sums, sumStride)
  }

  /// Writes the sum of each column of a rows × columns matrix.
  package static func sumColumns(
    _ matrix: UnsafePointer<Float>, rows: Int, columns: Int, stride: Int,
    into sums: UnsafeMutablePointer<Float>
  ) {
    for column in 0..<columns { sums[column] = 0 }
    for row in 0..<rows {
      let source = matrix + row * stride
      for column in 0..<columns { sums[column] += source[column] }
    }
  }
}
