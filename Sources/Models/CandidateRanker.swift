import LinearAlgebra

/// Conditional logistic regression: one linear scorer shared by all candidates of an example.
///
/// score(c) = w · f(c), softmax over the example's own candidates (McFadden 1974, "Conditional
/// logit analysis of qualitative choice behavior"). Cannot learn from an example whose target is
/// not among its candidates: the caller leaves those out.
package struct CandidateRanker: Model {
  package struct Workspace {
    /// One example's scores, then their gradient; grows to the longest candidate list met.
    var scores: [Float] = []

    mutating func reserve(_ count: Int) {
      if scores.count < count { scores = [Float](repeating: 0, count: count) }
    }
  }

  package let shape: ExampleShape
  package let layout: ParameterLayout

  package init(shape: ExampleShape) {
    precondition(shape.candidateWidth >= 1, "a ranker needs features to rank by")
    self.shape = shape
    var layout = ParameterLayout()
    layout.append("candidate.weight", shape.candidateWidth)
    self.layout = layout
  }

  package var learnsFromUnseenTargets: Bool { false }

  /// Floating-point operations per candidate (not per example), forward and backward.
  package var flopsPerCandidate: Int { 4 * shape.candidateWidth }

  package func makeWorkspace(batch: Int) -> Workspace { Workspace() }

  /// Zero: the loss is convex.
  package func initialParameters(using stream: inout RandomStream) -> [Float] {
    [Float](repeating: 0, count: layout.count)
  }

  package func lossAndGradient(
    _ parameters: UnsafePointer<Float>, _ examples: Examples,
    batch: UnsafeBufferPointer<Int32>, gradient: UnsafeMutablePointer<Float>,
    _ workspace: inout Workspace
  ) -> Float {
    let scale = 1 / Float(batch.count)
    gradient.update(repeating: 0, count: layout.count)
    var loss: Float = 0
    for index in batch {
      let candidates = examples.candidates(of: Int(index))
      workspace.reserve(candidates.count)
      loss += workspace.scores.withUnsafeMutableBufferPointer { buffer in
        guard let scores = buffer.baseAddress else { return 0 }
        scores.update(repeating: 0, count: candidates.count)
        examples.addLinearScores(parameters, candidates, to: scores)
        let loss = crossEntropy(
          scores, count: candidates.count,
          target: examples.targetCandidates[Int(index)], scale: scale)
        examples.addLinearGradient(scores, candidates, to: gradient)
        return loss
      }
    }
    return loss * scale
  }

  package func score(
    _ parameters: UnsafePointer<Float>, _ examples: Examples, range: Range<Int>,
    into scores: UnsafeMutablePointer<Float>, _ workspace: inout Workspace
  ) {
    let first = examples.candidateOffsets[range.lowerBound]
    for example in range {
      // One product per example: its bits must not depend on the examples beside it.
      let candidates = examples.candidates(of: example)
      let target = scores + (candidates.lowerBound - first)
      target.update(repeating: 0, count: candidates.count)
      examples.addLinearScores(parameters, candidates, to: target)
    }
  }
}
