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
    self.shape = shape
    var layout = ParameterLayout()
    layout.append("candidate.weight", shape.candidateWidth)
    self.layout = layout
  }

  package var learnsFromUnseenTargets: Bool { false }

  /// Floating-point operations of forward and backward pass per candidate (not per example).
  package var flopsPerCandidate: Int { 4 * shape.candidateWidth }

  package func makeWorkspace(batch: Int) -> Workspace { Workspace() }

  package func initialParameters(using stream: inout RandomStream) -> [Float] {
    [Float](repeating: 0, count: layout.count)
  }

  package func lossAndGradient(
    _ parameters: UnsafePointer<Float>, _ examples: Examples,
    batch: UnsafeBufferPointer<Int32>, gradient: UnsafeMutablePointer<Float>,
    _ workspace: inout Workspace
  ) -> Float {
    let width = shape.candidateWidth
    let scale = 1 / Float(batch.count)
    gradient.update(repeating: 0, count: width)
    var loss: Float = 0
    for index in batch {
      let candidates = examples.candidates(of: Int(index))
      workspace.reserve(candidates.count)
      loss += workspace.scores.withUnsafeMutableBufferPointer { scores in
        examples.candidateFeatures.withUnsafeBufferPointer { features in
          guard let scores = scores.baseAddress, let features = features.baseAddress else {
            preconditionFailure("example \(index) has no candidates")
          }
          let rows = features + candidates.lowerBound * width
          BLAS.multiply(
            rows: candidates.count, columns: width, .init(rows, stride: width),
            vector: parameters, into: scores)
          let loss = crossEntropy(
            scores, count: candidates.count,
            target: Int(examples.targetCandidates[Int(index)]), scale: scale)
          BLAS.multiply(
            rows: candidates.count, columns: width, .init(rows, stride: width, .transposed),
            vector: scores, beta: 1, into: gradient)
          return loss
        }
      }
    }
    return loss * scale
  }

  package func score(
    _ parameters: UnsafePointer<Float>, _ examples: Examples, range: Range<Int>,
    into scores: UnsafeMutablePointer<Float>, _ workspace: inout Workspace
  ) {
    let width = shape.candidateWidth
    let first = examples.candidateOffsets[range.lowerBound]
    examples.candidateFeatures.withUnsafeBufferPointer { features in
      guard let features = features.baseAddress else { return }
      for example in range {
        let candidates = examples.candidates(of: example)
        BLAS.multiply(
          rows: candidates.count, columns: width,
          .init(features + candidates.lowerBound * width, stride: width), vector: parameters,
          into: scores + (candidates.lowerBound - first))
      }
    }
  }
}
