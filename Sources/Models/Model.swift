import LinearAlgebra

/// A named slice of the flat parameter vector.
package struct ParameterSlice: Equatable, Sendable {
  package let name: String
  /// Row-major; one entry for a vector.
  package let shape: [Int]
  package let range: Range<Int>

  package var count: Int { range.count }
}

/// The names, shapes and places of a model's parameters in one flat vector.
package struct ParameterLayout: Equatable, Sendable {
  package private(set) var slices: [ParameterSlice] = []

  package init() {}

  package var count: Int { slices.last?.range.upperBound ?? 0 }

  /// Appends all slices of another layout, each with `name.` before its own.
  package mutating func append(_ other: ParameterLayout, as name: String) {
    let start = count
    for slice in other.slices {
      slices.append(
        ParameterSlice(
          name: "\(name).\(slice.name)", shape: slice.shape,
          range: (start + slice.range.lowerBound)..<(start + slice.range.upperBound)))
    }
  }

  /// Appends a slice and returns where it lies.
  @discardableResult
  package mutating func append(_ name: String, _ shape: Int...) -> Range<Int> {
    append(name, shape: shape)
  }

  @discardableResult
  package mutating func append(_ name: String, shape: [Int]) -> Range<Int> {
    let range = count..<(count + shape.reduce(1, *))
    slices.append(ParameterSlice(name: name, shape: shape, range: range))
    return range
  }
}

/// A model over one flat parameter vector.
///
/// `Workspace` holds every buffer a pass needs, so that nothing is allocated inside a round.
package protocol Model: Sendable {
  associatedtype Workspace

  var layout: ParameterLayout { get }

  /// Which examples can teach: a model that scores candidates cannot learn from an unseen target.
  var learnsFromUnseenTargets: Bool { get }

  /// Buffers for batches of at most `batch` examples.
  func makeWorkspace(batch: Int) -> Workspace

  func initialParameters(using stream: inout RandomStream) -> [Float]

  /// Mean loss (nats) of the chosen examples; `gradient` is overwritten with its derivative.
  func lossAndGradient(
    _ parameters: UnsafePointer<Float>, _ examples: Examples,
    batch: UnsafeBufferPointer<Int32>,
    gradient: UnsafeMutablePointer<Float>, _ workspace: inout Workspace
  ) -> Float

  /// Takes a step of plain gradient descent, w ← keep · w − rate · (gradient + drift), for each batch of
  /// `batchSize` examples in turn; the last may be smaller.
  ///
  /// To the bit what `lossAndGradient` and `Elementwise.descend` give in turn, which a model without
  /// a quicker way leaves to the default.
  ///
  /// - Parameters:
  ///   - start: the weights before the first step.
  ///   - parameters: the weights after the last; may be where `start` is.
  ///   - drift: as long as the model; nil for nothing.
  ///   - gradient: scratch.
  /// - Returns: the sum of the examples' losses (nats), each before the step it took part in.
  func descend(
    from start: UnsafePointer<Float>, to parameters: UnsafeMutablePointer<Float>,
    _ examples: Examples, order: UnsafeBufferPointer<Int32>, batchSize: Int, keep: Float,
    rate: Float, drift: UnsafePointer<Float>?, gradient: UnsafeMutablePointer<Float>,
    _ workspace: inout Workspace
  ) -> Double

  /// Writes one score (log-probability up to a constant per example) per candidate of the
  /// examples in `range`, in the order of `examples.candidateApps`, starting at `scores[0]`.
  func score(
    _ parameters: UnsafePointer<Float>, _ examples: Examples, range: Range<Int>,
    into scores: UnsafeMutablePointer<Float>, _ workspace: inout Workspace)
}

extension Model {
  package func descend(
    from start: UnsafePointer<Float>, to parameters: UnsafeMutablePointer<Float>,
    _ examples: Examples, order: UnsafeBufferPointer<Int32>, batchSize: Int, keep: Float,
    rate: Float, drift: UnsafePointer<Float>?, gradient: UnsafeMutablePointer<Float>,
    _ workspace: inout Workspace
  ) -> Double {
    parameters.update(from: start, count: layout.count)
    return forEachBatch(of: order, size: batchSize) { batch, _ in
      let loss = lossAndGradient(
        parameters, examples, batch: batch, gradient: gradient, &workspace)
      Elementwise.descend(
        layout.count, parameters, keep: keep, rate: rate, gradient: gradient, drift: drift)
      return loss
    }
  }

  /// Calls `body` with batch after batch of an order, and how many examples of it come later;
  /// returns the sum of the losses of all examples.
  @inline(__always)
  func forEachBatch(
    of order: UnsafeBufferPointer<Int32>, size: Int,
    _ body: (_ batch: UnsafeBufferPointer<Int32>, _ left: Int) -> Float
  ) -> Double {
    var lossSum = 0.0
    for start in stride(from: 0, to: order.count, by: size) {
      let batch = UnsafeBufferPointer(rebasing: order[start..<min(start + size, order.count)])
      let loss = body(batch, order.count - start - batch.count)
      lossSum += Double(loss) * Double(batch.count)
    }
    return lossSum
  }

  /// Shows the scores of each example's candidates, worked out `batch` examples at a time.
  ///
  /// - Parameters:
  ///   - scores: a buffer that the next call uses again.
  ///   - workspace: for at least `batch` examples.
  package func forEachScored(
    _ parameters: [Float], _ examples: Examples, batch: Int, _ scores: inout [Float],
    _ workspace: inout Workspace,
    _ body: (_ example: Int, _ scores: UnsafeBufferPointer<Float>) -> Void
  ) {
    for start in stride(from: 0, to: examples.count, by: batch) {
      let range = start..<min(start + batch, examples.count)
      let first = examples.candidateOffsets[range.lowerBound]
      let count = examples.candidateOffsets[range.upperBound] - first
      if scores.count < count { scores = [Float](repeating: 0, count: count) }
      scores.withUnsafeMutableBufferPointer { scores in
        parameters.withUnsafeBufferPointer { parameters in
          guard let output = scores.baseAddress, let weights = parameters.baseAddress else {
            return
          }
          score(weights, examples, range: range, into: output, &workspace)
        }
        for example in range {
          let candidates = examples.candidates(of: example)
          let own = (candidates.lowerBound - first)..<(candidates.upperBound - first)
          body(example, UnsafeBufferPointer(rebasing: scores[own]))
        }
      }
    }
  }
}
