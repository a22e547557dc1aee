import LinearAlgebra

/// Softmax cross-entropy of one example, in nats.
///
/// Replaces the scores by the derivative of the loss with respect to them, times `scale`.
func crossEntropy(
  _ scores: UnsafeMutablePointer<Float>, count: Int, target: Int32, scale: Float
) -> Float {
  checkTarget(target, below: count)
  return withUnsafePointer(to: target) { target in
    Elementwise.crossEntropy(
      rows: 1, count: count, scores, stride: count, targets: target, scale: scale)
  }
}

/// Mean softmax cross-entropy of a batch, in nats, whose rows of scores are `stride` apart.
///
/// Replaces the scores by the derivative of the mean.
func meanCrossEntropy(
  _ scores: UnsafeMutablePointer<Float>, count: Int, stride: Int, targets: [Int32],
  batch: UnsafeBufferPointer<Int32>
) -> Float {
  for example in batch { checkTarget(targets[Int(example)], below: count) }
  let scale = 1 / Float(batch.count)
  return scale
    * targets.withUnsafeBufferPointer { targets in
      guard let targets = targets.baseAddress else { return 0 }
      return Elementwise.crossEntropy(
        rows: batch.count, count: count, scores, stride: stride, targets: targets,
        chosen: batch.baseAddress, scale: scale)
    }
}

private func checkTarget(_ target: Int32, below count: Int) {
  precondition(0..<count ~= Int(target), "target \(target) is not one of \(count) classes")
}

/// Turns scores into log-probabilities in place.
func logSoftmax(
  _ scores: UnsafeMutablePointer<Float>, count: Int, scratch: UnsafeMutablePointer<Float>
) {
  scratch.update(from: scores, count: count)
  let logSum = Elementwise.softmax(count, scratch)
  for index in 0..<count { scores[index] -= logSum }
}
