/// The directions of all canaries and their twins, to look for in one release after the other.
package struct CanaryVectors: Sendable {
  package let canaries: Int
  package let dimension: Int
  private let seed: UInt64
  /// Row-major: canary 0, its twin, canary 1 …; empty where they are drawn anew each time.
  private let rows: [Float]

  /// Numbers kept at most, 256 MiB; beyond it they are drawn again for every release.
  private static let mostKept = 1 << 26

  package init(canaries: Int, dimension: Int, seed: UInt64) {
    precondition(canaries > 0 && dimension > 0)
    self.canaries = canaries
    self.dimension = dimension
    self.seed = seed
    let count = (2 * canaries).multipliedReportingOverflow(by: dimension)
    guard !count.overflow, count.partialValue <= Self.mostKept else {
      rows = []
      return
    }
    rows = [Float](unsafeUninitializedCapacity: count.partialValue) { rows, initialized in
      rows.initialize(repeating: 0)
      for place in 0..<(2 * canaries) {
        let row = rows[(place * dimension)..<((place + 1) * dimension)]
        Canary.fill(
          UnsafeMutableBufferPointer(rebasing: row), index: place / 2, twin: place % 2 == 1,
          norm: 1, seed: seed)
      }
      initialized = count.partialValue
    }
  }

  /// ⟨release, canary⟩ of every canary, and ⟨release, twin⟩ of its twin; all of norm 1.
  func projections(of release: [Double]) -> (canaries: [Double], twins: [Double]) {
    precondition(release.count == dimension)
    var products = [Double](repeating: 0, count: 2 * canaries)
    release.withUnsafeBufferPointer { release in
      if rows.isEmpty {
        var drawn = [Float](repeating: 0, count: dimension)
        drawn.withUnsafeMutableBufferPointer { drawn in
          for place in products.indices {
            Canary.fill(drawn, index: place / 2, twin: place % 2 == 1, norm: 1, seed: seed)
            products[place] = Self.product(UnsafeBufferPointer(drawn), release)
          }
        }
      } else {
        rows.withUnsafeBufferPointer { rows in
          for place in products.indices {
            let row = rows[(place * dimension)..<((place + 1) * dimension)]
            products[place] = Self.product(UnsafeBufferPointer(rebasing: row), release)
          }
        }
      }
    }
    return (
      (0..<canaries).map { products[2 * $0] }, (0..<canaries).map { products[2 * $0 + 1] }
    )
  }

  private static func product(
    _ row: UnsafeBufferPointer<Float>, _ release: UnsafeBufferPointer<Double>
  ) -> Double {
    // Eight sums side by side: one alone would wait for each addition.
    var sums = SIMD8<Double>.zero
    let whole = row.count & ~7
    for start in stride(from: 0, to: whole, by: 8) {
      var own = SIMD8<Double>.zero
      var released = SIMD8<Double>.zero
      for lane in 0..<8 {
        own[lane] = Double(row[start + lane])
        released[lane] = release[start + lane]
      }
      sums += own * released
    }
    var total = sums.sum()
    for index in whole..<row.count { total += Double(row[index]) * release[index] }
    return total
  }
}
