import CKernels

/// The elementwise half of an LSTM step; gates lie as [i, f, g, o], each `hidden` wide.
package enum LSTMCell {
  /// Turns pre-activations into activations in place and writes cell, tanh(cell) and output.
  ///
  /// Cells rows × hidden; gates and output with their own row strides.
  @inline(__always)
  package static func forward(
    rows: Int, hidden: Int, gates: UnsafeMutablePointer<Float>, gateStride: Int,
    previousCell: UnsafePointer<Float>, cell: UnsafeMutablePointer<Float>,
    cellTanh: UnsafeMutablePointer<Float>, output: UnsafeMutablePointer<Float>,
    outputStride: Int
  ) {
    kernel_lstm_forward(
      rows, hidden, gates, gateStride, previousCell, cell, cellTanh, output, outputStride)
  }

  /// Turns activations into gradients of the pre-activations, and the gradient with respect to
  /// the cell into the one with respect to the previous cell, both in place.
  @inline(__always)
  package static func backward(
    rows: Int, hidden: Int, gates: UnsafeMutablePointer<Float>, gateStride: Int,
    previousCell: UnsafePointer<Float>, cellTanh: UnsafePointer<Float>,
    outputGradient: UnsafePointer<Float>, outputGradientStride: Int,
    cellGradient: UnsafeMutablePointer<Float>
  ) {
    kernel_lstm_backward(
      rows, hidden, gates, gateStride, previousCell, cellTanh, outputGradient,
      outputGradientStride, cellGradient)
  }
}
