import LinearAlgebra

extension LSTM {
  /// Writes the whole gradient from the gradient of the logits that the last `forward` left.
  ///
  /// Weight gradients wait until all steps are done: one product over steps × batch rows keeps
  /// its sums in registers for longer than one per step.
  func backward(
    _ parameters: UnsafePointer<Float>, count: Int, distinct: Int,
    gradient: UnsafeMutablePointer<Float>, _ workspace: LSTMWorkspace
  ) {
    backwardOutput(parameters, count, gradient, workspace)
    backwardSteps(parameters, count, distinct, workspace)
    stepGradients(count, gradient, workspace)
    embeddingGradients(parameters, distinct, gradient, workspace)
  }

  /// Gradients of the output layer and of the last output.
  private func backwardOutput(
    _ parameters: UnsafePointer<Float>, _ count: Int, _ gradient: UnsafeMutablePointer<Float>,
    _ workspace: LSTMWorkspace
  ) {
    let logits = workspace.logits
    let logitStride = workspace.logitStride
    workspace.outputs.pack(
      lastOutputs(count, workspace), rows: count, rowStride: workspace.stepStride,
      columnStride: 1)
    workspace.outputs.multiplyTransposed(
      logits, rows: shape.vocabulary, stride: logitStride, inner: count,
      into: gradient + outputWeight.lowerBound, stride: hidden)
    Elementwise.sumColumns(
      logits, rows: count, columns: shape.vocabulary, stride: logitStride,
      into: gradient + outputBias.lowerBound)
    workspace.outputBackwardWeights.pack(
      parameters + outputWeight.lowerBound, rows: shape.vocabulary, rowStride: hidden,
      columnStride: 1)
    workspace.outputBackwardWeights.multiply(
      logits, rows: count, stride: logitStride, into: workspace.hiddenGradient,
      stride: workspace.hiddenStride)
  }

  /// Back through time: gates become gradients of their pre-activations, summed by slot too.
  private func backwardSteps(
    _ parameters: UnsafePointer<Float>, _ count: Int, _ distinct: Int,
    _ workspace: LSTMWorkspace
  ) {
    let gateStride = workspace.gateStride
    workspace.backwardWeights.pack(
      parameters + recurrentWeight.lowerBound, rows: 4 * hidden, rowStride: hidden,
      columnStride: 1)
    workspace.cellGradient.update(repeating: 0, count: count * hidden)
    workspace.slotGateGradients.update(repeating: 0, count: (distinct + 1) * gateStride)
    for step in (0..<shape.sequenceLength).reversed() {
      let row = step * count
      let gates = workspace.gates + row * gateStride
      LSTMCell.backward(
        rows: count, hidden: hidden, gates: gates, gateStride: gateStride,
        previousCell: previousCells(step, count, workspace),
        cellTanh: workspace.cellTanhs + row * hidden,
        outputGradient: workspace.hiddenGradient,
        outputGradientStride: workspace.hiddenStride, cellGradient: workspace.cellGradient)
      Elementwise.addRows(
        count, width: 4 * hidden, gates, stride: gateStride, slots: workspace.slots + row,
        into: workspace.slotGateGradients, stride: gateStride)
      if step > 0 {
        workspace.backwardWeights.multiply(
          gates, rows: count, stride: gateStride, into: workspace.hiddenGradient,
          stride: workspace.hiddenStride)
      }
    }
  }

  /// Gradients of the weights that multiply earlier outputs and context floats.
  private func stepGradients(
    _ count: Int, _ gradient: UnsafeMutablePointer<Float>, _ workspace: LSTMWorkspace
  ) {
    let gateStride = workspace.gateStride
    let stepStride = workspace.stepStride
    let rows = shape.sequenceLength * count
    // The first step has no output before it.
    workspace.previousOutputs.pack(
      workspace.steps + count * stepStride, rows: rows - count, rowStride: stepStride,
      columnStride: 1)
    workspace.previousOutputs.multiplyTransposed(
      workspace.gates + count * gateStride, rows: 4 * hidden, stride: gateStride,
      inner: rows - count, into: gradient + recurrentWeight.lowerBound, stride: hidden)
    workspace.contexts.pack(
      workspace.steps + hidden, rows: rows, rowStride: stepStride, columnStride: 1)
    workspace.contexts.multiplyTransposed(
      workspace.gates, rows: 4 * hidden, stride: gateStride, inner: rows,
      into: gradient + inputWeight.lowerBound + embeddingWidth, stride: inputWidth)
  }

  /// Gradients of the embeddings, of the weights that multiply them, and of the bias.
  private func embeddingGradients(
    _ parameters: UnsafePointer<Float>, _ distinct: Int,
    _ gradient: UnsafeMutablePointer<Float>, _ workspace: LSTMWorkspace
  ) {
    let gateStride = workspace.gateStride
    let slotGradients = workspace.slotGateGradients
    Elementwise.sumColumns(
      slotGradients, rows: distinct + 1, columns: 4 * hidden, stride: gateStride,
      into: gradient + bias.lowerBound)
    workspace.distinctEmbeddings.pack(
      workspace.embeddings, rows: distinct, rowStride: embeddingWidth, columnStride: 1)
    workspace.distinctEmbeddings.multiplyTransposed(
      slotGradients + gateStride, rows: 4 * hidden, stride: gateStride, inner: distinct,
      into: gradient + inputWeight.lowerBound, stride: inputWidth)
    workspace.embeddingBackwardWeights.pack(
      parameters + inputWeight.lowerBound, rows: 4 * hidden, rowStride: inputWidth,
      columnStride: 1)
    workspace.embeddingBackwardWeights.multiply(
      slotGradients + gateStride, rows: distinct, stride: gateStride,
      into: workspace.embeddingGradients, stride: workspace.embeddingStride)
    (gradient + embedding.lowerBound).update(repeating: 0, count: embedding.count)
    for slot in 0..<distinct {
      let app = Int(workspace.distinctApps[slot])
      (gradient + embedding.lowerBound + app * embeddingWidth).update(
        from: workspace.embeddingGradients + slot * workspace.embeddingStride, count: embeddingWidth
      )
    }
  }
}
