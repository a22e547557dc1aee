import Foundation
import Privacy
import Testing

struct PrivacyProfileTests {
  /// Values of dp_accounting (Vectors/composition.py): what the profile says is never below the truth, and
  /// near to it.
  @Test func profilesAgreeWithAnotherTool() throws {
    let rows = try CompositionRow.read("delta", "true_positives", "total_variation", "mu")
    #expect(rows.count == 32)
    for (key, rows) in Dictionary(grouping: rows, by: \.key) {
      let profile = try PrivacyProfile(of: rows[0].ledger, smallestDelta: 1e-8)
      for row in rows {
        guard row.what != "delta" || row.value > 1e-8 else {
          #expect(profile.delta(epsilon: row.parameter) == nil, "beyond the end of the curve")
          continue
        }
        let (found, tolerance): (Double?, Double) =
          switch row.what {
          // Between two pairs of the profile the curve lies below the line: by up to 4 %.
          case "delta": (profile.delta(epsilon: row.parameter), 0.05 * row.value)
          case "true_positives":
            (profile.largestTruePositiveRate(falsePositiveRate: row.parameter), 0.02 * row.value)
          case "total_variation": (profile.totalVariation, 0.005 * row.value)
          default: (profile.gaussianBound?.mu, 0.01 * row.value)
          }
        let value = try #require(found)
        #expect(
          value > row.value * (1 - 2e-4) && value < row.value + tolerance,
          "\(key) \(row.what) \(row.parameter): \(value) where \(row.value) is true")
      }
    }
  }

  /// Of a Gaussian of μ the loss is above ε with probability 1 − Φ(ε/μ − μ/2): at μ = 1 and ε = 4.377,
  /// where δ is 1e-5, 5.29e-5 by a table of the normal distribution, which is more than δ.
  @Test func aLossAboveEpsilonIsMoreProbableThanDelta() throws {
    var ledger = PrivacyLedger(adjacency: .zeroOut)
    ledger.append(PrivacyEvent(.gaussian(noiseMultiplier: 1)))
    let profile = try PrivacyProfile(of: ledger)
    let bound = profile.probabilityOfLoss(above: 4.377)
    #expect(bound > 5.29e-5 && bound < 4 * 5.29e-5)
    #expect(profile.probabilityOfLoss(above: 0) == 1)
  }

  /// Of one Gaussian everything is known: μ = 1/σ, TPR = Φ(Φ⁻¹(FPR) + μ), δ(0) = 2Φ(μ/2) − 1; values of
  /// the normal distribution from tables.
  @Test func aGaussianIsExactlyItself() throws {
    var ledger = PrivacyLedger(adjacency: .zeroOut)
    ledger.append(PrivacyEvent(.correlatedGaussian(noiseMultiplier: 4, sensitivity: 4)))
    let profile = try PrivacyProfile(of: ledger)
    let gaussian = try #require(profile.gaussianBound)
    #expect(gaussian.isExact && abs(gaussian.mu - 1) < 1e-12)
    #expect(abs(profile.totalVariation - 0.382925) < 1e-3)
    // Φ(−2.326348 + 1) = Φ(−1.326348) = 0.092362.
    let found = profile.largestTruePositiveRate(falsePositiveRate: 0.01)
    #expect(found >= 0.09236 && found < 0.0932)
    // Everybody is accused, and nobody.
    #expect(profile.largestTruePositiveRate(falsePositiveRate: 1) == 1)
    #expect(profile.largestTruePositiveRate(falsePositiveRate: 0) < 0.01)
  }

  @Test func theBoundHoldsBetweenItsPoints() throws {
    var ledger = PrivacyLedger(adjacency: .addOrRemove)
    ledger.append(
      PrivacyEvent(.poissonGaussian(samplingRate: 0.05, noiseMultiplier: 1.5), count: 200))
    let mu = try #require(try PrivacyProfile(of: ledger).gaussianBound?.mu)
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<10 {
      let delta = pow(10, -Double.random(in: 0.8...9.9, using: &generator))
      let own = try ledger.guarantee(delta: delta).epsilon
      let gaussian = AnalyticGaussian.epsilon(delta: delta, noiseMultiplier: 1 / mu)
      #expect(gaussian >= own - 1e-9, "δ = \(delta): \(gaussian) is less than \(own)")
    }
  }

  /// What holds beside the events adds up: no event at all leaves exactly that.
  @Test func whatIsNoEventAddsUp() throws {
    let beside = PrivacyProfile.Point(epsilon: 0.5, delta: 1e-6)
    let profile = try PrivacyProfile(
      of: PrivacyLedger(adjacency: .addOrRemove), beside: beside)
    let last = try #require(profile.points.last)
    #expect(last.epsilon == 0.5 && last.delta > 1e-6)
    #expect(profile.delta(epsilon: 0.5).map { $0 > 1e-6 && $0 < 2e-6 } == true)
  }
}

