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
    case .worker:
      // The program has examples of its own.
      ExampleShape(
        vocabulary: 2, sequenceLength: 1, stepWidth: 0, contextWidth: 0, candidateWidth: 0)
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
    case .worker:
      return ForeignModel(parameters: model.parameters.value ?? 1)
    }
  }

  /// The parameters that round 1 starts from.
  package func initialParameters(of model: some Model) -> [Float] {
    var stream = stream(.initialParameters)
    return model.initialParameters(using: &stream)
  }

  /// The optimizer of local training.
  package var clientOptimizer: ClientOptimizer {
    let local = training.local
    let kind: ClientOptimizer.Kind =
      switch local.optimizer {
      case .sgd: .sgd
      case .adagrad: .adagrad(epsilon: Float(local.epsilon))
      case .adam:
        .adam(
          beta1: Float(local.beta1), beta2: Float(local.beta2), epsilon: Float(local.epsilon))
      }
    return ClientOptimizer(
      learningRate: Float(local.learningRate), momentum: Float(local.momentum),
      weightDecay: Float(local.weightDecay), kind: kind)
  }

  /// What the experiment's algorithm sends and keeps.
  package var algorithmLayouts: AlgorithmLayouts {
    layouts(of: makeModel().layout)
  }

  /// The same for another model than the experiment's.
  func layouts(of model: ParameterLayout) -> AlgorithmLayouts {
    let shared = sharedPart(of: model)
    var layouts = algorithm.algorithm.layouts(AlgorithmSettings(self, model: shared.layout))
    if isCentredByClients { layouts.broadcast.append("centre", layouts.report.count) }
    let kept = personalisation.method?.kept(shared) ?? ParameterLayout()
    guard kept.count > 0 else { return layouts }
    let start = layouts.clientState.count
    layouts.clientState.append(kept, as: "personal")
    layouts.personal = start..<layouts.clientState.count
    return layouts
  }

  /// What of a model travels.
  func sharedPart(of model: ParameterLayout) -> SharedPart {
    guard let method = personalisation.method, method.keepsPartLocal else {
      return SharedPart(of: model)
    }
    return SharedPart(
      of: model, without: LocalSlices.ranges(personalisation.localNames(in: model), in: model))
  }

  /// Numbers that a client reports: the update of the model, and what else the algorithm asks for.
  package var reportLength: Int { algorithmLayouts.report.count }
}

extension LocalConfiguration {
  /// How long a client trains.
  package var work: LocalWork { steps.value.map(LocalWork.steps) ?? .epochs(epochs) }

  /// Optimizer steps of a client with so many examples.
  package func stepCount(examples: Int) -> Int {
    steps.value ?? epochs * ((examples + batchSize - 1) / batchSize)
  }
}
