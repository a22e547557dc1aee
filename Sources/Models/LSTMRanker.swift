import LinearAlgebra

/// An LSTM's logit for each candidate's app plus a linear score of the candidate's features.
///
/// score(c) = logit(app of c) + w · f(c), softmax over the example's own candidates. The output
/// layer and w start at zero, so training starts where `CandidateRanker` starts.
package struct LSTMRanker: Model {
  package struct Workspace {
    var network: LSTMWorkspace
    var ranker: CandidateRanker.Workspace
  }

  package let layout: ParameterLayout
  private let network: LSTM
  /// candidateWidth.
  private let candidateWeight: Range<Int>

  package init(shape: ExampleShape, embeddingWidth: Int, hidden: Int) {
    network = LSTM(shape: shape, embeddingWidth: embeddingWidth, hidden: hidden)
    var layout = network.layout
    candidateWeight = layout.append("candidate.weight", shape.candidateWidth)
    self.layout = layout
  }

  package var shape: ExampleShape { network.shape }

  package var learnsFromUnseenTargets: Bool { false }

  /// Operations of the LSTM's matrix products; each candidate adds `flopsPerCandidate`.
  package var flopsPerExample: Int { network.flopsPerExample }

  /// Floating-point operations of the linear score, forward and backward, per candidate.
  package var flopsPerCandidate: Int { 4 * shape.candidateWidth }

  package func makeWorkspace(batch: Int) -> Workspace {
    Workspace(network: network.makeWorkspace(batch: batch), ranker: .init())
  }

  package func initialParameters(using stream: inout RandomStream) -> [Float] {
    var parameters = network.initialParameters(using: &stream)
    for index in network.outputWeight { parameters[index] = 0 }
    parameters.append(contentsOf: repeatElement(0, count: candidateWeight.count))
    return parameters
  }

  package func lossAndGradient(
    _ parameters: UnsafePointer<Float>, _ examples: Examples,
    batch: UnsafeBufferPointer<Int32>, gradient: UnsafeMutablePointer<Float>,
    _ workspace: inout Workspace
  ) -> Float {
    network.pack(parameters, workspace.network)
    let distinct = network.forward(parameters, examples, batch, workspace.network)
    let scale = 1 / Float(batch.count)
    let candidateGradient = gradient + candidateWeight.lowerBound
    candidateGradient.update(repeating: 0, count: candidateWeight.count)
    var loss: Float = 0
    for (row, index) in batch.enumerated() {
      loss += rank(
        parameters, examples, Int(index), scale: scale,
        logits: workspace.network.logits + row * workspace.network.logitStride,
        candidateGradient, &workspace.ranker)
    }
    network.backward(
      parameters, count: batch.count, distinct: distinct, gradient: gradient, workspace.network)
    return loss * scale
  }

  /// Loss of one example; its logits are replaced by their gradient, that of the candidates'
  /// weights is added to.
  private func rank(
    _ parameters: UnsafePointer<Float>, _ examples: Examples, _ example: Int, scale: Float,
    logits: UnsafeMutablePointer<Float>, _ candidateGradient: UnsafeMutablePointer<Float>,
    _ workspace: inout CandidateRanker.Workspace
  ) -> Float {
    let candidates = examples.candidates(of: example)
    workspace.reserve(candidates.count)
    return workspace.scores.withUnsafeMutableBufferPointer { buffer in
      guard let scores = buffer.baseAddress else { return 0 }
      examples.gather(logits, candidates, into: scores)
      examples.addLinearScores(parameters + candidateWeight.lowerBound, candidates, to: scores)
      let loss = crossEntropy(
        scores, count: candidates.count, target: examples.targetCandidates[example],
        scale: scale)
      logits.update(repeating: 0, count: shape.vocabulary)
      for (position, candidate) in candidates.enumerated() {
        logits[Int(examples.candidateApps[candidate])] += scores[position]
      }
      examples.addLinearGradient(scores, candidates, to: candidateGradient)
      return loss
    }
  }

  package func score(
    _ parameters: UnsafePointer<Float>, _ examples: Examples, range: Range<Int>,
    into scores: UnsafeMutablePointer<Float>, _ workspace: inout Workspace
  ) {
    let buffers = workspace.network
    let first = examples.candidateOffsets[range.lowerBound]
    network.pack(parameters, buffers)
    buffers.forEachChunk(of: range) { chunk, indices in
      network.forward(parameters, examples, indices, buffers)
      for (row, example) in chunk.enumerated() {
        let candidates = examples.candidates(of: example)
        let target = scores + (candidates.lowerBound - first)
        examples.gather(buffers.logits + row * buffers.logitStride, candidates, into: target)
        examples.addLinearScores(
          parameters + candidateWeight.lowerBound, candidates, to: target)
      }
    }
  }
}
