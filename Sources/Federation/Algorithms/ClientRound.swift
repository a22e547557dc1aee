import LinearAlgebra
import Models

/// One client in one round, as an algorithm sees it; buffers are made once for all clients of a worker.
package struct ClientRound<M: Model>: ~Copyable {
  package let settings: AlgorithmSettings
  /// What the server sent, in the layout `broadcast`; the model comes first.
  package internal(set) var broadcast: [Float] = []
  /// What the client keeps, in the layout `clientState`; zero for one that is new.
  package var state: [Float]

  private let configuration: Configuration
  private let personalModel: Range<Int>?
  private var isNew = true
  private var trainer: LocalTrainer<M>
  private var drift: [Float]
  private var chosen: [Int32] = []
  private var work: LocalWork
  private var client = 0
  private var round = 0

  init(_ configuration: Configuration, _ layouts: AlgorithmLayouts, model: M) {
    self.configuration = configuration
    settings = AlgorithmSettings(configuration, model: model.layout)
    trainer = LocalTrainer(
      model: model, optimizer: configuration.clientOptimizer,
      batchSize: configuration.training.local.batchSize)
    personalModel = layouts.personalModel
    state = [Float](repeating: 0, count: layouts.clientState.count)
    drift = [Float](repeating: 0, count: model.layout.count)
    work = configuration.training.local.work
  }

  /// The rate of the local steps.
  package var rate: Float { trainer.optimizer.learningRate }

  // MARK: - What algorithms are made of

  /// Trains from the model that was sent and leaves the update, local − global, at the beginning of
  /// `report`.
  ///
  /// - Parameters:
  ///   - proximal: adds proximal/2 · ‖w‖² to what is minimised.
  ///   - fill: writes the drift, which adds ⟨drift, w⟩, given the broadcast; nil for none.
  package mutating func descend(
    on examples: Examples, proximal: Float = 0, into report: UnsafeMutableBufferPointer<Float>,
    drift fill: ((_ drift: inout [Float], _ broadcast: [Float]) -> Void)? = nil
  ) -> LocalTraining {
    fill?(&drift, broadcast)
    var stream = configuration.stream(.exampleOrder, round: round, client: client)
    let count = settings.count
    return broadcast.withUnsafeBufferPointer { global in
      drift.withUnsafeBufferPointer { drift in
        guard let start = global.baseAddress, let local = report.baseAddress else {
          return LocalTraining(loss: 0, steps: 0)
        }
        let training = trainer.train(
          from: start, to: local, on: examples, chosen: chosen, work,
          LocalObjective(proximal: proximal, drift: fill == nil ? nil : drift.baseAddress),
          shuffledBy: &stream)
        Elementwise.subtract(count, start, from: local)
        return training
      }
    }
  }

  /// Trains the client's own model, which begins as the one that was sent, on the batches of the round.
  ///
  /// - Parameter proximal: weight of its distance to the model that was sent.
  package mutating func descendPersonal(on examples: Examples, proximal: Float) {
    guard let place = personalModel else { return }
    if isNew { state.replaceSubrange(place, with: broadcast.prefix(place.count)) }
    var stream = configuration.stream(.exampleOrder, round: round, client: client)
    for index in drift.indices { drift[index] = -proximal * broadcast[index] }
    state.withUnsafeMutableBufferPointer { state in
      drift.withUnsafeBufferPointer { drift in
        guard let own = state.baseAddress.map({ $0 + place.lowerBound }) else { return }
        _ = trainer.train(
          from: own, to: own, on: examples, chosen: chosen, work,
          LocalObjective(proximal: proximal, drift: proximal > 0 ? drift.baseAddress : nil),
          shuffledBy: &stream)
      }
    }
  }

  /// The gradient of the mean loss at the model that was sent, over all local examples; returns that
  /// loss (nats).
  package mutating func gradient(
    on examples: Examples, into gradient: UnsafeMutableBufferPointer<Float>
  ) -> Double {
    broadcast.withUnsafeBufferPointer { model in
      guard let model = model.baseAddress else { return 0 }
      return trainer.gradient(at: model, of: examples, chosen: chosen, into: gradient)
    }
  }

  /// Makes this client a slow one with some probability: it then does a smaller number of passes, or
  /// steps, drawn from 1 to all but one.
  package mutating func slowDown(chance: Double) {
    var stream = configuration.stream(.partialWork, round: round, client: client)
    guard stream.chance(chance) else { return }
    switch work {
    case .epochs(let most): work = .epochs(1 + stream.below(max(1, most - 1)))
    case .steps(let most): work = .steps(1 + stream.below(max(1, most - 1)))
    }
  }

  // MARK: - What the round does with it

  mutating func setState(_ kept: [Float]) {
    isNew = kept.count != state.count
    if !isNew {
      state = kept
    } else {
      for index in state.indices { state[index] = 0 }
    }
  }

  /// Takes another client; false where it has nothing to learn from.
  mutating func begin(_ client: Int, round: Int, on examples: Examples) -> Bool {
    (self.client, self.round) = (client, round)
    work = configuration.training.local.work
    chooseExamples(examples)
    return !chosen.isEmpty
  }

  /// The client's examples, each once.
  var exampleCount: Int { chosen.count }

  /// A model that ranks candidates has nothing to learn from an app the phone had never seen.
  private mutating func chooseExamples(_ examples: Examples) {
    chosen.removeAll(keepingCapacity: true)
    let all = 0..<Int32(examples.count)
    if trainer.model.learnsFromUnseenTargets {
      chosen.append(contentsOf: all)
    } else {
      chosen += all.lazy.filter { examples.targetCandidates[Int($0)] >= 0 }
    }
  }

  /// Counts the examples more often whose first suggestion the person did not take.
  mutating func repeatIgnored(_ examples: Examples) {
    guard configuration.training.ignoredWeight > 1 else { return }
    var taken = [Bool](repeating: false, count: examples.count)
    trainer.forEachScored(broadcast, examples) { example, scores in
      taken[example] = RankingTally.isFirst(
        Int(examples.targetCandidates[example]), in: scores)
    }
    let ignored = chosen.filter { !taken[Int($0)] }
    for _ in 1..<configuration.training.ignoredWeight { chosen += ignored }
  }
}
