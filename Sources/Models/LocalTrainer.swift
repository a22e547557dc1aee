import LinearAlgebra

/// What a client's local training has to say beside the new parameters.
package struct LocalTraining: Equatable, Sendable {
  /// Mean loss in nats over the first epoch's examples, each before the step it took part in.
  package var loss: Double
  /// Optimizer steps taken.
  package var steps: Int

  package init(loss: Double, steps: Int) {
    self.loss = loss
    self.steps = steps
  }
}

/// How long a client trains.
package enum LocalWork: Equatable, Sendable {
  /// Passes over all of its examples.
  case epochs(Int)
  /// So many steps, beginning a new pass whenever one is over.
  case steps(Int)
}

/// What is minimised beside the loss: f(w) + ⟨drift, w⟩ + proximal/2 · ‖w‖².
///
/// Proximal terms and control variates are of this form: μ/2 · ‖w − x‖² is proximal μ and drift −μ x.
package struct LocalObjective {
  package var proximal: Float = 0
  /// As long as the model; nil for nothing.
  package var drift: UnsafePointer<Float>?
  /// Coordinates that this is minimised over, in order; nil for all.
  package var moving: [Range<Int>]?
  /// Coordinates over which the loss alone is minimised; none of them is among `moving`.
  package var free: [Range<Int>] = []

  package init(
    proximal: Float = 0, drift: UnsafePointer<Float>? = nil, moving: [Range<Int>]? = nil,
    free: [Range<Int>] = []
  ) {
    self.proximal = proximal
    self.drift = drift
    self.moving = moving
    self.free = free
  }

  /// Whether all coordinates move, and for the same reasons.
  var isWhole: Bool { moving == nil && free.isEmpty }
}

/// What is trained in step with a model: is called before each of the model's steps.
///
/// - Parameters:
///   - parameters: of the model, before the step.
///   - gradient: gives the gradient of the step's batch at any other parameters, in a buffer that the
///     next call uses again.
package typealias CompanionStep = (
  _ parameters: UnsafePointer<Float>,
  _ gradient: (_ point: UnsafePointer<Float>) -> UnsafePointer<Float>
) -> Void

