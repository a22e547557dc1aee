/// The candidates of one example and their features; kept between examples for the allocations.
struct CandidateBuffers: Sendable {
  /// In the order of the example.
  var slots: [Int32] = []
  /// By slot, counts after the last app and after the last two; all zero between examples.
  var lastCounts: [Float] = []
  var pairCounts: [Float] = []
  /// The first 16 features of each candidate.
  var logarithms = [SIMD16<Float>](
    repeating: SIMD16(repeating: 0), count: FeatureState.maximumCandidates)
  /// The other 8 features of each candidate.
  var indicators = [SIMD8<Float>](
    repeating: SIMD8(repeating: 0), count: FeatureState.maximumCandidates)

  /// Makes room for the counts of `slots` slots.
  mutating func reserve(slots: Int) {
    let missing = slots - lastCounts.count
    guard missing > 0 else { return }
    lastCounts.append(contentsOf: repeatElement(0, count: missing))
    pairCounts.append(contentsOf: repeatElement(0, count: missing))
  }

  /// Replaces each x in `logarithms` by (ln x + 4) ÷ 2.
  mutating func takeLogarithms() {
    let count = slots.count * SIMD16<Float>.scalarCount
    logarithms.withUnsafeMutableBytes { bytes in
      bytes.withMemoryRebound(to: Float.self) { values in
        for index in 0..<count { values[index] = 0.5 * FeatureMath.log(values[index]) + 2 }
      }
    }
  }

  /// Appends candidates × features.
  func appendFeatures(to features: inout [Float]) {
    let width = FeatureLayout.Candidate.width
    let start = features.count
    features.append(contentsOf: repeatElement(0, count: slots.count * width))
    features.withUnsafeMutableBytes { bytes in
      let stride = MemoryLayout<Float>.stride
      for candidate in slots.indices {
        let row = (start + candidate * width) * stride
        bytes.storeBytes(of: logarithms[candidate], toByteOffset: row, as: SIMD16<Float>.self)
        bytes.storeBytes(
          of: indicators[candidate], toByteOffset: row + SIMD16<Float>.scalarCount * stride,
          as: SIMD8<Float>.self)
      }
    }
  }
}
