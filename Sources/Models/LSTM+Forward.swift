import LinearAlgebra

extension LSTM {
  /// Packs what the forward pass multiplies by; once per change of the parameters.
  func pack(_ parameters: UnsafePointer<Float>, _ workspace: LSTMWorkspace) {
    let inputWeights = parameters + inputWeight.lowerBound
    workspace.embeddingWeights.pack(
      inputWeights, rows: embeddingWidth, rowStride: 1, columnStride: inputWidth)
    workspace.stepWeights.pack(
      parameters + recurrentWeight.lowerBound, rows: hidden, rowStride: 1, columnStride: hidden)
    workspace.stepWeights.pack(
      inputWeights + embeddingWidth, rows: shape.stepWidth, at: hidden, rowStride: 1,
      columnStride: inputWidth)
    workspace.outputWeights.pack(
      parameters + outputWeight.lowerBound, rows: hidden, rowStride: 1, columnStride: hidden)
    workspace.slotGates.update(from: parameters + bias.lowerBound, count: bias.count)
    workspace.outputBias.update(from: parameters + outputBias.lowerBound, count: outputBias.count)
  }

  /// Runs the chosen examples through the network and leaves their logits in the workspace.
  ///
  /// Returns the number of distinct apps, which `backward` asks for.
  @discardableResult
  func forward(
    _ parameters: UnsafePointer<Float>, _ examples: Examples,
    _ chosen: UnsafeBufferPointer<Int32>, _ workspace: LSTMWorkspace
  ) -> Int {
    let count = chosen.count
    precondition(count <= workspace.capacity, "the workspace is for smaller batches")
    let distinct = gather(examples, chosen, workspace)
    for slot in 0..<distinct {
      let app = Int(workspace.distinctApps[slot])
      (workspace.embeddings + slot * embeddingWidth).update(
        from: parameters + embedding.lowerBound + app * embeddingWidth, count: embeddingWidth)
    }
    // Row 0 of the slots is the bias alone; the others start from it.
    let gateStride = workspace.gateStride
    workspace.embeddingWeights.multiply(
      workspace.embeddings, rows: distinct, stride: embeddingWidth,
      initial: workspace.slotGates, into: workspace.slotGates + gateStride, stride: gateStride)

    for step in 0..<shape.sequenceLength {
      let row = step * count
      let gates = workspace.gates + row * gateStride
      // No recurrent product at the first step: its state is zero.
      workspace.stepWeights.multiply(
        workspace.steps + row * workspace.stepStride, rows: count, stride: workspace.stepStride,
        skipping: step == 0 ? hidden : 0, initial: workspace.slotGates,
        initialStride: gateStride, initialRows: workspace.slots + row, into: gates,
        stride: gateStride)
      LSTMCell.forward(
        rows: count, hidden: hidden, gates: gates, gateStride: gateStride,
        previousCell: previousCells(step, count, workspace),
        cell: workspace.cells + row * hidden,
        cellTanh: workspace.cellTanhs + row * hidden,
        output: workspace.steps + (row + count) * workspace.stepStride,
        outputStride: workspace.stepStride)
    }
    workspace.outputWeights.multiply(
      lastOutputs(count, workspace), rows: count, stride: workspace.stepStride,
      initial: workspace.outputBias, into: workspace.logits, stride: workspace.logitStride)
    return distinct
  }

  /// The LSTM's last output, batch × hidden, with rows `stepStride` apart.
  func lastOutputs(_ count: Int, _ workspace: LSTMWorkspace) -> UnsafeMutablePointer<Float> {
    workspace.steps + shape.sequenceLength * count * workspace.stepStride
  }

  /// The cells that a step starts from, batch × hidden.
  func previousCells(
    _ step: Int, _ count: Int, _ workspace: LSTMWorkspace
  ) -> UnsafeMutablePointer<Float> {
    step == 0 ? workspace.initialCells : workspace.cells + (step - 1) * count * hidden
  }

  /// Gives each app of the batch a slot and lays out the context floats by time step.
  ///
  /// Returns the number of distinct apps.
  private func gather(
    _ examples: Examples, _ chosen: UnsafeBufferPointer<Int32>, _ workspace: LSTMWorkspace
  ) -> Int {
    let length = shape.sequenceLength
    let width = shape.stepWidth
    var distinct = 0
    examples.apps.withUnsafeBufferPointer { apps in
      for (row, example) in chosen.enumerated() {
        for step in 0..<length {
          let app = Int(apps[Int(example) * length + step])
          precondition(-1..<shape.vocabulary ~= app, "app \(app) is not in the vocabulary")
          var slot: Int32 = 0
          if app >= 0 {
            slot = workspace.slotOfApp[app]
            if slot == 0 {
              workspace.distinctApps[distinct] = Int32(app)
              distinct += 1
              slot = Int32(distinct)
              workspace.slotOfApp[app] = slot
            }
          }
          workspace.slots[step * chosen.count + row] = slot
        }
      }
    }
    for slot in 0..<distinct { workspace.slotOfApp[Int(workspace.distinctApps[slot])] = 0 }

    examples.steps.withUnsafeBufferPointer { floats in
      for (row, example) in chosen.enumerated() {
        for step in 0..<length {
          let source = (Int(example) * length + step) * width
          let target = (step * chosen.count + row) * workspace.stepStride + hidden
          for index in 0..<width { workspace.steps[target + index] = floats[source + index] }
        }
      }
    }
    return distinct
  }
}
