import CKernels

/// The right-hand side of many small products, packed once.
///
/// `cblas_sgemm` packs both operands at every call; recurrent weights stay the same over all
/// time steps of a batch. Panels of 16 columns, each inner × 16, the last zero-padded.
package struct PackedMatrix {
  package let inner: Int
  package let columns: Int
  private let arena: Arena
  private let panels: UnsafeMutablePointer<Float>

  /// Columns rounded up to whole panels: the width that a product writes.
  package static func paddedColumns(_ columns: Int) -> Int {
    let width = Int(kernel_panel_width)
    return (columns + width - 1) / width * width
  }

  package init(inner: Int, columns: Int, arena: Arena) {
    self.inner = inner
    self.columns = columns
    self.arena = arena
    panels = arena.allocate(Float.self, count: inner * Self.paddedColumns(columns))
  }

  /// Packs `rows` rows of the matrix, from row `first` on; element (r, c) of the source lies at
  /// `r * rowStride + c * columnStride`.
  package func pack(
    _ source: UnsafePointer<Float>, rows: Int, at first: Int = 0, rowStride: Int,
    columnStride: Int
  ) {
    precondition(first + rows <= inner, "rows \(first)..<\(first + rows) of \(inner)")
    let width = Int(kernel_panel_width)
    kernel_pack(
      rows, columns, source, rowStride, columnStride, panels + first * width, inner * width)
  }

  /// Writes the matrix as `pack` read it, all rows.
  package func unpack(
    into target: UnsafeMutablePointer<Float>, rowStride: Int, columnStride: Int
  ) {
    kernel_unpack(
      inner, columns, panels, inner * Int(kernel_panel_width), target, rowStride, columnStride)
  }

  /// B = keep · B − rate · (Aᵀ · C + drift): a step of gradient descent where B lies.
  ///
  /// A depth × inner, C depth × padded columns. To the bit what `multiplyTransposed` and
  /// `Elementwise.descend` give in turn.
  ///
  /// - Parameter drift: of the same shape; nil for nothing.
  @inline(__always)
  package func descend(
    keep: Float, rate: Float, along a: UnsafePointer<Float>, stride: Int,
    _ c: UnsafePointer<Float>, stride rightStride: Int, depth: Int, drift: PackedMatrix? = nil
  ) {
    if let drift {
      precondition(drift.inner == inner && drift.columns == columns, "a drift of another shape")
    }
    kernel_descend_packed(
      inner, columns, depth, a, stride, c, rightStride, keep, rate, drift?.panels, panels,
      inner * Int(kernel_panel_width))
  }

  /// C = A · B, leaving out the first `skipping` rows of B (and columns of A).
  ///
  /// A rows × inner, C rows × padded columns. Row r of C starts at row `initialRows[r]` of
  /// `initial` (its first row where `initialRows` is nil; zero where `initial` is). Each element
  /// is summed in the order of the inner index, whatever the other rows are.
  @inline(__always)
  package func multiply(
    _ a: UnsafePointer<Float>, rows: Int, stride: Int, skipping: Int = 0,
    initial: UnsafePointer<Float>? = nil, initialStride: Int = 0,
    initialRows: UnsafePointer<Int32>? = nil, into c: UnsafeMutablePointer<Float>,
    stride resultStride: Int
  ) {
    let width = Int(kernel_panel_width)
    kernel_multiply_packed(
      rows, columns, inner - skipping, a + skipping, stride, panels + skipping * width,
      inner * width, initial, initialStride, initialRows, c, resultStride)
  }

  /// C = Aᵀ · B over the first `inner` rows of A and B, for weight gradients.
  ///
  /// A inner × rows, C rows × columns: unlike `multiply` this writes no padding. Each element is
  /// summed in the order of the inner index.
  @inline(__always)
  package func multiplyTransposed(
    _ a: UnsafePointer<Float>, rows: Int, stride: Int, inner depth: Int,
    into c: UnsafeMutablePointer<Float>, stride resultStride: Int
  ) {
    precondition(depth <= inner, "\(depth) rows of \(inner)")
    kernel_multiply_transposed(
      rows, columns, depth, a, stride, panels, inner * Int(kernel_panel_width), c, resultStride)
  }
}
