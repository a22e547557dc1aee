import Foundation
import Privacy
import Testing

@Suite struct CanaryTallyTests {
  static let dimension = 4096
  static let canaries = 200
  static let seed: UInt64 = 5
  static let vectors = CanaryVectors(canaries: canaries, dimension: dimension, seed: seed)

  /// Planted canaries of norm 1, noise of standard deviation `noise`, and a vector that is always
  /// there.
  static func release(
    round: Int, of members: some Sequence<Int>, noise: Double, common: Double = 0
  ) -> [Double] {
    var stream = NoiseStream(seed: 9, purpose: .centralNoise, round: round)
    var sum = (0..<dimension).map { common * sin(Double($0)) + noise * stream.normal() }
    var canary = [Float](repeating: 0, count: dimension)
    for index in members where Canary.isPlanted(index, seed: seed) {
      canary.withUnsafeMutableBufferPointer {
        Canary.fill($0, index: index, norm: 1, seed: seed)
      }
      for position in sum.indices { sum[position] += Double(canary[position]) }
    }
    return sum
  }

  /// Rounds of a mechanism whose cohorts are known.
  static func claim(
    noise: Double, participations: Double, isHidden: Bool = false
  ) -> AuditedClaim {
    AuditedClaim(
      noiseMultiplier: noise, delta: 1e-5,
      epsilon: AnalyticGaussian.epsilon(
        delta: 1e-5, noiseMultiplier: noise / participations.squareRoot()),
      squaredSensitivity: isHidden ? nil : participations, adjacency: .zeroOut)
  }

  static func findings(
    rounds: Int, noise: Double, common: Double = 0, claim: AuditedClaim,
    members: (Int) -> Set<Int> = { _ in Set(0..<canaries) }
  ) throws -> CanaryFindings {
    var tally = CanaryTally(canaries: canaries)
    #expect(tally.findings(claim, seed: seed) == nil)
    for round in 1...rounds {
      tally.look(
        for: members(round),
        in: release(round: round, of: members(round).sorted(), noise: noise, common: common),
        scale: 1, round: round, using: vectors)
    }
    return try #require(tally.findings(claim, seed: seed))
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

  @Test func coinsAreFair() {
    let planted = (0..<10_000).count { Canary.isPlanted($0, seed: 3) }
    #expect(abs(planted - 5_000) < 250)
  }

  /// Of one release the shift is 1 / √(σ² + k/d), as in B4, with k planted canaries.
  @Test func oneReleaseGivesItsNoiseMultiplier() throws {
    let findings = try Self.findings(
      rounds: 1, noise: 1.2, claim: Self.claim(noise: 1.2, participations: 1))
    let planted = Double((0..<Self.canaries).count { Canary.isPlanted($0, seed: Self.seed) })
    let shift = 1 / (1.44 + planted / Double(Self.dimension)).squareRoot()
    let expected = CanaryEstimate(
      shift: shift, standardError: 1 / planted.squareRoot(), delta: 1e-5)
    #expect(expected.low < findings.knownCohort.epsilon)
    #expect(findings.knownCohort.epsilon < expected.high)
    #expect(findings.canaries == Self.canaries && findings.faults == [])
    #expect(findings.hiddenCohort == nil && findings.granted == findings.knownCohort)
    #expect(findings.lowerBound < findings.claim)
  }

  /// Nine rounds, in a third of which each canary takes part, beside a common direction that is
  /// stronger than the noise: it is told apart, because it is there in the other rounds too.
  @Test(arguments: [0, 0.5]) func roundsAddUp(common: Double) throws {
    let findings = try Self.findings(
      rounds: 9, noise: 0.5, common: common, claim: Self.claim(noise: 0.5, participations: 3)
    ) { round in Set((0..<Self.canaries).filter { $0 % 3 == round % 3 }) }
    #expect(findings.faults == [])
    #expect(abs(findings.amplitude - 1) < 4 * findings.amplitudeError)
    #expect(findings.amplitudeError < 0.06)
    // Canaries of the same round hide each other a little.
    #expect(try #require(findings.noise) < 1.08)
    #expect(findings.knownCohort.high > 0.9 * findings.claim)
  }

  /// Noise of half of what is claimed, canaries of twice the bound: each shows on its own.
  @Test func whatIsWrongIsNamed() throws {
    let third: (Int) -> Set<Int> = { round in
      Set((0..<Self.canaries).filter { $0 % 3 == round % 3 })
    }
    let half = try Self.findings(
      rounds: 9, noise: 0.5, claim: Self.claim(noise: 1, participations: 3), members: third)
    #expect(half.knownCohort.violates(half.claim) && half.amplitude < 1.2)
    #expect(half.faults.contains { $0.contains("the noise is") })
    var tally = CanaryTally(canaries: Self.canaries)
    for round in 1...9 {
      tally.look(
        for: third(round),
        in: Self.release(round: round, of: third(round).sorted(), noise: 0.5), scale: 2,
        round: round, using: Self.vectors)
    }
    let double = try #require(
      tally.findings(Self.claim(noise: 1, participations: 3), seed: Self.seed))
    #expect(double.faults.contains { $0.contains("a canary is") })
    // Sooner and more often than the accounting knows.
    let often = try Self.findings(
      rounds: 9, noise: 1, claim: Self.claim(noise: 1, participations: 3))
    #expect(often.knownCohort.violates(often.claim))
  }

