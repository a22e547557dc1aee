import LinearAlgebra
import Models
import Testing

/// Every model against PyTorch in float64 (Vectors/models.py).
struct VectorTests {
  static let vectors = try? ModelVectors.load()

  /// Largest difference relative to the largest expected magnitude.
  func error(_ found: [Float], _ expected: [Double]) -> Double {
    let scale = expected.map(abs).max() ?? 1
    return zip(found, expected).map { abs(Double($0) - $1) }.max().map { $0 / scale } ?? 0
  }

  @Test(arguments: 0..<2, modelNames)
  func agreesWithPyTorch(group: Int, name: String) throws {
    let vectors = try #require(Self.vectors)
    let group = vectors.groups[group]
    let expected = try #require(group.cases.first { $0.model == name })
    let model = makeModel(name, group.shape, embedding: group.embedding, hidden: group.hidden)
    try check(model, expected, group.examples.examples(group.shape), vectors)
  }

  func check<M: Model>(
    _ model: M, _ expected: ModelVectors.Case, _ examples: Examples, _ vectors: ModelVectors
  ) throws {
    #expect(model.layout.slices.map(\.name) == expected.names)
    try #require(model.layout.count == expected.parameters.count)

    let (loss, gradient) = evaluate(model, expected.parameters, examples)
    #expect(abs(Double(loss) - expected.loss) < 1e-6 * max(1, expected.loss))
    let isFinite = gradient.allSatisfy { $0.isFinite }
    #expect(isFinite, "an element of the gradient was not written")
    #expect(error(gradient, expected.gradient) < 2e-6)

    let found = scores(model, expected.parameters, examples, workspace: 3)
    #expect(found.count == expected.scores.count)
    #expect(error(found, expected.scores) < 1e-6)

    for (momentum, trained) in [
      (vectors.momentum, expected.trained), (0, expected.trainedWithoutMomentum),
    ] {
      var parameters = expected.parameters
      let optimizer = ClientOptimizer(
        learningRate: vectors.learningRate, momentum: momentum, weightDecay: vectors.weightDecay)
      var trainer = LocalTrainer(model: model, optimizer: optimizer, batchSize: examples.count)
      var stream = RandomStream(seed: 1, purpose: .exampleOrder)
      let training = trainer.train(
        &parameters, on: examples, epochs: vectors.steps, shuffledBy: &stream)
      #expect(training.steps == vectors.steps)
      #expect(abs(training.loss - expected.loss) < 1e-6 * max(1, expected.loss))
      #expect(error(parameters, trained) < 5e-6)
    }
  }
}
