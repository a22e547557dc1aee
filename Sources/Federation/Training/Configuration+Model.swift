import LinearAlgebra
import Models
import UsageData

extension Configuration {
  /// The shape of every example of this experiment.
  package var exampleShape: ExampleShape {
    switch population.source {
    case .benchmark:
      BenchmarkPopulation.shape(
        vocabulary: model.vocabulary, sequenceLength: model.sequenceLength)
    case .synthetic, .file:
      FeatureLayout.shape(vocabulary: model.vocabulary, sequenceLength: model.sequenceLength)
    }
  }

  /// The model that this experiment trains.
  package func makeModel() -> any Model {
    let shape = exampleShape
    switch model.kind {
    case .logistic:
      return CandidateRanker(shape: shape)
    case .softmax:
      // The benchmark's context is that of the steps; phones have one of the moment as well.
      let input: SoftmaxRegression.Input = population.source == .benchmark ? .steps : .context
      return SoftmaxRegression(shape: shape, input: input)
    case .lstm:
      return LSTM(shape: shape, embeddingWidth: model.embedding, hidden: model.hidden)
    case .lstmRanker:
      return LSTMRanker(shape: shape, embeddingWidth: model.embedding, hidden: model.hidden)
    }
  }

  /// The parameters that round 1 starts from.
  package func initialParameters(of model: some Model) -> [Float] {
    var stream = stream(.initialParameters)
    return model.initialParameters(using: &stream)
  }

  /// The optimizer of local training.
  package var clientOptimizer: ClientOptimizer {
    ClientOptimizer(
      learningRate: Float(training.local.learningRate), momentum: Float(training.local.momentum),
      weightDecay: Float(training.local.weightDecay))
  }
}
