import Foundation
import Privacy
import Testing

/// Compositions against integrals over characteristic functions, from `Vectors/composed_losses.py`.
@Suite struct ComposedLossTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let release: PrivacyRelease
    let adjacency: Adjacency
    let count: Int
    let delta: Double
    let epsilon: Double

    var testDescription: String { "\(release) × \(count) at \(delta)" }

    static func read() -> [Row] {
      let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      let text = try? String(
        contentsOf: folder.appending(path: "Vectors/composed_losses.csv"), encoding: .utf8)
      return (text ?? "").split(separator: "\n").dropFirst().map { line in
        let fields = line.split(separator: ",").map(String.init)
        let numbers = fields.map { Double($0) ?? .nan }
        let isFixed = fields[0] == "fixed_size"
        return Row(
          release: isFixed
            ? .fixedSizeGaussian(samplingRate: numbers[1], noiseMultiplier: numbers[2])
            : .poissonGaussian(samplingRate: numbers[1], noiseMultiplier: numbers[2]),
          adjacency: isFixed ? .replaceOne : .addOrRemove, count: Int(numbers[3]),
          delta: numbers[4], epsilon: numbers[5])
      }
    }
  }

  private static let rows = Row.read()

  @Test func theTableIsComplete() {
    #expect(Self.rows.count == 200)
  }

  /// Every third row; `scripts/check-accounting.py` asks the program all of them, and new ones.
  @Test(arguments: stride(from: 0, to: rows.count, by: 3).map { rows[$0] })
  func neverBelowTheTruthAndHardlyAbove(_ row: Row) throws {
    var accounting = PrivacyAccountant(adjacency: row.adjacency)
    let epsilon = try accounting.guarantee(
      of: [PrivacyEvent(row.release, count: row.count)], delta: row.delta
    ).epsilon
    #expect(epsilon >= row.epsilon * (1 - 1e-7))
    #expect(epsilon <= row.epsilon * (row.count <= 1_000_000 ? 1.005 : 1.06))
  }

  /// Exact integrals of the review, to the digits given there; the Fourier transform of untilted
  /// losses was up to 0.06 too small at these.
  @Test(
    arguments: [
      (0.02, 1, 4_000, 1e-10, 12.38325), (0.3, 10, 5_000, 1e-10, 15.35947),
      (0.001, 1, 100_000, 1e-10, 2.59025), (0.1, 20, 100_000, 1e-10, 10.91954),
      (0.1, 1_000, 10_000_000, 1e-10, 1.90928), (0.5, 5_000, 16_000_000, 1e-9, 2.29364),
      // Few steps of the usual grid: composed_losses.py.
      (0.05984, 304.1, 2, 1.187e-11, 0.0014111894275827125),
    ] as [(Double, Double, Int, Double, Double)])
  func smallDeltasAndManyReleases(
    rate: Double, noise: Double, count: Int, delta: Double, exact: Double
  ) throws {
    var accounting = PrivacyAccountant(adjacency: .addOrRemove)
    let guarantee = try accounting.guarantee(
      of: [
        PrivacyEvent(.poissonGaussian(samplingRate: rate, noiseMultiplier: noise), count: count)
      ], delta: delta)
    #expect(abs(guarantee.epsilon - exact) < 6e-6)
    #expect(guarantee.accountant == .pld)
  }

  /// Where next to nobody takes part the integral does not converge, and a tilted grid answers.
  ///
  /// Values of `dp_reference.py sparse`.
  @Test(
    arguments: [
      (0.00193405, 0.432046, 2, 7.13885e-11, 8.669528871206284),
      (4.70756e-06, 0.451451, 15685, 1.76205e-07, 0.5894020703759976),
      (2.47617e-05, 0.375883, 483, 5.58324e-06, 1.3823650173729733),
    ] as [(Double, Double, Int, Double, Double)])
  func sparseParticipation(
    rate: Double, noise: Double, count: Int, delta: Double, epsilon: Double
  ) throws {
    var accounting = PrivacyAccountant(adjacency: .addOrRemove)
    let answer = try accounting.guarantee(
      of: [
        PrivacyEvent(.poissonGaussian(samplingRate: rate, noiseMultiplier: noise), count: count)
      ], delta: delta
    ).epsilon
    #expect(abs(answer - epsilon) < 1e-4 * epsilon)
  }

  /// A sum of all valid bounds' smallest: no accountant alone gives less than auto.
  @Test func autoIsTheSmallestAnswer() throws {
    for release in [
      PrivacyRelease.poissonGaussian(samplingRate: 1e-5, noiseMultiplier: 1),
      .poissonGaussian(samplingRate: 0.5, noiseMultiplier: 2000),
      .zeroConcentrated(rho: 1e-4),
    ] {
      let event = PrivacyEvent(release, count: 1_000_000)
      var auto = PrivacyAccountant(adjacency: .addOrRemove)
      let answer = try auto.guarantee(of: [event], delta: 1e-8)
      for accountant in [Accountant.pld, .rdp, .zcdp] {
        var own = PrivacyAccountant(adjacency: .addOrRemove, accountant: accountant)
        guard let guarantee = try? own.guarantee(of: [event], delta: 1e-8) else { continue }
        #expect(answer.epsilon <= guarantee.epsilon)
        if accountant == answer.accountant { #expect(answer.epsilon == guarantee.epsilon) }
      }
      #expect(answer.accountant != .automatic)
    }
  }

  /// One release of a cohort of fixed size: q times the Gaussian's divergence at log(1 + (e^ε − 1)/q)
  /// (Balle, Barthe and Gaboardi 2018, Theorem 9), solved here by bisection.
  @Test(arguments: [0.01, 0.3], [1.0, 4])
  func oneReleaseOfAFixedSize(rate: Double, noise: Double) throws {
    let delta = 1e-5
    func probability(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }
    func divergence(_ epsilon: Double) -> Double {
      let sigma = noise / 2
      let own = log(1 + expm1(epsilon) / rate)
      return rate
        * (probability(0.5 / sigma - own * sigma)
          - exp(own) * probability(-0.5 / sigma - own * sigma))
    }
    var low = 0.0
    var high = 50.0
    for _ in 0..<100 {
      let middle = 0.5 * (low + high)
      if divergence(middle) > delta { low = middle } else { high = middle }
    }
    var accounting = PrivacyAccountant(adjacency: .replaceOne)
    let release = PrivacyRelease.fixedSizeGaussian(samplingRate: rate, noiseMultiplier: noise)
    let epsilon = try accounting.guarantee(of: [PrivacyEvent(release)], delta: delta).epsilon
    #expect(epsilon >= high - 1e-9 && epsilon <= high * (1 + 1e-4) + 1e-9)
  }

  /// The losses compose to less than the Rényi bound of Wang et al., on rows of the reference table.
  @Test func aFixedSizeCostsLessThanBefore() throws {
    for (rate, noise, count, renyi) in [
      (0.0204, 2 * 0.634, 13, 10.171949168722843), (0.054, 2 * 1.04, 902, 26.509292942722034),
      (0.157, 2 * 6.4, 8, 0.47412736375013),
    ] {
      var accounting = PrivacyAccountant(adjacency: .replaceOne)
      let delta = count == 13 ? 2e-10 : count == 902 ? 4e-7 : 2e-5
      let answer = try accounting.guarantee(
        of: [
          PrivacyEvent(.fixedSizeGaussian(samplingRate: rate, noiseMultiplier: noise), count: count)
        ], delta: delta)
      #expect(answer.accountant == .pld && answer.epsilon < 0.95 * renyi)
    }
  }

  /// Leaving makes room for another: the same as Poisson sampling with half the noise.
  @Test func leavingACohortOfFixedSize() throws {
    for accountant in [Accountant.pld, .rdp] {
      var accounting = PrivacyAccountant(adjacency: .addOrRemove, accountant: accountant)
      let fixed = try accounting.guarantee(
        of: [PrivacyEvent(.fixedSizeGaussian(samplingRate: 0.05, noiseMultiplier: 3), count: 40)],
        delta: 1e-6
      ).epsilon
      let poisson = try accounting.guarantee(
        of: [PrivacyEvent(.poissonGaussian(samplingRate: 0.05, noiseMultiplier: 1.5), count: 40)],
        delta: 1e-6
      ).epsilon
      // Few Poisson cohorts are composed on the usual grid.
      #expect(abs(fixed - poisson) < 1e-6 * poisson)
    }
  }

  /// What the sampler's table leaves out counts (1 + e^ε) times for every number that is drawn: here
  /// 2^20 × 2^30 × 10^9 of them, each 2^-107, which is above δ.
  @Test func theTailOfSkellamNoiseIsPartOfDelta() throws {
    let noise = DistributedNoise(
      clients: 1 << 20, localStandardDeviation: 1e6, sensitivity: 1, dimension: 1 << 30)
    func guarantee(_ delta: Double) throws -> PrivacyGuarantee {
      var accounting = PrivacyAccountant(adjacency: .zeroOut)
      return try accounting.guarantee(
        of: [PrivacyEvent(.distributedSkellam(noise), count: 1_000_000_000)], delta: delta)
    }
    #expect(throws: PrivacyError.self) { try guarantee(1e-9) }
    #expect(try guarantee(1e-5).epsilon < 1)
  }
}
