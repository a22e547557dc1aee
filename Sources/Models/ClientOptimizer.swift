/// Stochastic gradient descent on one client, with PyTorch's meaning of its options.
///
/// g ← gradient + weightDecay · w;  v ← momentum · v + g;  w ← w − learningRate · v
package struct ClientOptimizer: Equatable, Sendable {
  package var learningRate: Float
  package var momentum: Float
  package var weightDecay: Float

  package init(learningRate: Float, momentum: Float = 0, weightDecay: Float = 0) {
    self.learningRate = learningRate
    self.momentum = momentum
    self.weightDecay = weightDecay
  }

  /// What a step without momentum keeps of a weight before it takes the gradient off.
  package var keep: Float { 1 - learningRate * weightDecay }

  /// One step with momentum; one without is `Model.descend`'s.
  package func step(
    _ parameters: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>,
    velocity: UnsafeMutablePointer<Float>, count: Int
  ) {
    for index in 0..<count {
      let slope = gradient[index] + weightDecay * parameters[index]
      velocity[index] = momentum * velocity[index] + slope
      parameters[index] -= learningRate * velocity[index]
    }
  }
}
