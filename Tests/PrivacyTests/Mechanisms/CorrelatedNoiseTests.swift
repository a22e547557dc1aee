import Foundation
import Privacy
import Testing

/// The noise really injected has the covariance its strategy promises.
@Suite struct CorrelatedNoiseTests {
  private static let rounds = 14
  private static let dimension = 20_000
  private static let deviation = 1e6

  /// Standard deviation of a sample variance or covariance of unit normals.
  private static let spread = (2 / Double(dimension)).squareRoot()

  /// rounds × dimension, in units of the deviation of z.
  private func record(_ strategy: NoiseStrategy) -> [[Double]] {
    var noise = CorrelatedNoise(
      strategy: strategy, dimension: Self.dimension, deviation: Self.deviation,
      rounds: Self.rounds)
    return (0..<Self.rounds).map { round in
      next(&noise, round).map { Double($0) / Self.deviation }
    }
  }

  private func next(_ noise: inout CorrelatedNoise, _ round: Int) -> [Int64] {
    var stream = NoiseStream(seed: 41, purpose: .centralNoise, round: round)
    var sum = [Int64](repeating: 0, count: noise.dimension)
    sum.withUnsafeMutableBufferPointer { noise.addNext(to: $0, using: &stream) }
    return sum
  }

  private func covariance(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } / Double(a.count)
  }

  private func sum(_ a: [Double], _ b: [Double]) -> [Double] {
    zip(a, b).map { $0 + $1 }
  }

  /// C times the recorded noise must be white again.
  @Test func toeplitzNoiseIsWhitenedByItsStrategy() {
    let buffered = BufferedToeplitz(decays: [0.9, 0.3], weights: [0.2, 0.35])
    let expected: [(NoiseStrategy, (Int) -> Double)] = [
      (.banded([2, 1, 0.5]), { [2, 1, 0.5].indices.contains($0) ? [2, 1, 0.5][$0] : 0 }),
      (.banded([1]), { $0 == 0 ? 1 : 0 }),
      (
        .bufferedToeplitz(buffered),
        { $0 == 0 ? 1 : 0.2 * pow(0.9, Double($0 - 1)) + 0.35 * pow(0.3, Double($0 - 1)) }
      ),
    ]
    for (strategy, coefficient) in expected {
      let noise = record(strategy)
      let white = noise.indices.map { round in
        (0..<Self.dimension).map { index in
          (0...round).reduce(0) { $0 + coefficient(round - $1) * noise[$1][index] }
        }
      }
      for i in white.indices {
        for j in 0...i {
          #expect(abs(covariance(white[i], white[j]) - (i == j ? 1 : 0)) < 5 * Self.spread)
        }
      }
    }
  }

  /// Two prefixes of a plain tree share the nodes of their common leading binary digits.
  @Test func plainTreePrefixesShareNodes() {
    let noise = record(.tree(isCombined: false))
    var prefixes: [[Double]] = []
    for round in noise {
      prefixes.append(prefixes.last.map { sum($0, round) } ?? round)
    }
    /// Intervals of the binary decomposition of 1...round.
    func nodes(_ round: Int) -> [Range<Int>] {
      var start = 0
      return (0..<5).reversed().filter { round >> $0 & 1 == 1 }.map { level in
        defer { start += 1 << level }
        return start..<(start + 1 << level)
      }
    }
    for i in prefixes.indices {
      for j in 0...i {
        let shared = nodes(i + 1).count { nodes(j + 1).contains($0) }
        let tolerance = 5 * Self.spread * Double(nodes(i + 1).count)
        #expect(abs(covariance(prefixes[i], prefixes[j]) - Double(shared)) < tolerance)
      }
    }
  }

  /// Combining children leaves 2^d/(2^(d+1) − 1) of a node's variance (Honaker 2015).
  @Test func combinedTreePrefixesHaveLessNoise() {
    let noise = record(.tree(isCombined: true))
    var prefix = [Double](repeating: 0, count: Self.dimension)
    for (round, values) in noise.enumerated() {
      prefix = sum(prefix, values)
      var expected = 0.0
      for level in 0..<5 where (round + 1) >> level & 1 == 1 {
        expected += pow(2, Double(level)) / (pow(2, Double(level + 1)) - 1)
      }
      #expect(abs(covariance(prefix, prefix) - expected) < 5 * Self.spread * expected)
    }
  }

  @Test(arguments: [
    NoiseStrategy.tree(isCombined: true), .squareRoot(bands: 4),
    .bufferedToeplitz(BufferedToeplitz(decays: [0.9, 0.3], weights: [0.2, 0.35])),
  ])
  func aResumedRunAddsTheSameNoise(_ strategy: NoiseStrategy) throws {
    var noise = CorrelatedNoise(strategy: strategy, dimension: 50, deviation: 1e9, rounds: 10)
    for round in 0..<5 { _ = next(&noise, round) }
    let stored = try PropertyListEncoder().encode(noise)
    var resumed = try PropertyListDecoder().decode(CorrelatedNoise.self, from: stored)
    for round in 5..<10 {
      #expect(next(&noise, round) == next(&resumed, round))
    }
  }

  /// Independent noise on a sum: whole steps, the right variance, the sum kept.
  @Test func gaussianNoiseIsCentredOnTheSum() {
    var stream = NoiseStream(seed: 42, purpose: .centralNoise, round: 0)
    let deviation = 1000.5
    var sum = [Int64](repeating: 123_456_789, count: Self.dimension)
    sum.withUnsafeMutableBufferPointer {
      GaussianNoise.add(deviation: deviation, to: $0, using: &stream)
    }
    let noise = sum.map { Double($0 - 123_456_789) / deviation }
    let mean = noise.reduce(0, +) / Double(noise.count)
    #expect(abs(mean) < 5 / Double(noise.count).squareRoot())
    #expect(abs(covariance(noise, noise) - 1) < 5 * Self.spread)
  }
}
