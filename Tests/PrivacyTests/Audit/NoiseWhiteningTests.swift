import Foundation
import LinearAlgebra
import Privacy
import Testing

@Suite struct NoiseWhiteningTests {
  static let strategies: [NoiseStrategy] = [
    .tree(isCombined: false), .tree(isCombined: true),
    NoiseStrategy.squareRoot(bands: 5).normalized, .banded([1]),
    .bufferedToeplitz(BufferedToeplitz(decays: [0.95, 0.6], weights: [0.2, 0.3])),
  ]

  /// What `CorrelatedNoise` adds, made white again: independent, of one deviation, in all rounds.
  @Test(arguments: strategies) func theNoiseIsWhiteAgain(strategy: NoiseStrategy) {
    let (dimension, rounds) = (4_000, 21)
    var noise = CorrelatedNoise(
      strategy: strategy, dimension: dimension, deviation: 1e6, rounds: rounds)
    var whitening = NoiseWhitening(strategy, columns: dimension)
    var white: [[Double]] = []
    for round in 1...rounds {
      var stream = NoiseStream(seed: 3, purpose: .centralNoise, round: round)
      var sum = [Int64](repeating: 0, count: dimension)
      sum.withUnsafeMutableBufferPointer { noise.addNext(to: $0, using: &stream) }
      var values = sum.map { Double($0) / 1e6 }
      whitening.next(&values)
      white.append(values)
    }
    let count = Double(dimension)
    for (round, own) in white.enumerated() {
      let variance = own.reduce(0) { $0 + $1 * $1 } / count
      #expect(abs(variance - 1) < 5 * (2 / count).squareRoot(), "round \(round + 1)")
      for (earlier, other) in white[..<round].enumerated() {
        let correlation = zip(own, other).reduce(0) { $0 + $1.0 * $1.1 } / count
        #expect(abs(correlation) < 5 / count.squareRoot(), "rounds \(earlier + 1), \(round + 1)")
      }
    }
  }

  /// A client shows with the sensitivity that is accounted for, where that is exact.
  @Test func aClientShowsWithItsSensitivity() {
    func norm(_ strategy: NoiseStrategy, rounds: Int, separation: Int) -> Double {
      var whitening = NoiseWhitening(strategy, columns: 1)
      return (0..<rounds).reduce(0) { sum, round in
        var values = [round % separation == 0 ? 1.0 : 0]
        whitening.next(&values)
        return sum + values[0] * values[0]
      }.squareRoot()
    }
    for strategy in Self.strategies[2...] {
      for separation in [5, 7] {
        let participation = Participation(minimumSeparation: separation, maximumParticipations: 9)
        let expected = strategy.sensitivity(rounds: 30, participation: participation)
        #expect(abs(norm(strategy, rounds: 30, separation: separation) - expected) < 1e-9)
      }
    }
    // Once, in the first round: one node of every level, ⌈log₂ 31⌉ = 5 of them.
    let once = norm(.tree(isCombined: false), rounds: 30, separation: 30)
    #expect(abs(once - 5.0.squareRoot()) < 1e-12)
    #expect(norm(.tree(isCombined: true), rounds: 30, separation: 30) <= once)
  }

  @Test(arguments: strategies) func itGoesOnFromACheckpoint(strategy: NoiseStrategy) throws {
    var whitening = NoiseWhitening(strategy, columns: 2)
    var stream = RandomStream(key: (1, 2), counter: (0, 0, 0))
    for _ in 1...5 {
      var values = [stream.normal(), stream.normal()]
      whitening.next(&values)
    }
    var other = try JSONDecoder().decode(
      NoiseWhitening.self, from: JSONEncoder().encode(whitening))
    var (one, two) = ([0.5, -1], [0.5, -1])
    whitening.next(&one)
    other.next(&two)
    #expect(one == two && other == whitening)
  }
}
