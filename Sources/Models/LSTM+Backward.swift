import LinearAlgebra

extension LSTM {
  /// Writes the whole gradient from the gradient of the logits that the last `forward` left.
  ///
  /// Weight gradients wait until all steps are done: one product over steps × batch rows runs
  /// half as fast again as one per step.
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
    BLAS.multiply(
      rows: shape.vocabulary, columns: hidden, inner: count,
      .init(logits, stride: logitStride, .transposed),
      .init(lastOutputs(count, workspace), stride: workspace.stepStride),
      into: gradient + outputWeight.lowerBound, stride: hidden)
    Elementwise.sumColumns(
      logits, rows: count, columns: shape.vocabulary, stride: logitStride,
      into: gradient + outputBias.lowerBound)
    BLAS.multiply(
      rows: count, columns: hidden, inner: shape.vocabulary,
      .init(logits, stride: logitStride),
      .init(parameters + outputWeight.lowerBound, stride: hidden),
      into: workspace.hiddenGradient, stride: workspace.hiddenStride)
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
    if shape.sequenceLength > 1 {
      BLAS.multiply(
        rows: 4 * hidden, columns: hidden, inner: rows - count,
        .init(workspace.gates + count * gateStride, stride: gateStride, .transposed),
        .init(workspace.steps + count * stepStride, stride: stepStride),
        into: gradient + recurrentWeight.lowerBound, stride: hidden)
    } else {
      (gradient + recurrentWeight.lowerBound).update(repeating: 0, count: recurrentWeight.count)
    }
    if shape.stepWidth > 0 {
      BLAS.multiply(
        rows: 4 * hidden, columns: shape.stepWidth, inner: rows,
        .init(workspace.gates, stride: gateStride, .transposed),
        .init(workspace.steps + hidden, stride: stepStride),
        into: gradient + inputWeight.lowerBound + embeddingWidth, stride: inputWidth)
    }
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
    // With no app in the batch (distinct is 0) BLAS scales C by beta: zero, as it should be.
    BLAS.multiply(
      rows: 4 * hidden, columns: embeddingWidth, inner: distinct,
      .init(slotGradients + gateStride, stride: gateStride, .transposed),
      .init(workspace.embeddings, stride: embeddingWidth),
      into: gradient + inputWeight.lowerBound, stride: inputWidth)
    BLAS.multiply(
      rows: distinct, columns: embeddingWidth, inner: 4 * hidden,
      .init(slotGradients + gateStride, stride: gateStride),
      .init(parameters + inputWeight.lowerBound, stride: inputWidth),
      into: workspace.embeddingGradients, stride: embeddingWidth)
    (gradient + embedding.lowerBound).update(repeating: 0, count: embedding.count)
    for slot in 0..<distinct {
      let app = Int(workspace.distinctApps[slot])
      (gradient + embedding.lowerBound + app * embeddingWidth).update(
        from: workspace.embeddingGradients + slot * embeddingWidth, count: embeddingWidth)
    }
  }
}
