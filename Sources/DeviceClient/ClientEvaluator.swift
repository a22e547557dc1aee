import Federation
import LinearAlgebra
import Models

/// Measures models on one client's examples.
struct ClientEvaluator<M: Model>: ~Copyable {
  static var batch: Int { 64 }

  let configuration: Configuration
  private let model: M
  private let initial: [Float]
  var workspace: M.Workspace
  var trainer: LocalTrainer<M>
  var scores: [Float] = []

  init(_ configuration: Configuration, model: M) {
    self.configuration = configuration
    self.model = model
    initial = configuration.initialParameters(of: model)
    workspace = model.makeWorkspace(batch: Self.batch)
    trainer = LocalTrainer(
      model: model, optimizer: configuration.clientOptimizer,
      batchSize: configuration.training.local.batchSize)
  }

  /// How well these parameters rank the opened app among each example's candidates.
  ///
  /// - Parameters:
  ///   - data: has loaded the examples of `test`.
  ///   - predictor: whose parameters they are.
  mutating func parts(
    _ predictor: Predictor, _ parameters: [Float], on data: ClientData,
    of test: TestMoments
  ) -> [ClientEvaluation.Part] {
    var tallies = PeriodTallies(of: predictor, configuration)
    let examples = data.examples
    forEachScored(parameters, examples) { example, scores in
      tallies.record(
        scores: scores, candidates: data.candidates[examples.candidates(of: example)],
        target: Int(examples.targetCandidates[example]), at: example, of: test)
    }
    return tallies.parts
  }

  /// Shows the scores of each example's candidates.
  mutating func forEachScored(
    _ parameters: [Float], _ examples: Examples,
    _ body: (_ example: Int, _ scores: UnsafeBufferPointer<Float>) -> Void
  ) {
    model.forEachScored(parameters, examples, batch: Self.batch, &scores, &workspace, body)
  }

  /// The parameters of a model of the same kind trained on these examples alone.
  mutating func trainedLocally(client: Int, on examples: Examples) -> [Float] {
    var parameters = initial
    var stream = RandomStream(seed: configuration.seed, purpose: .exampleOrder, client: client)
    trainer.optimizer = configuration.clientOptimizer
    _ = trainer.train(
      &parameters, on: examples, chosen: instructive(examples),
      epochs: configuration.evaluation.localOnlyEpochs, shuffledBy: &stream)
    return parameters
  }

  /// These parameters after one pass over the examples of many clients; `client` is the first.
  mutating func trainedPooled(
    _ parameters: [Float], pass: Int, client: Int, learningRate: Double, on examples: Examples
  ) -> [Float] {
    var parameters = parameters
    // Rounds count up from 1: a stream of its own.
    var stream = RandomStream(
      seed: configuration.seed, purpose: .exampleOrder, round: -pass, client: client)
    trainer.optimizer.learningRate = Float(learningRate)
    _ = trainer.train(
      &parameters, on: examples, chosen: instructive(examples), shuffledBy: &stream)
    return parameters
  }

  /// Examples a model can learn from: one that ranks candidates needs the target among them.
  func instructive(_ examples: Examples) -> [Int32] {
    (0..<Int32(examples.count)).filter {
      model.learnsFromUnseenTargets || examples.targetCandidates[Int($0)] >= 0
    }
  }
}
