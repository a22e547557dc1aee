import LinearAlgebra

/// Every buffer of a forward and backward pass of `LSTM` over at most `capacity` examples.
///
/// Time-major: row t × batch + b belongs to step t of example b. Padded strides are multiples of
/// the panel width of `PackedMatrix`. The passes write all they read, so what an earlier batch
/// left behind cannot matter.
package struct LSTMWorkspace {
  let capacity: Int
  /// 4 hidden, padded by at least one: rows a power of two apart share few cache sets.
  let gateStride: Int
  /// hidden + stepWidth.
  let stepStride: Int
  /// hidden, padded.
  let hiddenStride: Int
  /// embedding, padded.
  let embeddingStride: Int
  /// vocabulary, padded.
  let logitStride: Int
  private let arena = Arena()

  /// Apps of the batch, each once, in the order met: slot s holds app `distinctApps[s - 1]`;
  /// slot 0 is the id -1, whose embedding is zero.
  let distinctApps: UnsafeMutablePointer<Int32>
  /// vocabulary; the slot of each app of the batch, 0 for others and between batches.
  let slotOfApp: UnsafeMutablePointer<Int32>
  /// steps × batch.
  let slots: UnsafeMutablePointer<Int32>
  /// distinct apps × embedding, and its gradient, which is padded.
  let embeddings: UnsafeMutablePointer<Float>
  let embeddingGradients: UnsafeMutablePointer<Float>
  /// slots × gates: bias + embedding · input weights, and its gradient.
  let slotGates: UnsafeMutablePointer<Float>
  let slotGateGradients: UnsafeMutablePointer<Float>

  /// (steps + 1) × batch × [output of the step before, context floats of this step].
  let steps: UnsafeMutablePointer<Float>
  /// steps × batch × [i, f, g, o]; activations, then the gradient of the pre-activations.
  let gates: UnsafeMutablePointer<Float>
  /// batch × hidden; the cells that the first step starts from, always zero.
  let initialCells: UnsafeMutablePointer<Float>
  /// steps × batch × hidden; cells after each step.
  let cells: UnsafeMutablePointer<Float>
  /// steps × batch × hidden; tanh of the cell after each step.
  let cellTanhs: UnsafeMutablePointer<Float>
  /// batch × vocabulary; scores, then their gradient.
  let logits: UnsafeMutablePointer<Float>
  /// batch × hidden.
  let hiddenGradient: UnsafeMutablePointer<Float>
  /// batch × hidden.
  let cellGradient: UnsafeMutablePointer<Float>
  /// vocabulary.
  let outputBias: UnsafeMutablePointer<Float>
  /// vocabulary.
  let scratch: UnsafeMutablePointer<Float>
  /// batch; the examples of a chunk to score.
  let indices: UnsafeMutablePointer<Int32>

  /// embedding × 4 hidden.
  let embeddingWeights: PackedMatrix
  /// (hidden + stepWidth) × 4 hidden.
  let stepWeights: PackedMatrix
  /// hidden × vocabulary.
  let outputWeights: PackedMatrix
  /// 4 hidden × hidden.
  let backwardWeights: PackedMatrix
  /// 4 hidden × embedding.
  let embeddingBackwardWeights: PackedMatrix
  /// vocabulary × hidden.
  let outputBackwardWeights: PackedMatrix
  /// (steps × batch) × hidden: what the recurrent weights multiplied, from the second step on.
  let previousOutputs: PackedMatrix
  /// (steps × batch) × stepWidth.
  let contexts: PackedMatrix
  /// distinct apps × embedding.
  let distinctEmbeddings: PackedMatrix
  /// batch × hidden.
  let outputs: PackedMatrix

  init(model: LSTM, capacity: Int) {
    precondition(capacity >= 1, "a workspace for \(capacity) examples")
    let shape = model.shape
    let hidden = model.hidden
    let rows = shape.sequenceLength * capacity
    let distinct = min(shape.vocabulary, rows)
    self.capacity = capacity
    gateStride = PackedMatrix.paddedColumns(4 * hidden + 1)
    embeddingStride = PackedMatrix.paddedColumns(model.embeddingWidth)
    stepStride = hidden + shape.stepWidth
    hiddenStride = PackedMatrix.paddedColumns(hidden)
    logitStride = PackedMatrix.paddedColumns(shape.vocabulary)

    distinctApps = arena.allocate(Int32.self, count: distinct)
    slotOfApp = arena.allocate(Int32.self, count: shape.vocabulary)
    slots = arena.allocate(Int32.self, count: rows)
    embeddings = arena.allocate(Float.self, count: distinct * model.embeddingWidth)
    embeddingGradients = arena.allocate(Float.self, count: distinct * embeddingStride)
    slotGates = arena.allocate(Float.self, count: (distinct + 1) * gateStride)
    slotGateGradients = arena.allocate(Float.self, count: (distinct + 1) * gateStride)
    steps = arena.allocate(Float.self, count: (rows + capacity) * stepStride)
    gates = arena.allocate(Float.self, count: rows * gateStride)
    initialCells = arena.allocate(Float.self, count: capacity * hidden)
    cells = arena.allocate(Float.self, count: rows * hidden)
    cellTanhs = arena.allocate(Float.self, count: rows * hidden)
    logits = arena.allocate(Float.self, count: capacity * logitStride)
    hiddenGradient = arena.allocate(Float.self, count: capacity * hiddenStride)
    cellGradient = arena.allocate(Float.self, count: capacity * hidden)
    outputBias = arena.allocate(Float.self, count: logitStride)
    scratch = arena.allocate(Float.self, count: shape.vocabulary)
    indices = arena.allocate(Int32.self, count: capacity)

    embeddingWeights = PackedMatrix(
      inner: model.embeddingWidth, columns: 4 * hidden, arena: arena)
    stepWeights = PackedMatrix(inner: stepStride, columns: 4 * hidden, arena: arena)
    outputWeights = PackedMatrix(inner: hidden, columns: shape.vocabulary, arena: arena)
    backwardWeights = PackedMatrix(inner: 4 * hidden, columns: hidden, arena: arena)
    embeddingBackwardWeights = PackedMatrix(
      inner: 4 * hidden, columns: model.embeddingWidth, arena: arena)
    outputBackwardWeights = PackedMatrix(inner: shape.vocabulary, columns: hidden, arena: arena)
    previousOutputs = PackedMatrix(inner: rows, columns: hidden, arena: arena)
    contexts = PackedMatrix(inner: rows, columns: shape.stepWidth, arena: arena)
    distinctEmbeddings = PackedMatrix(
      inner: distinct, columns: model.embeddingWidth, arena: arena)
    outputs = PackedMatrix(inner: capacity, columns: hidden, arena: arena)
  }

  /// Cuts a range into pieces that fit and passes each with its indices.
  func forEachChunk(
    of range: Range<Int>, _ body: (Range<Int>, UnsafeBufferPointer<Int32>) -> Void
  ) {
    for start in stride(from: range.lowerBound, to: range.upperBound, by: capacity) {
      let chunk = start..<min(start + capacity, range.upperBound)
      for (row, example) in chunk.enumerated() { indices[row] = Int32(example) }
      body(chunk, UnsafeBufferPointer(start: indices, count: chunk.count))
    }
  }
}
