import Foundation
import SecureAggregation
import Testing

/// Numbers to residues and back: property 11 of the list in privacy.md, A3, and the encoding bugs of
/// others listed there.
@Suite struct EncodingTests {
  private func encode(
    _ encoding: FixedPointEncoding, _ update: [Float], weight: Int = 1, metrics: [Double] = [],
    seed: UInt64 = 1
  ) throws -> EncodedUpdate {
    var source = KeyedRandomSource(seed: seed, purpose: .rounding)
    return try update.withUnsafeBufferPointer {
      try encoding.encode($0, weight: weight, metrics: metrics, using: &source)
    }
  }

  @Test func `the largest sums of either sign are read right, and one more is refused`() throws {
    let largest = Double(Int32.max)
    let encoding = try FixedPointEncoding(
      updateLength: 2, clip: largest, cohortSize: 1, modulus: .bits32, fractionBits: 0)
    let sum = ResidueVector.bits32([UInt32(Int32.max), UInt32(bitPattern: -Int32.max), 1])
    #expect(try encoding.decode(sum, participants: 1).weightedUpdate == [largest, -largest])
    let wrapped = ResidueVector.bits32([UInt32(Int32.max) + 1, 0, 1])
    // What would be read without the guard: one step too many turns into the smallest number.
    #expect(wrapped.signed(at: 0) == Int64(Int32.min))
    #expect(throws: SecureAggregationError.self) {
      try encoding.decode(wrapped, participants: 1)
    }
    // Two such vectors could wrap, so ranges are not agreed for two, and two are not summed.
    #expect(throws: SecureAggregationError.self) {
      try FixedPointEncoding(
        updateLength: 2, clip: largest, cohortSize: 2, modulus: .bits32, fractionBits: 0)
    }
    #expect(throws: SecureAggregationError.self) { try encoding.decode(sum, participants: 2) }
  }

  /// The no-wrap rule n·(2^(b−1) − 1) ≤ R/2 − 1 for R = 2^32: b = 25, 22 and 18 bits (A2).
  @Test(arguments: [(100, 25), (1000, 22), (10_000, 18)])
  func `bits per coordinate follow from the cohort`(cohortSize: Int, bits: Int) throws {
    // A clip of one step less than 2^(b−1) fits; one of 2^b does not.
    let fitting = exp2(Double(bits - 1)) - 1
    #expect(throws: Never.self) {
      try FixedPointEncoding(
        updateLength: 1, clip: fitting, cohortSize: cohortSize, modulus: .bits32, fractionBits: 0)
    }
    #expect(throws: SecureAggregationError.self) {
      try FixedPointEncoding(
        updateLength: 1, clip: exp2(Double(bits)) - 1, cohortSize: cohortSize, modulus: .bits32,
        fractionBits: 0)
    }
  }

  /// fedbiomed #1056, #1089, #1210, #898: overflow in the weighted mean from four or ten nodes on, and
  /// a decoding that was right for two only.
  @Test(arguments: [1, 2, 3, 4, 10, 50], Modulus.allCases)
  func `full cohorts at their bounds decode exactly`(_ cohortSize: Int, _ modulus: Modulus) throws {
    let encoding = try FixedPointEncoding(
      updateLength: 3, clip: 2, maximumWeight: 200, metricBounds: [8], cohortSize: cohortSize,
      modulus: modulus)
    let encoded = try encode(encoding, [2, -2, 0.5], weight: 200, metrics: [8]).residues
    var sum = encoded
    for _ in 1..<cohortSize { sum.add(encoded) }
    let decoded = try encoding.decode(sum, participants: cohortSize)
    #expect(decoded.weight == 200 * cohortSize)
    #expect(decoded.metrics == [8 * Double(cohortSize)])
    #expect(decoded.meanUpdate == [2, -2, 0.5])
  }

  /// google-research/federated #66: a parameter search that silently returns a useless scale.
  @Test func `ranges without room are refused, not shrunk to nothing`() {
    for (cohortSize, weight) in [(1_000_000, 10_000), (100_000_000, 1), (3_000_000_000, 1)] {
      let error = #expect(throws: SecureAggregationError.self) {
        try FixedPointEncoding(
          updateLength: 1, clip: 1, maximumWeight: weight, cohortSize: cohortSize,
          modulus: .bits32)
      }
      #expect(error?.description.contains("64-bit modulus") == true)
    }
  }

  @Test func `rounding is unbiased and goes to one of the two neighbours`() throws {
    let encoding = try FixedPointEncoding(
      updateLength: 40_000, clip: 1000, cohortSize: 100, modulus: .bits32, fractionBits: 0)
    let value: Float = -7.3
    let encoded = try encode(encoding, [Float](repeating: value, count: 40_000)).residues
    let steps = (0..<40_000).map { encoded.signed(at: $0) }
    #expect(Set(steps) == [-8, -7])
    let mean = steps.reduce(0.0) { $0 + Double($1) } / 40_000
    // Deviation √(0.3 × 0.7 ÷ 40 000) ≈ 0.0023.
    #expect(abs(mean - Double(value)) < 0.0023 * 5)
  }

  @Test func `whole steps are never moved`() throws {
    let encoding = try FixedPointEncoding(
      updateLength: 1001, clip: 500, cohortSize: 100, modulus: .bits32, fractionBits: 0)
    let update = (0...1000).map { Float($0 - 500) }
    for seed in 0..<20 {
      let encoded = try encode(encoding, update, seed: UInt64(seed))
      #expect((0...1000).allSatisfy { encoded.residues.signed(at: $0) == Int64($0 - 500) })
      #expect(encoded.clippedCoordinates == 0)
    }
  }

  @Test func `coordinates beyond the clip are clipped and counted`() throws {
    let encoding = try FixedPointEncoding(
      updateLength: 4, clip: 1, maximumWeight: 4, cohortSize: 10, modulus: .bits32)
    let encoded = try encode(encoding, [3, -3, 1, 0.25], weight: 4)
    #expect(encoded.clippedCoordinates == 2)
    let decoded = try encoding.decode(encoded.residues, participants: 1)
    #expect(decoded.meanUpdate == [1, -1, 1, 0.25])
    #expect(decoded.weightedUpdate == [4, -4, 4, 1])
  }

  @Test func `numbers that are none are refused`() throws {
    let encoding = try FixedPointEncoding(
      updateLength: 2, clip: 1, maximumWeight: 5, metricBounds: [1], cohortSize: 10,
      modulus: .bits32)
    for bad in [Float.nan, .infinity, -.infinity] {
      #expect(throws: SecureAggregationError.self) {
        try encode(encoding, [0, bad], metrics: [0])
      }
    }
    #expect(throws: SecureAggregationError.self) {
      try encode(encoding, [0, 0], metrics: [.nan])
    }
    for weight in [-1, 6] {
      #expect(throws: SecureAggregationError.self) {
        try encode(encoding, [0, 0], weight: weight, metrics: [0])
      }
    }
    #expect(try encode(encoding, [0, 0], weight: 0, metrics: [0]).clippedCoordinates == 0)
  }

  @Test func `a rotation keeps norms, spreads outliers and turns back`() throws {
    var update = [Float](repeating: 0, count: 1000)
    update[123] = 3
    update[7] = -4
    let rotation = HadamardRotation(count: 1000, seed: [UInt8](repeating: 1, count: 32))
    #expect(rotation.length == 1024)
    let rotated = update.withUnsafeBufferPointer { rotation.rotate($0) }
    let norm = rotated.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    #expect(abs(norm - 5) < 1e-5)
    // Two outliers become coordinates of ±(3 ± 4) ÷ 32.
    #expect(rotated.allSatisfy { abs(abs($0) - 7 / 32) < 1e-6 || abs(abs($0) - 1 / 32) < 1e-6 })
    #expect(
      Double(rotated.map(abs).max() ?? 0)
        < HadamardRotation.coordinateBound(norm: 5, count: 1000))
    let restored = rotation.invert(rotated.map(Double.init), count: 1000)
    #expect(zip(restored, update).allSatisfy { abs($0 - Double($1)) < 1e-5 })
    let other = HadamardRotation(count: 1000, seed: [UInt8](repeating: 2, count: 32))
    #expect(update.withUnsafeBufferPointer { other.rotate($0) } != rotated)
  }

  @Test func `rotated updates sum to the sum of the updates`() throws {
    let norm = 1.0
    let bound = HadamardRotation.coordinateBound(norm: norm, count: 600)
    let encoding = try FixedPointEncoding(
      updateLength: 600, clip: bound, cohortSize: 20, modulus: .bits32,
      rotationSeed: [UInt8](repeating: 9, count: 32))
    #expect(encoding.vectorLength == 1025)
    var sum = ResidueVector(zeros: 1025, modulus: .bits32)
    var expected = [Double](repeating: 0, count: 600)
    for client in 0..<20 {
      var update = [Float](repeating: 0, count: 600)
      update[client * 7] = 1
      expected[client * 7] += 1
      let encoded = try encode(encoding, update, seed: UInt64(client))
      #expect(encoded.clippedCoordinates == 0)
      sum.add(encoded.residues)
    }
    let decoded = try encoding.decode(sum, participants: 20)
    #expect(decoded.weight == 20)
    // 20 roundings of up to one step in each of 1 024 coordinates, spread by the rotation.
    #expect(zip(decoded.weightedUpdate, expected).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test func `the aggregate equals the plain sum of the same encodings bit for bit`() throws {
    let encoding = try FixedPointEncoding(
      updateLength: 50, clip: 1, maximumWeight: 30, metricBounds: [10], cohortSize: 10,
      modulus: .bits32)
    let parameters = try makeParameters(10, threshold: 4, length: encoding.vectorLength)
    let inputs = try (0..<10).map { client in
      try encode(
        encoding, (0..<50).map { sin(Float($0 * (client + 1))) }, weight: 3 * client,
        metrics: [Double(client)], seed: UInt64(client)
      ).residues
    }
    var session = SimulatedSession(parameters)
    let aggregate = try session.run(inputs, dropouts: .init(beforeUpload: [4]))
    let plain = plainSum(inputs, of: aggregate.survivors)
    #expect(aggregate.sum == plain)
    #expect(
      try encoding.decode(aggregate.sum, participants: 9)
        == encoding.decode(plain, participants: 9))
  }
}
