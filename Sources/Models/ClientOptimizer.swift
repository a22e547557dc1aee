/// Steps on one client, with PyTorch's meaning of their options.
///
/// g ← gradient + weightDecay · w, and then by kind:
/// * sgd: v ← momentum · v + g;  w ← w − learningRate · v
/// * adagrad (Duchi et al., JMLR 2011): s ← s + g²;  w ← w − learningRate · g / (√s + ε)
/// * adam (Kingma & Ba, ICLR 2015, https://arxiv.org/abs/1412.6980):
///   m ← β1 m + (1 − β1) g;  s ← β2 s + (1 − β2) g²;
///   w ← w − learningRate · (m / (1 − β1^t)) / (√(s / (1 − β2^t)) + ε)
package struct ClientOptimizer: Equatable, Sendable {
  package enum Kind: Equatable, Sendable {
    case sgd
    case adagrad(epsilon: Float)
    case adam(beta1: Float, beta2: Float, epsilon: Float)
  }

  package var learningRate: Float
  package var momentum: Float
  package var weightDecay: Float
  package var kind = Kind.sgd

  package init(
    learningRate: Float, momentum: Float = 0, weightDecay: Float = 0, kind: Kind = .sgd
  ) {
    self.learningRate = learningRate
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.kind = kind
  }

  /// Whether a step is w ← keep · w − rate · gradient, and nothing is remembered.
  package var isPlain: Bool { kind == .sgd && momentum == 0 }

  /// What a plain step keeps of a weight before it takes the gradient off.
  ///
  /// - Parameter proximal: pull towards zero beside weight decay; the rest of a proximal term is drift.
  package func keep(proximal: Float) -> Float { 1 - learningRate * (weightDecay + proximal) }

  /// One step that is not plain.
  ///
  /// - Parameters:
  ///   - proximal: is added to the weight decay.
  ///   - drift: is added to the gradient; nil for nothing.
  ///   - first: velocity, or first moments; zero before the first step.
  ///   - second: second moments; zero before the first step.
  ///   - number: of the step, from 1.
  package func step(
    _ parameters: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>,
    proximal: Float = 0, drift: UnsafePointer<Float>? = nil,
    first: UnsafeMutablePointer<Float>, second: UnsafeMutablePointer<Float>, number: Int,
    count: Int
  ) {
    let decay = weightDecay + proximal
    @inline(__always) func slope(_ index: Int) -> Float {
      let slope = gradient[index] + decay * parameters[index]
      return drift.map { slope + $0[index] } ?? slope
    }
    switch kind {
    case .sgd:
      for index in 0..<count {
        first[index] = momentum * first[index] + slope(index)
        parameters[index] -= learningRate * first[index]
      }
    case .adagrad(let epsilon):
      for index in 0..<count {
        let slope = slope(index)
        second[index] += slope * slope
        parameters[index] -= learningRate * slope / (second[index].squareRoot() + epsilon)
      }
    case .adam(let beta1, let beta2, let epsilon):
      // Powers by multiplication: the same bits with every C library.
      let (power1, power2) = (Self.power(beta1, number), Self.power(beta2, number))
      let (scale1, scale2) = (Float(1 / (1 - power1)), Float(1 / (1 - power2)))
      for index in 0..<count {
        let slope = slope(index)
        first[index] = beta1 * first[index] + (1 - beta1) * slope
        second[index] = beta2 * second[index] + (1 - beta2) * slope * slope
        parameters[index] -=
          learningRate * (first[index] * scale1) / ((second[index] * scale2).squareRoot() + epsilon)
      }
    }
  }

  private static func power(_ base: Float, _ exponent: Int) -> Double {
    var (result, square, rest) = (1.0, Double(base), exponent)
    while rest > 0 {
      if rest & 1 == 1 { result *= square }
      square *= square
      rest >>= 1
    }
    return result
  }
}
