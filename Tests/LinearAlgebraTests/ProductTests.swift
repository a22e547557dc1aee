import LinearAlgebra
import Testing

struct ProductTests {
  func random(_ count: Int, _ stream: inout RandomStream) -> [Float] {
    (0..<count).map { _ in Float(stream.normal()) }
  }

  /// Σ left · right in double precision.
  func dot(_ inner: Int, _ left: (Int) -> Float, _ right: (Int) -> Float) -> Double {
    (0..<inner).reduce(0) { $0 + Double(left($1)) * Double(right($1)) }
  }

  @Test(arguments: [false, true], [false, true])
  func blasMatchesDefinition(transposeA: Bool, transposeB: Bool) {
    var stream = RandomStream(seed: 21, purpose: .benchmarkData)
    let (m, n, k) = (5, 7, 11)
    let (strideA, strideB, strideC) = (13, 15, 9)
    let a = random(13 * strideA, &stream)
    let b = random(13 * strideB, &stream)
    let initial = random(m * strideC, &stream)
    var c = initial
    BLAS.multiply(
      rows: m, columns: n, inner: k,
      .init(a, stride: strideA, transposeA ? .transposed : .asStored),
      .init(b, stride: strideB, transposeB ? .transposed : .asStored), beta: 2, into: &c,
      stride: strideC)
    for row in 0..<m {
      for column in 0..<strideC {
        let found = c[row * strideC + column]
        let before = initial[row * strideC + column]
        guard column < n else {
          #expect(found == before, "wrote beyond the row")
          continue
        }
        let product = dot(
          k, { transposeA ? a[$0 * strideA + row] : a[row * strideA + $0] },
          { transposeB ? b[column * strideB + $0] : b[$0 * strideB + column] })
        #expect(abs(Double(found) - product - 2 * Double(before)) < 1e-5)
      }
    }
  }

  @Test(arguments: [false, true])
  func blasTimesVector(transposed: Bool) {
    var stream = RandomStream(seed: 22, purpose: .benchmarkData)
    let (rows, columns, stride) = (6, 4, 5)
    let a = random(rows * stride, &stream)
    let x = random(rows, &stream)
    let initial = random(rows, &stream)
    var y = initial
    BLAS.multiply(
      rows: rows, columns: columns, .init(a, stride: stride, transposed ? .transposed : .asStored),
      vector: x, beta: 1, into: &y)
    for index in 0..<rows {
      let product =
        transposed
        ? (index < columns ? dot(rows, { a[$0 * stride + index] }, { x[$0] }) : 0)
        : dot(columns, { a[index * stride + $0] }, { x[$0] })
      #expect(abs(Double(y[index]) - product - Double(initial[index])) < 1e-5)
    }
  }

  @Test(arguments: [1, 2, 5, 6, 7, 12, 16, 33], [1, 15, 16, 40, 64, 120])
  func packedMatchesDefinition(rows: Int, columns: Int) {
    var stream = RandomStream(seed: 23, purpose: .benchmarkData)
    let (inner, skipping) = (9, 4)
    let padded = PackedMatrix.paddedColumns(columns)
    #expect(padded % 16 == 0 && padded >= columns && padded < columns + 16)
    let a = random(rows * inner, &stream)
    let b = random(columns * inner, &stream)  // columns × inner: packed transposed
    var initial = random(3 * padded, &stream)
    for row in 0..<3 {
      for column in columns..<padded { initial[row * padded + column] = 0 }
    }
    let initialRows = (0..<rows).map { _ in Int32(stream.below(3)) }
    let arena = Arena()
    let matrix = PackedMatrix(inner: inner, columns: columns, arena: arena)
    matrix.pack(b, rows: skipping, rowStride: 1, columnStride: inner)
    b.withUnsafeBufferPointer { b in
      guard let second = b.baseAddress.map({ $0 + skipping }) else { return }
      matrix.pack(
        second, rows: inner - skipping, at: skipping, rowStride: 1, columnStride: inner)
    }
    for skipped in [0, skipping] {
      var c = [Float](repeating: .nan, count: rows * padded)
      matrix.multiply(
        a, rows: rows, stride: inner, skipping: skipped, initial: initial,
        initialStride: padded, initialRows: initialRows, into: &c, stride: padded)
      for row in 0..<rows {
        for column in 0..<padded {
          let product = dot(
            inner - skipped, { a[row * inner + skipped + $0] },
            { column < columns ? b[column * inner + skipped + $0] : 0 })
          let start = Double(initial[Int(initialRows[row]) * padded + column])
          #expect(abs(Double(c[row * padded + column]) - product - start) < 1e-5)
        }
      }
    }
  }

