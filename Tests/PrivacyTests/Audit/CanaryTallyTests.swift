import Foundation
import Privacy
import Testing

@Suite struct CanaryTallyTests {
  static let dimension = 4096
  static let canaries = 200
  static let seed: UInt64 = 5

  /// Canaries of norm 1, noise of standard deviation `noise`, and a vector that is always there.
  static func release(
    round: Int, of members: [Int], noise: Double, common: Double = 0
  ) -> [Double] {
    var stream = NoiseStream(seed: 9, purpose: .centralNoise, round: round)
    var sum = (0..<dimension).map { common * sin(Double($0)) + noise * stream.normal() }
    var canary = [Float](repeating: 0, count: dimension)
    for index in members {
      canary.withUnsafeMutableBufferPointer {
        Canary.fill($0, index: index, norm: 1, seed: seed)
      }
      for position in sum.indices { sum[position] += Double(canary[position]) }
    }
    return sum
  }

  @Test func canariesLieOnTheSphereAndDiffer() {
    var vectors = [[Float]](
      repeating: [Float](repeating: 0, count: Self.dimension), count: 3)
    for (place, (index, twin)) in [(0, false), (0, true), (1, false)].enumerated() {
      vectors[place].withUnsafeMutableBufferPointer {
        Canary.fill($0, index: index, twin: twin, norm: 2.5, seed: 1)
      }
    }
    func product(_ a: Int, _ b: Int) -> Double {
      zip(vectors[a], vectors[b]).reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    for place in 0..<3 { #expect(abs(product(place, place).squareRoot() - 2.5) < 1e-5) }
    // Cosines of strangers are normal with deviation 1/√d.
    for (a, b) in [(0, 1), (0, 2), (1, 2)] {
      #expect(abs(product(a, b)) < 6.25 * 5 / Double(Self.dimension).squareRoot())
    }
  }

  /// Of one release the shift is 1 / √(σ² + k/d), as in B4.
  @Test func oneReleaseGivesItsNoiseMultiplier() throws {
    let release = Self.release(round: 1, of: Array(0..<Self.canaries), noise: 1.2)
    var tally = CanaryTally(canaries: Self.canaries)
    #expect(tally.estimate(delta: 1e-5) == nil)
    tally.look(for: 0..<Self.canaries, in: release, seed: Self.seed)
    let estimate = try #require(tally.estimate(delta: 1e-5))
    let shift = 1 / (1.44 + Double(Self.canaries) / Double(Self.dimension)).squareRoot()
    let expected = CanaryEstimate(
      shift: shift, standardError: 1 / Double(Self.canaries).squareRoot(), delta: 1e-5)
    #expect(expected.low < estimate.epsilon && estimate.epsilon < expected.high)
    #expect(tally.seen == Self.canaries)
  }

  /// Nine rounds with the same members: three times the shift, also beside a common direction.
  @Test(arguments: [0, 0.5]) func roundsAddUp(common: Double) throws {
    var tally = CanaryTally(canaries: Self.canaries)
    for round in 1...9 {
      let release = Self.release(
        round: round, of: Array(0..<Self.canaries), noise: 3, common: common)
      tally.look(for: 0..<Self.canaries, in: release, seed: Self.seed)
    }
    let estimate = try #require(tally.estimate(delta: 1e-5))
    // What is no canary of one's own counts as noise: one round's share of the other canaries and
    // of the common direction is the same in every round and does not average out.
    let others = Double(Self.canaries) / Double(Self.dimension) + common * common / 2
    let shift = 1 / (1 + others).squareRoot()
    let expected = CanaryEstimate(shift: shift, standardError: 0.1, delta: 1e-5)
    #expect(expected.low < estimate.epsilon && estimate.epsilon < expected.high)
  }

  @Test func canariesThatNeverTookPartShowNothing() throws {
    var tally = CanaryTally(canaries: Self.canaries)
    for round in 1...4 {
      tally.look(
        for: 0..<Self.canaries, in: Self.release(round: round, of: [], noise: 1), seed: Self.seed)
    }
    #expect(try #require(tally.estimate(delta: 1e-5)).low == 0)
  }

  @Test func theStateOfARunKeepsTheTally() throws {
    var tally = CanaryTally(canaries: 3)
    tally.look(for: [0, 2], in: Self.release(round: 1, of: [0, 2], noise: 1), seed: Self.seed)
    let data = try JSONEncoder().encode(tally)
    #expect(try JSONDecoder().decode(CanaryTally.self, from: data) == tally)
    #expect(tally.seen == 2)
  }
}
