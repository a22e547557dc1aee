import LinearAlgebra
import Models

/// One client in one round, as an algorithm sees it; buffers are made once for all clients of a worker.
package struct ClientRound<M: Model>: ~Copyable {
  package let settings: AlgorithmSettings
  /// What the server sent, in the layout `broadcast`; the model comes first.
  package internal(set) var broadcast: [Float] = []
  /// What the client keeps, in the layout `clientState`; zero for one that is new.
  package var state: [Float]

  let configuration: Configuration
  let shared: SharedPart
  private let personalisation: (any Personalisation)?
  private let personalState: Range<Int>?
  private var isNew = true
  var trainer: LocalTrainer<M>
  /// As long as the whole model.
  private var drift: [Float]
  /// Of what travels, where it is not the whole model.
  private var sharedDrift: [Float]
  /// The client's whole model, where a part of it stays with the client; before training, that part is
  /// the one that every new client begins with.
  private var own: [Float]
  private let firstOwn: [Float]
  var chosen: [Int32] = []
  private var work: LocalWork
  private var client = 0
  private var round = 0

  init(_ plan: RoundPlan, model: M) {
    configuration = plan.configuration
    settings = plan.settings
    shared = plan.shared
    personalisation = plan.personalisation
    personalState = plan.layouts.personal
    trainer = LocalTrainer(
      model: model, optimizer: configuration.clientOptimizer,
      batchSize: configuration.training.local.batchSize)
    state = [Float](repeating: 0, count: plan.layouts.clientState.count)
    drift = [Float](repeating: 0, count: model.layout.count)
    sharedDrift = [Float](repeating: 0, count: plan.shared.isWhole ? 0 : settings.count)
    firstOwn = plan.shared.isWhole ? [] : configuration.initialParameters(of: model)
    own = firstOwn
    work = configuration.training.local.work
  }

  /// The rate of the local steps.
  package var rate: Float { trainer.optimizer.learningRate }

  // MARK: - What algorithms are made of

  /// Trains from the model that was sent and leaves the update, local − global, at the beginning of
  /// `report`.
  ///
  /// What stays with the client is trained along with it where the method of personal models says so, by
  /// the loss alone.
  ///
  /// - Parameters:
  ///   - proximal: adds proximal/2 · ‖w‖² to what is minimised.
  ///   - fill: writes the drift, which adds ⟨drift, w⟩, given what was sent and what the client keeps; nil for
  ///     none.
  package mutating func descend(
    on examples: Examples, proximal: Float = 0, into report: UnsafeMutableBufferPointer<Float>,
    drift fill: ((_ drift: inout [Float], _ broadcast: [Float], _ state: [Float]) -> Void)? = nil
  ) -> LocalTraining {
    if shared.isWhole {
      fill?(&drift, broadcast, state)
      return descendWhole(on: examples, proximal: proximal, hasDrift: fill != nil, into: report)
    }
    if let fill {
      fill(&sharedDrift, broadcast, state)
      shared.scatter(sharedDrift, into: &drift)
    }
    return descendPart(on: examples, proximal: proximal, hasDrift: fill != nil, into: report)
  }

  private mutating func descendWhole(
    on examples: Examples, proximal: Float, hasDrift: Bool,
    into report: UnsafeMutableBufferPointer<Float>
  ) -> LocalTraining {
    var stream = configuration.stream(.exampleOrder, round: round, client: client)
    let (count, rate, personalisation) = (settings.count, rate, personalisation)
    let isAccompanied = personalisation?.stepsAlong == true
    let place = isAccompanied ? personalState ?? 0..<0 : 0..<0
    return state.withUnsafeMutableBufferPointer { state in
      let personal = UnsafeMutableBufferPointer(rebasing: state[place])
      let companion: CompanionStep = { parameters, gradient in
        personalisation?.step(personal, along: parameters, rate: rate, gradient)
      }
      return broadcast.withUnsafeBufferPointer { global in
        drift.withUnsafeBufferPointer { drift in
          guard let start = global.baseAddress, let local = report.baseAddress else {
            return LocalTraining(loss: 0, steps: 0)
          }
          let training = trainer.train(
            from: start, to: local, on: examples, chosen: chosen, work,
            LocalObjective(proximal: proximal, drift: hasDrift ? drift.baseAddress : nil),
            companion: isAccompanied ? companion : nil, shuffledBy: &stream)
          Elementwise.subtract(count, start, from: local)
          return training
        }
      }
    }
  }

  private mutating func descendPart(
    on examples: Examples, proximal: Float, hasDrift: Bool,
    into report: UnsafeMutableBufferPointer<Float>
  ) -> LocalTraining {
    let moves = personalisation?.movesLocalPart == true
    let isPlain = moves && proximal == 0 && !hasDrift
    let training = drift.withUnsafeBufferPointer { drift in
      trainOwn(
        on: examples, work,
        isPlain
          ? LocalObjective()
          : LocalObjective(
            proximal: proximal, drift: hasDrift ? drift.baseAddress : nil, moving: shared.ranges,
            free: moves ? shared.local : []))
    }
    var index = 0
    for range in shared.ranges {
      for place in range {
        report[index] = own[place] - broadcast[index]
        index += 1
      }
    }
    return training
  }

  /// Trains what stays with the client, and leaves the rest as it was sent.
  package mutating func descendLocalPart(on examples: Examples, passes: Int) {
    _ = trainOwn(
      on: examples, .epochs(passes), LocalObjective(moving: [], free: shared.local))
  }

  /// Trains the client's whole model, and keeps what stays with it.
  private mutating func trainOwn(
    on examples: Examples, _ work: LocalWork, _ objective: LocalObjective
  ) -> LocalTraining {
    var stream = configuration.stream(.exampleOrder, round: round, client: client)
    let training = own.withUnsafeMutableBufferPointer { own in
      guard let own = own.baseAddress else { return LocalTraining(loss: 0, steps: 0) }
      return trainer.train(
        from: own, to: own, on: examples, chosen: chosen, work, objective, shuffledBy: &stream)
    }
    if let personalState {
      state.replaceSubrange(personalState, with: shared.localPart(of: own))
    }
    return training
  }

  /// Trains the client's own model, which begins as the one that was sent, on the batches of the round.
  ///
  /// - Parameter proximal: weight of its distance to the model that was sent.
  package mutating func descendPersonal(on examples: Examples, proximal: Float) {
    guard let place = personalState else { return }
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
    guard shared.isWhole else {
      // Nothing else lies there before the steps of the round.
      let loss = drift.withUnsafeMutableBufferPointer {
        trainer.gradient(at: own, of: examples, chosen: chosen, into: $0)
      }
      for (index, value) in shared.gathered(drift).enumerated() { gradient[index] = value }
      return loss
    }
    return broadcast.withUnsafeBufferPointer { model in
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

  mutating func setState(_ kept: consuming [Float]) {
    isNew = kept.count != state.count
    // What the client before kept may still be on its way to its place.
    state = isNew ? [Float](repeating: 0, count: state.count) : kept
  }

  /// Takes another client; false where it has nothing to learn from.
  mutating func begin(_ client: Int, round: Int, on examples: Examples) -> Bool {
    (self.client, self.round) = (client, round)
    work = configuration.training.local.work
    chooseExamples(examples)
    beginPersonal()
    return !chosen.isEmpty
  }

  /// What a new client keeps of its own, and the whole model of one that keeps a part of it.
  private mutating func beginPersonal() {
    if !shared.isWhole {
      own = firstOwn
      shared.scatter(broadcast[..<settings.count], into: &own)
    }
    guard let personalState, let personalisation else { return }
    if isNew {
      let model = shared.isWhole ? Array(broadcast.prefix(settings.count)) : own
      state.replaceSubrange(personalState, with: personalisation.first(of: model, shared))
    } else if !shared.isWhole {
      shared.scatterLocal(state[personalState], into: &own)
    }
  }

  /// Takes back what the client keeps of its own where training left what is no number: it keeps what it
  /// had, or begins anew.
  ///
  /// - Parameter kept: before the round; empty for a client that is new.
  mutating func restorePersonal(_ kept: [Float]) {
    guard let personalState, !state[personalState].allSatisfy(\.isFinite) else { return }
    if kept.count == state.count, kept[personalState].allSatisfy(\.isFinite) {
      state.replaceSubrange(personalState, with: kept[personalState])
    } else {
      isNew = true
      beginPersonal()
    }
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
    trainer.forEachScored(shared.isWhole ? broadcast : own, examples) { example, scores in
      taken[example] = RankingTally.isFirst(
        Int(examples.targetCandidates[example]), in: scores)
    }
    let ignored = chosen.filter { !taken[Int($0)] }
    for _ in 1..<configuration.training.ignoredWeight { chosen += ignored }
  }
}
