import LinearAlgebra

/// Embedded previous apps and their context → LSTM → linear → vocabulary.
///
/// Hochreiter & Schmidhuber 1997 with forget gates, as PyTorch's `nn.LSTM` writes it: gates in
/// the order i, f, g, o, zero initial state, but one bias vector where PyTorch adds two. The
/// input of step t is [embedding of app t, context floats of step t]; the embedding of id -1 is
/// the zero vector. The last output alone is scored.
package struct LSTM: Model {
  package let shape: ExampleShape
  package let embeddingWidth: Int
  package let hidden: Int
  package let layout: ParameterLayout
  /// vocabulary × embedding.
  let embedding: Range<Int>
  /// 4 hidden × (embedding + stepWidth).
  let inputWeight: Range<Int>
  /// 4 hidden × hidden.
  let recurrentWeight: Range<Int>
  /// 4 hidden.
  let bias: Range<Int>
  /// vocabulary × hidden.
  let outputWeight: Range<Int>
  /// vocabulary.
  let outputBias: Range<Int>

  package init(shape: ExampleShape, embeddingWidth: Int, hidden: Int) {
    precondition(shape.sequenceLength >= 1, "an LSTM reads at least one step")
    precondition(embeddingWidth >= 1 && hidden >= 1, "an LSTM without units")
    self.shape = shape
    self.embeddingWidth = embeddingWidth
    self.hidden = hidden
    var layout = ParameterLayout()
    embedding = layout.append("embedding.weight", shape.vocabulary, embeddingWidth)
    inputWeight = layout.append("lstm.weight_ih", 4 * hidden, embeddingWidth + shape.stepWidth)
    recurrentWeight = layout.append("lstm.weight_hh", 4 * hidden, hidden)
    bias = layout.append("lstm.bias", 4 * hidden)
    outputWeight = layout.append("output.weight", shape.vocabulary, hidden)
    outputBias = layout.append("output.bias", shape.vocabulary)
    self.layout = layout
  }

  package var learnsFromUnseenTargets: Bool { true }

  /// Floats of one step's input.
  var inputWidth: Int { embeddingWidth + shape.stepWidth }

  /// Floating-point operations of the matrix products of one example, forward and backward.
  ///
  /// Counted as the equations are written: the input products at every position (sharing them
  /// between equal apps is our saving, not less work done), the recurrent ones at all steps but
  /// the first, whose state is zero. Context floats need no gradient.
  package var flopsPerExample: Int {
    let steps = shape.sequenceLength
    let recurrent = (steps - 1) * hidden
    let forward = 4 * hidden * (steps * inputWidth + recurrent) + hidden * shape.vocabulary
    let stateGradient =
      4 * hidden * (steps * embeddingWidth + recurrent) + hidden * shape.vocabulary
    // Weight gradients take as many operations as the forward pass.
    return 2 * (2 * forward + stateGradient)
  }

  package func makeWorkspace(batch: Int) -> LSTMWorkspace {
    LSTMWorkspace(model: self, capacity: batch)
  }

  /// PyTorch's uniform ±1/√hidden, with three exceptions.
  ///
  /// Embeddings are small; forget gates are open (Jozefowicz et al. 2015,
  /// https://proceedings.mlr.press/v37/jozefowicz15.html); the output layer is so small that the
  /// first predictions are nearly uniform.
  package func initialParameters(using stream: inout RandomStream) -> [Float] {
    var parameters = [Float](repeating: 0, count: layout.count)
    let bound = 1 / Double(hidden).squareRoot()
    for index in embedding { parameters[index] = Float(0.1 * stream.normal()) }
    for index in inputWeight.lowerBound..<recurrentWeight.upperBound {
      parameters[index] = Float(bound * (2 * stream.uniform() - 1))
    }
    for index in bias.dropFirst(hidden).prefix(hidden) { parameters[index] = 1 }
    for index in outputWeight {
      parameters[index] = Float(0.1 * bound * (2 * stream.uniform() - 1))
    }
    return parameters
  }

  package func lossAndGradient(
    _ parameters: UnsafePointer<Float>, _ examples: Examples,
    batch: UnsafeBufferPointer<Int32>, gradient: UnsafeMutablePointer<Float>,
    _ workspace: inout LSTMWorkspace
  ) -> Float {
    pack(parameters, workspace)
    let distinct = forward(parameters, examples, batch, workspace)
    let loss = meanCrossEntropy(
      workspace.logits, count: shape.vocabulary, stride: workspace.logitStride,
      targets: examples.targets, batch: batch)
    backward(
      parameters, count: batch.count, distinct: distinct, gradient: gradient, workspace)
    return loss
  }

  package func score(
    _ parameters: UnsafePointer<Float>, _ examples: Examples, range: Range<Int>,
    into scores: UnsafeMutablePointer<Float>, _ workspace: inout LSTMWorkspace
  ) {
    pack(parameters, workspace)
    let first = examples.candidateOffsets[range.lowerBound]
    workspace.forEachChunk(of: range) { chunk, indices in
      forward(parameters, examples, indices, workspace)
      for (row, example) in chunk.enumerated() {
        let logits = workspace.logits + row * workspace.logitStride
        logSoftmax(logits, count: shape.vocabulary, scratch: workspace.scratch)
        let candidates = examples.candidates(of: example)
        examples.gather(logits, candidates, into: scores + (candidates.lowerBound - first))
      }
    }
  }
}
