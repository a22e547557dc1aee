import LinearAlgebra
import Models
import Testing

/// Steps against the papers' rules, written out in double precision.
struct ClientOptimizerTests {
  static let gradients: [[Float]] = [[1, -0.5], [0.25, 0.5], [-2, 0.125], [0.5, 0]]

  static func run(_ optimizer: ClientOptimizer, proximal: Float = 0, drift: [Float]? = nil)
    -> [Float]
  {
    var (w, first, second): ([Float], [Float], [Float]) = ([0.3, -0.7], [0, 0], [0, 0])
    for (index, gradient) in gradients.enumerated() {
      func step(_ drift: UnsafePointer<Float>?) {
        optimizer.step(
          &w, gradient: gradient, proximal: proximal, drift: drift, first: &first,
          second: &second, number: index + 1, count: 2)
      }
      if let drift { drift.withUnsafeBufferPointer { step($0.baseAddress) } } else { step(nil) }
    }
    return w
  }

  @Test func adamIsAsPublished() {
    let found = Self.run(
      ClientOptimizer(
        learningRate: 0.1, weightDecay: 0.01,
        kind: .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8)))
    for (index, start) in [0.3, -0.7].enumerated() {
      var (w, m, v, power1, power2) = (start, 0.0, 0.0, 1.0, 1.0)
      for gradient in Self.gradients {
        let g = Double(gradient[index]) + 0.01 * w
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g * g
        power1 *= 0.9
        power2 *= 0.999
        w -= 0.1 * (m / (1 - power1)) / ((v / (1 - power2)).squareRoot() + 1e-8)
      }
      #expect(abs(Double(found[index]) - w) < 1e-5)
    }
  }

  @Test func adagradIsAsPublished() {
    let found = Self.run(
      ClientOptimizer(learningRate: 0.1, weightDecay: 0.01, kind: .adagrad(epsilon: 1e-8)))
    for (index, start) in [0.3, -0.7].enumerated() {
      var (w, sum) = (start, 0.0)
      for gradient in Self.gradients {
        let g = Double(gradient[index]) + 0.01 * w
        sum += g * g
        w -= 0.1 * g / (sum.squareRoot() + 1e-8)
      }
      #expect(abs(Double(found[index]) - w) < 1e-6)
    }
  }

  /// A drift is added to the gradient, and a proximal weight to the weight decay, by every optimizer.
  @Test(arguments: [0, 1, 2]) func driftAndProximalTermChangeTheSlope(kind: Int) {
    let kinds: [ClientOptimizer.Kind] = [
      .sgd, .adagrad(epsilon: 1e-8), .adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8),
    ]
    let momentum: Float = kind == 0 ? 0.5 : 0
    let optimizer = ClientOptimizer(learningRate: 0.1, momentum: momentum, kind: kinds[kind])
    var decayed = optimizer
    decayed.weightDecay = 0.2
    #expect(Self.run(optimizer, proximal: 0.2) == Self.run(decayed))
    #expect(Self.run(optimizer, drift: [0, 0]) == Self.run(optimizer))
    #expect(Self.run(optimizer, drift: [0.5, -1]) != Self.run(optimizer))
  }

  /// A plain step with a drift is the one that is written out; with a drift of zeros and with none the
  /// bits are the same, whatever way of its own a model has to descend.
  @Test(arguments: modelNames) func aDriftOfZerosChangesNoBit(name: String) {
    let shape = ExampleShape(
      vocabulary: 19, sequenceLength: 3, stepWidth: 2, contextWidth: 21, candidateWidth: 3)
    check(makeModel(name, shape, embedding: 4, hidden: 6))

    func check<M: Model>(_ model: M) {
      var stream = RandomStream(seed: 9, purpose: .benchmarkData)
      let examples = randomExamples(shape, count: 29, maximumCandidates: 5, using: &stream)
      let start = randomParameters(model.layout.count, using: &stream)
      var trainer = LocalTrainer(
        model: model, optimizer: ClientOptimizer(learningRate: 0.1, weightDecay: 0.1),
        batchSize: 12)
      func train(_ drift: [Float]?, _ work: LocalWork = .epochs(2)) -> [Float] {
        var local = [Float](repeating: .nan, count: start.count)
        var order = RandomStream(seed: 5, purpose: .exampleOrder)
        func run(_ drift: UnsafePointer<Float>?) {
          _ = trainer.train(
            from: start, to: &local, on: examples, work, LocalObjective(drift: drift),
            shuffledBy: &order)
        }
        if let drift { drift.withUnsafeBufferPointer { run($0.baseAddress) } } else { run(nil) }
        return local
      }
      let zeros = [Float](repeating: 0, count: start.count)
      #expect(train(zeros) == train(nil))
      // Two passes of three batches are six steps.
      #expect(train(nil, .steps(6)) == train(nil))
      #expect(train(nil, .steps(5)) != train(nil))
      var ones = zeros
      ones[0] = 1
      #expect(train(ones) != train(nil))
    }
  }
}
