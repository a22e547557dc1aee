import LinearAlgebra
import Models

/// The model that a name stands for in Vectors/models.json.
func makeModel(
  _ name: String, _ shape: ExampleShape, embedding: Int, hidden: Int
) -> any Model {
  switch name {
  case "logistic": CandidateRanker(shape: shape)
  case "softmax_context": SoftmaxRegression(shape: shape, input: .context)
  case "softmax_steps": SoftmaxRegression(shape: shape, input: .steps)
  case "lstm": LSTM(shape: shape, embeddingWidth: embedding, hidden: hidden)
  default: LSTMRanker(shape: shape, embeddingWidth: embedding, hidden: hidden)
  }
}

let modelNames = ["logistic", "softmax_context", "softmax_steps", "lstm", "lstm_ranker"]

/// Mean loss and its gradient over a batch, all examples unless told.
func evaluate<M: Model>(
  _ model: M, _ parameters: [Float], _ examples: Examples, batch: [Int32]? = nil
) -> (loss: Float, gradient: [Float]) {
  let batch = batch ?? Array(0..<Int32(examples.count))
  var workspace = model.makeWorkspace(batch: batch.count)
  return evaluate(model, parameters, examples, batch: batch, &workspace)
}

func evaluate<M: Model>(
  _ model: M, _ parameters: [Float], _ examples: Examples, batch: [Int32],
  _ workspace: inout M.Workspace
) -> (loss: Float, gradient: [Float]) {
  // Not a number wherever the model forgets to write.
  var gradient = [Float](repeating: .nan, count: model.layout.count)
  let loss = batch.withUnsafeBufferPointer { batch in
    model.lossAndGradient(parameters, examples, batch: batch, gradient: &gradient, &workspace)
  }
  return (loss, gradient)
}

/// Scores of all candidates of the examples in a range.
func scores<M: Model>(
  _ model: M, _ parameters: [Float], _ examples: Examples, range: Range<Int>? = nil,
  workspace capacity: Int
) -> [Float] {
  let range = range ?? 0..<examples.count
  let offsets = examples.candidateOffsets
  var scores = [Float](
    repeating: .nan, count: offsets[range.upperBound] - offsets[range.lowerBound])
  var workspace = model.makeWorkspace(batch: capacity)
  model.score(parameters, examples, range: range, into: &scores, &workspace)
  return scores
}

/// Random examples with missing apps, single candidates and lists of any length.
func randomExamples(
  _ shape: ExampleShape, count: Int, maximumCandidates: Int, using stream: inout RandomStream
) -> Examples {
  var examples = Examples(shape: shape)
  for example in 0..<count {
    let missing = stream.below(shape.sequenceLength + 1)
    for step in 0..<shape.sequenceLength {
      examples.apps.append(step < missing ? -1 : Int32(stream.below(shape.vocabulary)))
    }
    for _ in 0..<(shape.sequenceLength * shape.stepWidth) {
      examples.steps.append(Float(stream.normal()))
    }
    for _ in 0..<shape.contextWidth { examples.context.append(Float(stream.normal())) }
    let candidates = example == 0 ? 1 : 1 + stream.below(maximumCandidates)
    for _ in 0..<candidates {
      examples.candidateApps.append(Int32(stream.below(shape.vocabulary)))
      for _ in 0..<shape.candidateWidth {
        examples.candidateFeatures.append(Float(stream.normal()))
      }
    }
    examples.candidateOffsets.append(examples.candidateApps.count)
    examples.targets.append(Int32(stream.below(shape.vocabulary)))
    examples.targetCandidates.append(Int32(stream.below(candidates)))
  }
  return examples
}

/// Random parameters of ordinary size, none zero.
func randomParameters(_ count: Int, using stream: inout RandomStream) -> [Float] {
  (0..<count).map { _ in Float(0.4 * stream.normal()) }
}
