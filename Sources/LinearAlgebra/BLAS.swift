import COpenBLAS

/// Row-major single-precision products; the only file that knows which BLAS this is.
///
/// A leading dimension is the distance in floats between two rows as they are stored.
package enum BLAS {
  package enum Operation {
    case asStored, transposed

    fileprivate var value: CBLAS_TRANSPOSE { self == .asStored ? CblasNoTrans : CblasTrans }
  }

  /// One operand of a product: where it is, its leading dimension and how it is read.
  package struct Operand {
    let elements: UnsafePointer<Float>
    let stride: Int
    let operation: Operation

    package init(
      _ elements: UnsafePointer<Float>, stride: Int, _ operation: Operation = .asStored
    ) {
      self.elements = elements
      self.stride = stride
      self.operation = operation
    }
  }

  /// C = A · B + beta · C, with A rows × inner and B inner × columns once read as told.
  @inline(__always)
  package static func multiply(
    rows: Int, columns: Int, inner: Int, _ a: Operand, _ b: Operand, beta: Float = 0,
    into c: UnsafeMutablePointer<Float>, stride: Int
  ) {
    cblas_sgemm(
      CblasRowMajor, a.operation.value, b.operation.value, Int32(rows), Int32(columns),
      Int32(inner), 1, a.elements, Int32(a.stride), b.elements, Int32(b.stride), beta, c,
      Int32(stride))
  }

  /// y = A · x + beta · y, or with Aᵀ; A is rows × columns as it is stored.
  @inline(__always)
  package static func multiply(
    rows: Int, columns: Int, _ a: Operand, vector x: UnsafePointer<Float>, beta: Float = 0,
    into y: UnsafeMutablePointer<Float>
  ) {
    cblas_sgemv(
      CblasRowMajor, a.operation.value, Int32(rows), Int32(columns), 1, a.elements,
      Int32(a.stride), x, 1, beta, y, 1)
  }

  /// The library's name, version and kernel, for manifests.
  ///
  /// Read once: two calls at one moment would both write into the library's one text.
  package static let configuration = String(cString: openblas_get_config())

  /// The kernel that `OPENBLAS_CORETYPE` or the processor chose.
  package static var kernel: String { String(cString: openblas_get_corename()) }
}
