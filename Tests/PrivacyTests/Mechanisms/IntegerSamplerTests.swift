import Foundation
import Privacy
import Testing

@Suite struct IntegerSamplerTests {
  private static let draws = 1_000_000

  @Test(arguments: [0.3, 0.5, 1, 2, 100.3])
  func discreteGaussianProbabilities(_ deviation: Double) {
    let sampler = DiscreteGaussianSampler(standardDeviation: deviation)
    var stream = NoiseStream(seed: 11, purpose: .clientNoise, round: 0)
    let last = Int(6 * deviation) + 2
    func weight(_ k: Int) -> Double { exp(-Double(k * k) / (2 * deviation * deviation)) }
    let total = (-2 * last...2 * last).reduce(0) { $0 + weight($1) }
    let score = chiSquareScore(
      draws: Self.draws, probabilities: { weight($0) / total }, last: last
    ) { sampler.sample(using: &stream) }
    #expect(abs(score) < 4)
  }

  /// Values of `privacy.md`, B1: P(0), P(1), P(2).
  @Test(arguments: [
    (0.5, [0.78657071, 0.10645077, 0.00026387]), (1.0, [0.39894228, 0.24197072, 0.05399097]),
    (2.0, [0.19947114, 0.17603266, 0.12098536]),
  ])
  func discreteGaussianFrequencies(_ deviation: Double, _ expected: [Double]) {
    let sampler = DiscreteGaussianSampler(standardDeviation: deviation)
    var stream = NoiseStream(seed: 12, purpose: .clientNoise, round: 0)
    expectFrequencies(expected) { sampler.sample(using: &stream) }
  }

  @Test(arguments: [
    (1.0, [0.46575961, 0.20791042, 0.04993878]), (4.0, [0.20700192, 0.17875084, 0.11762650]),
  ])
  func skellamFrequencies(_ variance: Double, _ expected: [Double]) {
    let sampler = SkellamSampler(variance: variance)
    var stream = NoiseStream(seed: 13, purpose: .clientNoise, round: 0)
    expectFrequencies(expected) { sampler.sample(using: &stream) }
  }

  @Test(arguments: [0.02, 1, 37.5, 2500])
  func skellamProbabilities(_ variance: Double) {
    let sampler = SkellamSampler(variance: variance)
    var stream = NoiseStream(seed: 14, purpose: .clientNoise, round: 0)
    // The definition: a difference of two Poisson numbers of mean variance/2.
    let mean = variance / 2
    let spread = Int(12 * variance.squareRoot()) + 20
    let lowest = max(0, Int(mean) - spread)
    let poisson = (lowest...Int(mean) + spread).map {
      exp(Double($0) * log(mean) - mean - lgamma(Double($0) + 1))
    }
    func probability(_ k: Int) -> Double {
      guard abs(k) < poisson.count else { return 0 }
      return zip(poisson.dropFirst(abs(k)), poisson).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let score = chiSquareScore(
      draws: Self.draws, probabilities: probability, last: Int(6 * variance.squareRoot()) + 2
    ) { sampler.sample(using: &stream) }
    #expect(abs(score) < 4)
  }

  @Test func theDiscreteVarianceIsNeverBelowTheOneAskedFor() {
    for deviation in [0.1, 1, 3.3, 123.456, 31_999.9] {
      let variance = DiscreteGaussianSampler(standardDeviation: deviation).variance
      #expect(variance >= deviation * deviation)
      #expect(variance <= deviation * deviation + 1)
    }
  }

  private func expectFrequencies(_ expected: [Double], sample: () -> Int64) {
    var counts = [0, 0, 0]
    for _ in 0..<Self.draws {
      let value = sample()
      if (0..<3).contains(value) { counts[Int(value)] += 1 }
    }
    for (count, probability) in zip(counts, expected) {
      let mean = probability * Double(Self.draws)
      #expect(abs(Double(count) - mean) < 5 * mean.squareRoot())
    }
  }
}