  /// More rows than a block holds, and every way the last panel can be cut.
  @Test(arguments: [1, 6, 7, 8, 9, 33], [1, 7, 8, 9, 15, 16, 24, 40, 64, 120])
  func transposedMatchesDefinition(rows: Int, columns: Int) {
    var stream = RandomStream(seed: 25, purpose: .benchmarkData)
    let (inner, strideA, strideC) = (150, rows + 3, columns + 2)
    let a = random(inner * strideA, &stream)
    let b = random(inner * columns, &stream)
    let initial = random(rows * strideC, &stream)
    let matrix = PackedMatrix(inner: inner + 1, columns: columns, arena: Arena())
    matrix.pack(b, rows: inner, rowStride: columns, columnStride: 1)
    var c = initial
    matrix.multiplyTransposed(
      a, rows: rows, stride: strideA, inner: inner, into: &c, stride: strideC)
    for row in 0..<rows {
      for column in 0..<strideC {
        let found = c[row * strideC + column]
        guard column < columns else {
          #expect(found == initial[row * strideC + column], "wrote beyond the row")
          continue
        }
        let product = dot(inner, { a[$0 * strideA + row] }, { b[$0 * columns + column] })
        #expect(abs(Double(found) - product) < 1e-4)
      }
    }
  }

  @Test(arguments: [1, 6, 7, 16, 33], [1, 15, 16, 17, 40])
  func unpackedIsWhatWasPacked(rows: Int, columns: Int) {
    var stream = RandomStream(seed: 26, purpose: .benchmarkData)
    let matrix = PackedMatrix(inner: rows, columns: columns, arena: Arena())
    for (rowStride, columnStride) in [(1, rows + 2), (columns + 2, 1)] {
      let source = random((rows + 2) * (columns + 2), &stream)
      matrix.pack(source, rows: rows, rowStride: rowStride, columnStride: columnStride)
      var found = source.map { _ in Float.nan }
      matrix.unpack(into: &found, rowStride: rowStride, columnStride: columnStride)
      let places = (0..<rows).flatMap { row in
        (0..<columns).map { row * rowStride + $0 * columnStride }
      }
      #expect(places.allSatisfy { found[$0] == source[$0] })
      #expect(found.count { !$0.isNaN } == places.count, "wrote beyond the matrix")
    }
  }

  @Test(arguments: [1, 6, 7, 16, 33], [1, 15, 16, 17, 40, 64, 120])
  func descentMatchesDefinition(rows: Int, columns: Int) {
    var stream = RandomStream(seed: 27, purpose: .benchmarkData)
    let (depth, strideA) = (19, rows + 3)
    let strideC = PackedMatrix.paddedColumns(columns)
    let a = random(depth * strideA, &stream)
    let c = random(depth * strideC, &stream)
    let start = random(rows * columns, &stream)
    let drift = random(rows * columns, &stream)
    let (matrix, packedDrift) = (
      PackedMatrix(inner: rows, columns: columns, arena: Arena()),
      PackedMatrix(inner: rows, columns: columns, arena: Arena())
    )
    packedDrift.pack(drift, rows: rows, rowStride: columns, columnStride: 1)
    for hasDrift in [false, true] {
      matrix.pack(start, rows: rows, rowStride: columns, columnStride: 1)
      matrix.descend(
        keep: 0.75, rate: 0.5, along: a, stride: strideA, c, stride: strideC, depth: depth,
        drift: hasDrift ? packedDrift : nil)
      var found = [Float](repeating: .nan, count: rows * columns)
      matrix.unpack(into: &found, rowStride: columns, columnStride: 1)
      for row in 0..<rows {
        for column in 0..<columns {
          let place = row * columns + column
          let gradient = dot(depth, { a[$0 * strideA + row] }, { c[$0 * strideC + column] })
          let slope = gradient + (hasDrift ? Double(drift[place]) : 0)
          let expected = 0.75 * Double(start[place]) - 0.5 * slope
          #expect(abs(Double(found[place]) - expected) < 1e-5)
        }
      }
    }
  }

  /// A row's bits depend on nothing but the row and the matrix.
  @Test func packedRowsAreIndependent() {
    var stream = RandomStream(seed: 24, purpose: .benchmarkData)
    let (rows, inner, columns) = (17, 50, 32)
    let a = random(rows * inner, &stream)
    let b = random(inner * columns, &stream)
    let matrix = PackedMatrix(inner: inner, columns: columns, arena: Arena())
    matrix.pack(b, rows: inner, rowStride: columns, columnStride: 1)
    var together = [Float](repeating: .nan, count: rows * columns)
    matrix.multiply(a, rows: rows, stride: inner, into: &together, stride: columns)
    for row in 0..<rows {
      var alone = [Float](repeating: .nan, count: columns)
      matrix.multiply(
        Array(a[(row * inner)...]), rows: 1, stride: inner, into: &alone, stride: columns)
      #expect(alone == Array(together[(row * columns)..<((row + 1) * columns)]))
    }
  }
}