struct GroupPrivacyTests {
  /// Never below the exact value of a mixture of Gaussians, and exactly it where nothing is sampled.
  @Test func groupsAgreeWithAnotherTool() throws {
    let rows = try CompositionRow.read("group")
    #expect(rows.count == 9)
    for row in rows {
      let group = try GroupPrivacy(
        clients: Int(row.parameter), of: row.ledger, delta: row.delta)
      let isSampled = row.samplingRate < 1
      #expect(group.method == (isSampled ? .groupProperty : .accountant))
      #expect(group.epsilon > row.value - 1e-4, "\(row.testDescription): \(group.epsilon)")
      let factor = isSampled && row.parameter > 1 ? 1.15 : 1.0002
      #expect(group.epsilon < row.value * factor, "\(row.testDescription): \(group.epsilon)")
    }
  }

  /// (ε, δ) for one is (2ε, (1 + e^ε) δ) for two, by two steps.
  @Test func whereNothingElseIsKnownThePropertyHolds() throws {
    var ledger = PrivacyLedger(adjacency: .replaceOne)
    ledger.append(
      PrivacyEvent(.fixedSizeGaussian(samplingRate: 0.02, noiseMultiplier: 3), count: 100))
    let group = try GroupPrivacy(clients: 2, of: ledger, delta: 1e-5)
    #expect(group.method == .groupProperty && group.epsilon.isFinite)
    var best = Double.infinity
    for step in 0...600 {
      let delta = 1e-5 * pow(10, -Double(step) / 100)
      let one = try ledger.guarantee(delta: delta).epsilon
      if (1 + exp(one)) * delta <= 1e-5 { best = min(best, 2 * one) }
    }
    // Looked for in steps of half a power of ten.
    #expect(group.epsilon >= best - 1e-9 && group.epsilon < 1.3 * best, "\(group.epsilon) \(best)")
  }

  /// Another update in the place of a client's own moves a sum by up to two bounds.
  @Test func aDayOfADeviceIsAReplacement() throws {
    var ledger = PrivacyLedger(adjacency: .addOrRemove)
    ledger.append(PrivacyEvent(.gaussian(noiseMultiplier: 6)))
    let day = try GroupPrivacy(replacementIn: ledger, delta: 1e-6)
    #expect(day.method == .accountant)
    #expect(
      abs(day.epsilon - AnalyticGaussian.epsilon(delta: 1e-6, noiseMultiplier: 3)) < 1e-9)
    var distributed = PrivacyLedger(adjacency: .zeroOut)
    let noise = DistributedNoise(
      clients: 100, localStandardDeviation: 2, sensitivity: 10, dimension: 64)
    distributed.append(PrivacyEvent(.distributedSkellam(noise)))
    let two = try GroupPrivacy(replacementIn: distributed, delta: 1e-6)
    #expect(two.method == .groupProperty)
    #expect(try two.epsilon >= 2 * distributed.guarantee(delta: 1e-6).epsilon)
  }
}
