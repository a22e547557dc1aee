import LinearAlgebra

/// Softmax cross-entropy of one example, in nats.
///
/// Replaces the scores by the derivative of the loss with respect to them, times `scale`.
func crossEntropy(
  _ scores: UnsafeMutablePointer<Float>, count: Int, target: Int, scale: Float
) -> Float {
  precondition(0..<count ~= target, "target \(target) is not one of \(count) classes")
  let targetScore = scores[target]
  let logSum = Elementwise.softmax(count, scores)
  scores[target] -= 1
  for index in 0..<count { scores[index] *= scale }
  return logSum - targetScore
}

/// Turns scores into log-probabilities in place.
func logSoftmax(
  _ scores: UnsafeMutablePointer<Float>, count: Int, scratch: UnsafeMutablePointer<Float>
) {
  scratch.update(from: scores, count: count)
  let logSum = Elementwise.softmax(count, scratch)
  for index in 0..<count { scores[index] -= logSum }
}
