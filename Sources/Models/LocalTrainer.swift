import LinearAlgebra

/// What a client's local training has to say beside the new parameters.
package struct LocalTraining: Equatable, Sendable {
  /// Mean loss in nats over the first epoch's examples, each before the step it took part in.
  package var loss: Double
  /// Optimizer steps taken.
  package var steps: Int
}

/// Trains one client after another, with buffers made once.
package struct LocalTrainer<M: Model>: ~Copyable {
  package let model: M
  package var optimizer: ClientOptimizer
  package let batchSize: Int
  private var workspace: M.Workspace
  private let arena = Arena()
  private let gradient: UnsafeMutablePointer<Float>
  private let velocity: UnsafeMutablePointer<Float>
  private var order: [Int32] = []
  private var scores: [Float] = []

  package init(model: M, optimizer: ClientOptimizer, batchSize: Int) {
    precondition(batchSize > 0, "a batch of \(batchSize) examples")
    self.model = model
    self.optimizer = optimizer
    self.batchSize = batchSize
    workspace = model.makeWorkspace(batch: batchSize)
    gradient = arena.allocate(Float.self, count: model.layout.count)
    velocity = arena.allocate(Float.self, count: model.layout.count)
  }

  /// Runs `epochs` passes over the chosen examples (all when nil), newly shuffled each time.
  ///
  /// The last batch of an epoch may be smaller. The same inputs give the same bits whatever was
  /// trained before. Without examples nothing happens.
  package mutating func train(
    _ parameters: inout [Float], on examples: Examples, chosen: [Int32]? = nil,
    epochs: Int = 1, shuffledBy stream: inout RandomStream
  ) -> LocalTraining {
    let start = parameters
    return train(
      from: start, to: &parameters, on: examples, chosen: chosen, epochs: epochs,
      shuffledBy: &stream)
  }

  /// Trains as `train(_:on:chosen:epochs:shuffledBy:)` does, but leaves `start` as it was; what
  /// `parameters` were before does not matter.
  package mutating func train(
    from start: [Float], to parameters: inout [Float], on examples: Examples,
    chosen: [Int32]? = nil, epochs: Int = 1, shuffledBy stream: inout RandomStream
  ) -> LocalTraining {
    precondition(epochs > 0, "\(epochs) epochs")
    precondition(
      start.count == model.layout.count && parameters.count == model.layout.count,
      "parameters of another model")
    order.removeAll(keepingCapacity: true)
    if let chosen {
      order.append(contentsOf: chosen)
    } else {
      order.append(contentsOf: 0..<Int32(examples.count))
    }
    if optimizer.momentum != 0 { velocity.update(repeating: 0, count: model.layout.count) }
    var lossSum = 0.0
    start.withUnsafeBufferPointer { start in
      parameters.withUnsafeMutableBufferPointer { parameters in
        guard var source = start.baseAddress, let parameters = parameters.baseAddress else {
          return
        }
        for epoch in 0..<epochs {
          stream.shuffle(&order)
          let losses = pass(over: examples, from: source, to: parameters)
          if epoch == 0 { lossSum = losses }
          source = UnsafePointer(parameters)
        }
      }
    }
    let steps = epochs * ((order.count + batchSize - 1) / batchSize)
    return LocalTraining(loss: steps > 0 ? lossSum / Double(order.count) : 0, steps: steps)
  }

  /// Shows the scores of each example's candidates.
  package mutating func forEachScored(
    _ parameters: [Float], _ examples: Examples,
    _ body: (_ example: Int, _ scores: UnsafeBufferPointer<Float>) -> Void
  ) {
    model.forEachScored(parameters, examples, batch: batchSize, &scores, &workspace, body)
  }

  /// Returns the sum of the examples' losses.
  private mutating func pass(
    over examples: Examples, from start: UnsafePointer<Float>,
    to parameters: UnsafeMutablePointer<Float>
  ) -> Double {
    order.withUnsafeBufferPointer { order in
      if optimizer.momentum == 0 {
        return model.descend(
          from: start, to: parameters, examples, order: order, batchSize: batchSize,
          keep: optimizer.keep, rate: optimizer.learningRate, gradient: gradient, &workspace)
      }
      parameters.update(from: start, count: model.layout.count)
      return model.forEachBatch(of: order, size: batchSize) { batch, _ in
        let loss = model.lossAndGradient(
          parameters, examples, batch: batch, gradient: gradient, &workspace)
        optimizer.step(
          parameters, gradient: gradient, velocity: velocity, count: model.layout.count)
        return loss
      }
    }
  }
}
