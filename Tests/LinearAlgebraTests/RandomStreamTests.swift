import LinearAlgebra
import Testing

struct RandomStreamTests {
  /// Random123's known answers and blocks of numpy.random.Philox (Vectors/philox.py).
  @Test func philoxMatchesPublishedVectors() throws {
    let rows = try vectorRows("philox.csv")
    #expect(rows.count == 23)
    for row in rows {
      let words = try row.map { try #require(UInt64($0)) }
      let block = RandomStream.philox(
        counter: (words[0], words[1], words[2], words[3]), key: (words[4], words[5]))
      #expect([block.0, block.1, block.2, block.3] == Array(words[6...]))
    }
  }

  @Test func streamReadsBlocksInOrder() {
    var stream = RandomStream(key: (3, 4), counter: (7, 8, 9))
    for block in 0..<3 {
      let expected = RandomStream.philox(counter: (7 + UInt64(block), 8, 9, 0), key: (3, 4))
      #expect(stream.next() == expected.0)
      #expect(stream.next() == expected.1)
      #expect(stream.next() == expected.2)
      #expect(stream.next() == expected.3)
    }
  }

  @Test func everyPartOfTheKeyCounts() {
    let purposes: [StreamPurpose] = [.cohort, .dropout]
    var seen: [UInt64] = []
    for seed in [0, 1] as [UInt64] {
      for purpose in purposes {
        for round in [0, 1] {
          for client in [0, 1] {
            var stream = RandomStream(seed: seed, purpose: purpose, round: round, client: client)
            seen.append(stream.next())
          }
        }
      }
    }
    #expect(Set(seen).count == 16)
  }

  /// Moments of 400 000 draws within 5 standard errors of the distribution's.
  @Test func momentsOfDistributions() {
    let count = 400_000
    let cases: [(name: String, mean: Double, variance: Double, kurtosis: Double)] = [
      ("uniform", 0.5, 1.0 / 12, 1.8), ("normal", 0, 1, 3), ("exponential", 1, 1, 9),
    ]
    for expected in cases {
      var stream = RandomStream(seed: 11, purpose: .benchmarkData)
      let draws = (0..<count).map { _ in
        switch expected.name {
        case "uniform": stream.uniform()
        case "normal": stream.normal()
        default: stream.exponential()
        }
      }
      let mean = draws.reduce(0, +) / Double(count)
      let variance = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
      let meanError = (expected.variance / Double(count)).squareRoot()
      let varianceError =
        expected.variance * ((expected.kurtosis - 1) / Double(count)).squareRoot()
      #expect(abs(mean - expected.mean) < 5 * meanError, "\(expected.name)")
      #expect(abs(variance - expected.variance) < 5 * varianceError, "\(expected.name)")
    }
  }

  /// Shares of a normal sample beyond 1, 2 and 3 standard deviations (two-sided).
  @Test func normalTails() {
    var stream = RandomStream(seed: 12, purpose: .benchmarkData)
    let count = 400_000
    let draws = (0..<count).map { _ in abs(stream.normal()) }
    for (bound, share) in [(1.0, 0.317311), (2.0, 0.045500), (3.0, 0.0026998)] {
      let found = Double(draws.count { $0 > bound }) / Double(count)
      #expect(abs(found - share) < 5 * (share * (1 - share) / Double(count)).squareRoot())
    }
  }

  /// Pearson's χ² of whole numbers below 7 and of weighted indices; 6 and 3 degrees of freedom.
  @Test func discreteDistributionsAreFair() {
    var stream = RandomStream(seed: 13, purpose: .benchmarkData)
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[stream.below(7)] += 1 }
    #expect(chiSquared(counts, expected: [Double](repeating: 10_000, count: 7)) < 27.9)  // p 1e-4

    var weighted = [Int](repeating: 0, count: 5)
    for _ in 0..<70_000 { weighted[stream.index(cumulative: [1, 3, 3, 6, 7])] += 1 }
    #expect(weighted[2] == 0, "an index of weight zero was drawn")
    weighted.remove(at: 2)
    #expect(chiSquared(weighted, expected: [10_000, 20_000, 30_000, 10_000]) < 21.1)  // p 1e-4
  }

  /// All 24 orders of four elements are equally likely; 23 degrees of freedom.
  @Test func shuffleIsFair() {
    var stream = RandomStream(seed: 14, purpose: .benchmarkData)
    var counts = [Int](repeating: 0, count: 256)
    for _ in 0..<48_000 {
      var order = [0, 1, 2, 3]
      stream.shuffle(&order)
      #expect(order.sorted() == [0, 1, 2, 3])
      counts[order.reduce(0) { 4 * $0 + $1 }] += 1
    }
    let seen = counts.filter { $0 > 0 }
    #expect(seen.count == 24)
    #expect(chiSquared(seen, expected: [Double](repeating: 2_000, count: 24)) < 58.6)  // p 6e-5
  }

  func chiSquared(_ counts: [Int], expected: [Double]) -> Double {
    zip(counts, expected).reduce(0) { $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) / $1.1 }
  }
}