  /// Where sampling hides the cohorts, who knows them sees more than is claimed, and no more than
  /// the mechanism without it.
  @Test func knownAndHiddenCohortsAreToldApart() throws {
    var claim = Self.claim(noise: 0.5, participations: 3, isHidden: true)
    claim.epsilon = 20
    let findings = try Self.findings(rounds: 9, noise: 0.5, claim: claim) { round in
      Set((0..<Self.canaries).filter { $0 % 3 == round % 3 })
    }
    let hidden = try #require(findings.hiddenCohort)
    #expect(hidden.high < findings.knownCohort.low && findings.granted == hidden)
    // √3 participations over 0.5, by the analytic Gaussian: Vectors/canary_bands.py.
    #expect(
      abs(
        findings.knownCohortClaim
          - AnalyticGaussian.epsilon(delta: 1e-5, noiseMultiplier: 0.5 / 3.0.squareRoot())) < 1e-9)
    #expect(findings.faults == [])
  }

  @Test func canariesThatNeverTookPartShowNothing() throws {
    var tally = CanaryTally(canaries: Self.canaries)
    for round in 1...4 {
      tally.look(
        for: [], in: Self.release(round: round, of: [], noise: 1), scale: 1, round: round,
        using: Self.vectors)
    }
    #expect(tally.seen == 0)
    #expect(
      tally.findings(Self.claim(noise: 1, participations: 1), seed: Self.seed) == nil)
  }

  @Test func theStateOfARunKeepsTheTally() throws {
    var tally = CanaryTally(canaries: Self.canaries)
    tally.look(
      for: [0, 2], in: Self.release(round: 1, of: [0, 2], noise: 1), scale: 1, round: 1,
      correlation: CanaryTally.Correlation(.tree(isCombined: true), restart: 4),
      using: Self.vectors)
    let data = try JSONEncoder().encode(tally)
    #expect(try JSONDecoder().decode(CanaryTally.self, from: data) == tally)
    #expect(tally.seen == 2)
  }

  /// Vectors that are drawn again each time are those that are kept.
  @Test func keptVectorsAreThoseThatAreDrawn() {
    let (canaries, dimension) = (3, 20)
    let release = (0..<dimension).map { cos(Double($0)) }
    var drawn = [Float](repeating: 0, count: dimension)
    var tally = CanaryTally(canaries: canaries)
    let vectors = CanaryVectors(canaries: canaries, dimension: dimension, seed: 8)
    tally.look(for: 0..<canaries, in: release, scale: 2, round: 1, using: vectors)
    let products = (0..<canaries).map { index in
      drawn.withUnsafeMutableBufferPointer {
        Canary.fill($0, index: index, norm: 1, seed: 8)
      }
      return zip(drawn, release).reduce(0) { $0 + Double($1.0) * $1.1 }
    }
    for (seen, product) in zip(tally.observed, products) {
      #expect(abs(seen - 2 * product) < 1e-6)
    }
  }
}
