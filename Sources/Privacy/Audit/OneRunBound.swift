import Glibc

/// Lower bounds on ε from guesses of one run: which canaries were planted.
///
/// Each of `canaries` was planted by a fair coin of its own. For `guesses` of them, chosen without a
/// look at the coins, somebody said whether, and was right `correct` times. A bound is above the
/// true ε in at most one run of twenty, whatever the canaries are and however the guesses were made.
package struct OneRunBound: Equatable, Sendable {
  package var canaries: Int
  package var guesses: Int
  package var correct: Int

  /// One minus the confidence of the bounds.
  package static let error = 0.05

  package init(canaries: Int, guesses: Int, correct: Int) {
    precondition(0 <= correct && correct <= guesses && guesses <= canaries)
    self.canaries = canaries
    self.guesses = guesses
    self.correct = correct
  }

  // MARK: - Any mechanism

  /// The largest ε with which so many right guesses are too unlikely.
  ///
  /// Steinke, Nasr and Jagielski 2023 (https://arxiv.org/abs/2305.08846), Theorem 5.2. Assumes
  /// nothing of the mechanism, and is about half of the ε of Gaussian noise.
  package func epsilon(delta: Double) -> Double {
    Self.largest(to: 100) { probability(epsilon: $0, delta: delta) <= Self.error }
  }

  /// The largest probability of so many right guesses under (ε, δ).
  package func probability(epsilon: Double, delta: Double) -> Double {
    guard correct > 0 else { return 1 }
    // Of Bin(guesses, e^ε / (1 + e^ε)), each from the logarithm of its factorials.
    let logRight = -log1p(exp(-epsilon))
    let logWrong = -epsilon - log1p(exp(-epsilon))
    func mass(_ count: Int) -> Double {
      let choices =
        lgamma(Double(guesses) + 1) - lgamma(Double(count) + 1)
        - lgamma(Double(guesses - count) + 1)
      return exp(choices + Double(count) * logRight + Double(guesses - count) * logWrong)
    }
    let tail = (correct...guesses).reversed().reduce(0) { $0 + mass($1) }
    var below = 0.0
    var most = 0.0
    for step in 1...correct {
      below += mass(correct - step)
      most = max(most, below / Double(step))
    }
    return min(1, tail + 2 * Double(canaries) * delta * most)
  }

  // MARK: - Gaussian trade-off curves

  /// The largest ε of a Gaussian mechanism with which so many right guesses are too unlikely.
  ///
  /// Mahloujifar, Melis and Chaudhuri 2025 (https://arxiv.org/abs/2410.22235), Algorithm 3, for
  /// guesses of a part of the canaries. Tighter, and a bound where noise is Gaussian.
  package func gaussianEpsilon(delta: Double) -> Double {
    let shift = Self.largest(to: 32) { refutes(shift: $0) }
    return shift > 0 ? AnalyticGaussian.epsilon(delta: delta, noiseMultiplier: 1 / shift) : 0
  }

  /// Whether no mechanism as private as a Gaussian of noise multiplier 1 ÷ shift leaves so many
  /// right guesses to chance.
  package func refutes(shift: Double) -> Bool {
    guard guesses > 0 else { return false }
    let all = Double(guesses) / Double(canaries)
    var right = Self.error * Double(correct) / Double(canaries)
    var wrong = Self.error * Double(guesses - correct) / Double(canaries)
    for count in (0..<correct).reversed() {
      guard right > 0, right < 1 else { break }
      let next = max(
        wrong,
        NormalDistribution.cumulative(
          NormalDistribution.quantile(logProbability: log(right)) - shift))
      right += Double(count) / Double(guesses - count) * (next - wrong)
      wrong = next
      if right + wrong > all { return true }
    }
    return right + wrong > all
  }

  /// The largest number at which `holds`, by bisection; 0 where it never does.
  private static func largest(to most: Double, _ holds: (Double) -> Bool) -> Double {
    guard holds(0) else { return 0 }
    var (low, high) = (0.0, most)
    for _ in 0..<32 {
      let middle = 0.5 * (low + high)
      if holds(middle) { low = middle } else { high = middle }
    }
    return low
  }
}
