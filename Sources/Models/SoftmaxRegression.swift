import LinearAlgebra

/// Multinomial logistic regression from a moment's floats to the vocabulary.
package struct SoftmaxRegression: Model {
  /// Which floats of an example the model reads.
  package enum Input: Sendable {
    /// The context of the moment of prediction.
    case context
    /// The context beside every previous app: sequenceLength × stepWidth, oldest first.
    case steps
  }

  package struct Workspace {
    let capacity: Int
    private let arena = Arena()
    /// batch × inputWidth.
    let inputs: UnsafeMutablePointer<Float>
    /// batch × padded vocabulary; scores, then their gradient.
    let logits: UnsafeMutablePointer<Float>
    /// One padded row.
    let bias: UnsafeMutablePointer<Float>
    /// One row.
    let scratch: UnsafeMutablePointer<Float>
    /// inputWidth × vocabulary.
    let weights: PackedMatrix
    /// The same; of local training with a drift.
    let drift: PackedMatrix
    /// batch × inputWidth.
    let packedInputs: PackedMatrix

    init(inputWidth: Int, vocabulary: Int, capacity: Int) {
      let stride = PackedMatrix.paddedColumns(vocabulary)
      self.capacity = capacity
      inputs = arena.allocate(Float.self, count: capacity * inputWidth)
      logits = arena.allocate(Float.self, count: capacity * stride)
      bias = arena.allocate(Float.self, count: stride)
      scratch = arena.allocate(Float.self, count: vocabulary)
      weights = PackedMatrix(inner: inputWidth, columns: vocabulary, arena: arena)
      drift = PackedMatrix(inner: inputWidth, columns: vocabulary, arena: arena)
      packedInputs = PackedMatrix(inner: capacity, columns: inputWidth, arena: arena)
    }
  }

  package let shape: ExampleShape
  package let input: Input
  package let layout: ParameterLayout
  private let weight: Range<Int>
  private let bias: Range<Int>

  package init(shape: ExampleShape, input: Input) {
    self.shape = shape
    self.input = input
    let width = input == .context ? shape.contextWidth : shape.sequenceLength * shape.stepWidth
    var layout = ParameterLayout()
    weight = layout.append("output.weight", shape.vocabulary, width)
    bias = layout.append("output.bias", shape.vocabulary)
    self.layout = layout
  }

  /// Floats the model reads per example.
  package var inputWidth: Int {
    input == .context ? shape.contextWidth : shape.sequenceLength * shape.stepWidth
  }

  private var logitStride: Int { PackedMatrix.paddedColumns(shape.vocabulary) }

  package var learnsFromUnseenTargets: Bool { true }

  /// Floating-point operations of the matrix products, forward and backward.
  package var flopsPerExample: Int { 4 * inputWidth * shape.vocabulary }

  package func makeWorkspace(batch: Int) -> Workspace {
    Workspace(inputWidth: inputWidth, vocabulary: shape.vocabulary, capacity: batch)
  }

  /// Zero: the loss is convex.
  package func initialParameters(using stream: inout RandomStream) -> [Float] {
    [Float](repeating: 0, count: layout.count)
  }

  package func lossAndGradient(
    _ parameters: UnsafePointer<Float>, _ examples: Examples,
    batch: UnsafeBufferPointer<Int32>, gradient: UnsafeMutablePointer<Float>,
    _ workspace: inout Workspace
  ) -> Float {
    pack(parameters, workspace)
    let loss = lossAndLogitGradient(examples, batch, ahead: 0, workspace)
    workspace.packedInputs.pack(
      workspace.inputs, rows: batch.count, rowStride: inputWidth, columnStride: 1)
    workspace.packedInputs.multiplyTransposed(
      workspace.logits, rows: shape.vocabulary, stride: logitStride, inner: batch.count,
      into: gradient + weight.lowerBound, stride: inputWidth)
    Elementwise.sumColumns(
      workspace.logits, rows: batch.count, columns: shape.vocabulary, stride: logitStride,
      into: gradient + bias.lowerBound)
    return loss
  }

  /// The weights stay packed from the first batch to the last.
  package func descend(
    from start: UnsafePointer<Float>, to parameters: UnsafeMutablePointer<Float>,
    _ examples: Examples, order: UnsafeBufferPointer<Int32>, batchSize: Int, keep: Float,
    rate: Float, drift: UnsafePointer<Float>?, gradient: UnsafeMutablePointer<Float>,
    _ workspace: inout Workspace
  ) -> Double {
    pack(start, workspace)
    let packedDrift = drift.map { drift in
      pack(weightsOf: drift, into: workspace.drift)
      return workspace.drift
    }
    let biasDrift = drift.map { $0 + bias.lowerBound }
    let losses = forEachBatch(of: order, size: batchSize) { batch, left in
      let loss = lossAndLogitGradient(
        examples, batch, ahead: min(left, batch.count), workspace)
      workspace.weights.descend(
        keep: keep, rate: rate, along: workspace.inputs, stride: inputWidth, workspace.logits,
        stride: logitStride, depth: batch.count, drift: packedDrift)
      Elementwise.sumColumns(
        workspace.logits, rows: batch.count, columns: shape.vocabulary, stride: logitStride,
        into: workspace.scratch)
      Elementwise.descend(
        shape.vocabulary, workspace.bias, keep: keep, rate: rate, gradient: workspace.scratch,
        drift: biasDrift)
      return loss
    }
    workspace.weights.unpack(
      into: parameters + weight.lowerBound, rowStride: 1, columnStride: inputWidth)
    (parameters + bias.lowerBound).update(from: workspace.bias, count: bias.count)
    return losses
  }

  package func score(
    _ parameters: UnsafePointer<Float>, _ examples: Examples, range: Range<Int>,
    into scores: UnsafeMutablePointer<Float>, _ workspace: inout Workspace
  ) {
    pack(parameters, workspace)
    let first = examples.candidateOffsets[range.lowerBound]
    for start in stride(from: range.lowerBound, to: range.upperBound, by: workspace.capacity) {
      let chunk = start..<min(start + workspace.capacity, range.upperBound)
      inputs(of: examples) {
        writeLogits(of: $0 + chunk.lowerBound * inputWidth, count: chunk.count, workspace)
      }
      for (row, example) in chunk.enumerated() {
        let logits = workspace.logits + row * logitStride
        logSoftmax(logits, count: shape.vocabulary, scratch: workspace.scratch)
        let candidates = examples.candidates(of: example)
        examples.gather(logits, candidates, into: scores + (candidates.lowerBound - first))
      }
    }
  }

  /// Mean loss over the packed weights; leaves the inputs of the batch in the workspace, and the
  /// derivative of the loss in place of the logits.
  ///
  /// - Parameter ahead: how many examples that follow the batch in memory come next.
  private func lossAndLogitGradient(
    _ examples: Examples, _ batch: UnsafeBufferPointer<Int32>, ahead: Int, _ workspace: Workspace
  ) -> Float {
    precondition(batch.count <= workspace.capacity, "the workspace is for smaller batches")
    for example in batch { precondition(0..<examples.count ~= Int(example), "no such example") }
    inputs(of: examples) { inputs in
      guard let chosen = batch.baseAddress else { return }
      Elementwise.gatherRows(
        batch.count, width: inputWidth, inputs, chosen, ahead: ahead, into: workspace.inputs)
    }
    writeLogits(of: workspace.inputs, count: batch.count, workspace)
    return meanCrossEntropy(
      workspace.logits, count: shape.vocabulary, stride: logitStride,
      targets: examples.targets, batch: batch)
  }

  private func pack(_ parameters: UnsafePointer<Float>, _ workspace: Workspace) {
    pack(weightsOf: parameters, into: workspace.weights)
    workspace.bias.update(from: parameters + bias.lowerBound, count: bias.count)
  }

  private func pack(weightsOf parameters: UnsafePointer<Float>, into matrix: PackedMatrix) {
    matrix.pack(
      parameters + weight.lowerBound, rows: inputWidth, rowStride: 1, columnStride: inputWidth)
  }

  /// Lends what the model reads of the examples, one row each.
  @inline(__always)
  private func inputs(of examples: Examples, _ body: (UnsafePointer<Float>) -> Void) {
    (input == .context ? examples.context : examples.steps).withUnsafeBufferPointer {
      precondition($0.count == examples.count * inputWidth, "inputs of another width")
      if let start = $0.baseAddress { body(start) }
    }
  }

  private func writeLogits(of inputs: UnsafePointer<Float>, count: Int, _ workspace: Workspace) {
    workspace.weights.multiply(
      inputs, rows: count, stride: inputWidth, initial: workspace.bias, into: workspace.logits,
      stride: logitStride)
  }
}
