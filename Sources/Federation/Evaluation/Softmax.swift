import Glibc

/// Scores as probabilities: exp(score) ÷ the sum of all.
enum Softmax {
  /// Natural logarithm of the sum of exp(score − highest), and the highest score.
  static func normalizer(
    of scores: some Collection<Float>
  ) -> (highest: Float, logTotal: Double) {
    var highest = -Float.infinity
    for score in scores { highest = max(highest, score) }
    var total = 0.0
    for score in scores { total += exp(Double(score - highest)) }
    return (highest, log(total))
  }
}

/// The probability of the most probable of these candidates.
///
/// - Parameter scores: log-probabilities up to a constant; 0 when there is none, or when one of
///   them is not a number.
package func highestProbability(of scores: some Collection<Float>) -> Double {
  guard !scores.isEmpty else { return 0 }
  let probability = exp(-Softmax.normalizer(of: scores).logTotal)
  return probability.isFinite ? probability : 0
}
