import LinearAlgebra
import Models
import Testing

struct ModelTests {
  /// The workload of the speed benchmark.
  static let benchmark = ExampleShape(
    vocabulary: 64, sequenceLength: 16, stepWidth: 8, contextWidth: 12, candidateWidth: 24)

  @Test func parameterCounts() {
    let shape = Self.benchmark
    #expect(CandidateRanker(shape: shape).layout.count == 24)
    #expect(SoftmaxRegression(shape: shape, input: .context).layout.count == 12 * 64 + 64)
    #expect(SoftmaxRegression(shape: shape, input: .steps).layout.count == 128 * 64 + 64)
    #expect(LSTM(shape: shape, embeddingWidth: 32, hidden: 64).layout.count == 33_088)
    #expect(LSTMRanker(shape: shape, embeddingWidth: 32, hidden: 64).layout.count == 33_112)
  }

  @Test func slicesFollowOneAnother() {
    let layout = LSTMRanker(shape: Self.benchmark, embeddingWidth: 32, hidden: 64).layout
    var end = 0
    for slice in layout.slices {
      #expect(slice.range.lowerBound == end)
      #expect(slice.count == slice.shape.reduce(1, *))
      end = slice.range.upperBound
    }
    #expect(end == layout.count)
  }

  /// Each product of one example, inner × outputs, counted by hand.
  @Test func flopCounts() {
    let lstm = LSTM(shape: Self.benchmark, embeddingWidth: 32, hidden: 64)
    let forward = 16 * (40 * 256) + 15 * (64 * 256) + 64 * 64
    let weightGradients = 16 * (40 * 256) + 15 * (64 * 256) + 64 * 64
    let stateGradients = 16 * (32 * 256) + 15 * (64 * 256) + 64 * 64
    #expect(lstm.flopsPerExample == 2 * (forward + weightGradients + stateGradients))
    #expect(lstm.flopsPerExample == 2_416_640)
    let ranker = LSTMRanker(shape: Self.benchmark, embeddingWidth: 32, hidden: 64)
    #expect(ranker.flopsPerExample == 2_416_640)
    #expect(ranker.flopsPerCandidate == 2 * (24 + 24))
    #expect(CandidateRanker(shape: Self.benchmark).flopsPerCandidate == 2 * (24 + 24))
    let softmax = SoftmaxRegression(shape: Self.benchmark, input: .steps)
    #expect(softmax.flopsPerExample == 2 * (128 * 64 + 64 * 128))
  }

  @Test func lstmStartsWithOpenForgetGates() throws {
    let model = LSTM(shape: Self.benchmark, embeddingWidth: 32, hidden: 64)
    var stream = RandomStream(seed: 1, purpose: .initialParameters)
    let parameters = model.initialParameters(using: &stream)
    #expect(parameters.count == model.layout.count)
    let slices = Dictionary(uniqueKeysWithValues: model.layout.slices.map { ($0.name, $0.range) })
    let bias = parameters[try #require(slices["lstm.bias"])]
    #expect(
      Array(bias) == [Float](repeating: 0, count: 64) + Array(repeating: 1, count: 64)
        + Array(repeating: 0, count: 128))
    for name in ["lstm.weight_ih", "lstm.weight_hh"] {
      let weights = parameters[try #require(slices[name])]
      let largest = weights.map(abs).max() ?? 0
      #expect(largest <= 0.125 && largest > 0.12)  // 1 / √64
    }
  }

  /// Before any training `lstm_ranker` scores exactly as `logistic` does: all candidates alike.
  @Test func lstmRankerStartsAsRanker() {
    var stream = RandomStream(seed: 2, purpose: .initialParameters)
    let examples = randomExamples(
      Self.benchmark, count: 5, maximumCandidates: 9, using: &stream)
    let model = LSTMRanker(shape: Self.benchmark, embeddingWidth: 8, hidden: 16)
    let parameters = model.initialParameters(using: &stream)
    #expect(scores(model, parameters, examples, workspace: 5).allSatisfy { $0 == 0 })
    // The output layer gets a gradient at once, so the network starts to learn.
    let gradient = evaluate(model, parameters, examples).gradient
    let output = model.layout.slices.first { $0.name == "output.weight" }
    #expect(gradient[output?.range ?? 0..<0].contains { $0 != 0 })
  }

  /// Candidates with the same vocabulary id (the rare apps share the last) score alike.
  @Test(arguments: ["softmax_context", "softmax_steps", "lstm"])
  func equalIdsScoreAlike(name: String) {
    let shape = Self.benchmark
    var stream = RandomStream(seed: 3, purpose: .benchmarkData)
    var examples = randomExamples(shape, count: 1, maximumCandidates: 1, using: &stream)
    examples.candidateApps = [63, 4, 63]
    examples.candidateOffsets = [0, 3]
    examples.candidateFeatures = (0..<(3 * shape.candidateWidth)).map { _ in 0 }
    let model = makeModel(name, shape, embedding: 8, hidden: 16)
    let parameters = randomParameters(model.layout.count, using: &stream)
    let found = scores(model, parameters, examples, workspace: 1)
    #expect(found[0] == found[2])
    #expect(found[0] != found[1])
  }

  @Test func rankersRefuseUnseenTargets() async {
    #expect(!CandidateRanker(shape: Self.benchmark).learnsFromUnseenTargets)
    #expect(
      !LSTMRanker(shape: Self.benchmark, embeddingWidth: 8, hidden: 8).learnsFromUnseenTargets)
    await #expect(processExitsWith: .failure) {
      var stream = RandomStream(seed: 4, purpose: .benchmarkData)
      var examples = randomExamples(
        ModelTests.benchmark, count: 2, maximumCandidates: 3, using: &stream)
      examples.targetCandidates[1] = -1
      _ = evaluate(
        CandidateRanker(shape: ModelTests.benchmark), [Float](repeating: 0, count: 24), examples)
    }
  }
}