/// Trains one client after another, with buffers made once.
package struct LocalTrainer<M: Model>: ~Copyable {
  package let model: M
  package var optimizer: ClientOptimizer
  package let batchSize: Int
  private var workspace: M.Workspace
  private let arena = Arena()
  private let gradient: UnsafeMutablePointer<Float>
  /// Velocity or first moments, then second moments.
  private let moments: UnsafeMutablePointer<Float>
  private var order: [Int32] = []
  private var scores: [Float] = []

  package init(model: M, optimizer: ClientOptimizer, batchSize: Int) {
    precondition(batchSize > 0, "a batch of \(batchSize) examples")
    self.model = model
    self.optimizer = optimizer
    self.batchSize = batchSize
    workspace = model.makeWorkspace(batch: batchSize)
    gradient = arena.allocate(Float.self, count: model.layout.count)
    moments = arena.allocate(Float.self, count: 2 * model.layout.count)
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
      from: start, to: &parameters, on: examples, chosen: chosen, .epochs(epochs),
      shuffledBy: &stream)
  }

  /// Trains as `train(_:on:chosen:epochs:shuffledBy:)` does, but leaves `start` as it was; what
  /// `parameters` were before does not matter.
  ///
  /// - Parameters:
  ///   - start: as many floats as the model has; may be where `parameters` are.
  ///   - objective: what is minimised beside the loss.
  ///   - companion: trained on the same batches; nil for nothing.
  package mutating func train(
    from start: UnsafePointer<Float>, to parameters: UnsafeMutablePointer<Float>,
    on examples: Examples, chosen: [Int32]? = nil, _ work: LocalWork,
    _ objective: LocalObjective = LocalObjective(), companion: CompanionStep? = nil,
    shuffledBy stream: inout RandomStream
  ) -> LocalTraining {
    order.removeAll(keepingCapacity: true)
    if let chosen {
      order.append(contentsOf: chosen)
    } else {
      order.append(contentsOf: 0..<Int32(examples.count))
    }
    if !optimizer.isPlain { moments.update(repeating: 0, count: 2 * model.layout.count) }
    let stepsOfPass = (order.count + batchSize - 1) / batchSize
    let steps: Int
    switch work {
    case .epochs(let epochs):
      precondition(epochs > 0, "\(epochs) epochs")
      steps = epochs * stepsOfPass
    case .steps(let count):
      precondition(count > 0, "\(count) steps")
      steps = order.isEmpty ? 0 : count
    }
    var training = LocalTraining(loss: 0, steps: steps)
    guard steps > 0 else {
      parameters.update(from: start, count: model.layout.count)
      return training
    }
    var (taken, source) = (0, start)
    while taken < steps {
      stream.shuffle(&order)
      let count = min(order.count, (steps - taken) * batchSize)
      let losses = pass(
        over: examples, first: count, from: source, to: parameters, objective, companion,
        after: taken)
      if taken == 0 { training.loss = losses / Double(count) }
      source = UnsafePointer(parameters)
      taken += (count + batchSize - 1) / batchSize
    }
    return training
  }

  /// Overwrites `gradient` with that of the mean loss of the chosen examples, and returns that loss
  /// (nats); without examples both are zero.
  package mutating func gradient(
    at parameters: UnsafePointer<Float>, of examples: Examples, chosen: [Int32],
    into total: UnsafeMutableBufferPointer<Float>
  ) -> Double {
    precondition(total.count == model.layout.count)
    total.update(repeating: 0)
    guard !chosen.isEmpty else { return 0 }
    var sums = [Double](repeating: 0, count: total.count)
    let losses = chosen.withUnsafeBufferPointer { chosen in
      model.forEachBatch(of: chosen, size: batchSize) { batch, _ in
        let loss = model.lossAndGradient(
          parameters, examples, batch: batch, gradient: gradient, &workspace)
        let weight = Double(batch.count)
        for index in sums.indices { sums[index] += weight * Double(gradient[index]) }
        return loss
      }
    }
    for index in sums.indices { total[index] = Float(sums[index] / Double(chosen.count)) }
    return losses / Double(chosen.count)
  }

  /// Shows the scores of each example's candidates.
  package mutating func forEachScored(
    _ parameters: [Float], _ examples: Examples,
    _ body: (_ example: Int, _ scores: UnsafeBufferPointer<Float>) -> Void
  ) {
    model.forEachScored(parameters, examples, batch: batchSize, &scores, &workspace, body)
  }

  /// Goes through the first examples of the order and returns the sum of their losses.
  ///
  /// - Parameter taken: steps before this pass.
  private mutating func pass(
    over examples: Examples, first count: Int, from start: UnsafePointer<Float>,
    to parameters: UnsafeMutablePointer<Float>, _ objective: LocalObjective,
    _ companion: CompanionStep?, after taken: Int
  ) -> Double {
    order.withUnsafeBufferPointer { order in
      let order = UnsafeBufferPointer(rebasing: order[..<count])
      if optimizer.isPlain, objective.isWhole, companion == nil {
        return model.descend(
          from: start, to: parameters, examples, order: order, batchSize: batchSize,
          keep: optimizer.keep(proximal: objective.proximal), rate: optimizer.learningRate,
          drift: objective.drift, gradient: gradient, &workspace)
      }
      parameters.update(from: start, count: model.layout.count)
      var number = taken
      return model.forEachBatch(of: order, size: batchSize) { batch, _ in
        companion?(parameters) { point in
          _ = model.lossAndGradient(
            point, examples, batch: batch, gradient: gradient, &workspace)
          return UnsafePointer(gradient)
        }
        let loss = model.lossAndGradient(
          parameters, examples, batch: batch, gradient: gradient, &workspace)
        number += 1
        for range in objective.moving ?? [0..<model.layout.count] {
          step(
            parameters, range, proximal: objective.proximal, drift: objective.drift, number: number)
        }
        for range in objective.free { step(parameters, range, number: number) }
        return loss
      }
    }
  }

  /// One step of the optimizer on these coordinates.
  private func step(
    _ parameters: UnsafeMutablePointer<Float>, _ range: Range<Int>, proximal: Float = 0,
    drift: UnsafePointer<Float>? = nil, number: Int
  ) {
    let start = range.lowerBound
    if optimizer.isPlain {
      Elementwise.descend(
        range.count, parameters + start, keep: optimizer.keep(proximal: proximal),
        rate: optimizer.learningRate, gradient: gradient + start, drift: drift.map { $0 + start })
    } else {
      optimizer.step(
        parameters + start, gradient: gradient + start, proximal: proximal,
        drift: drift.map { $0 + start }, first: moments + start,
        second: moments + (model.layout.count + start), number: number, count: range.count)
    }
  }
}
