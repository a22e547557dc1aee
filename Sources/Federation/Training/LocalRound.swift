import LinearAlgebra
import Models
import Privacy

/// The clients' half of a round: train, go through the stages, encode.
///
/// Training is FedAvg's, local epochs of SGD from the global model: McMahan et al.,
/// "Communication-Efficient Learning of Deep Networks from Decentralized Data", AISTATS 2017
/// (https://arxiv.org/abs/1602.05629).
package struct LocalRound<M: Model>: ~Copyable {
  private let plan: RoundPlan
  private var configuration: Configuration { plan.configuration }
  private var trainer: LocalTrainer<M>
  private var local: [Float]
  private var chosen: [Int32] = []

  package init(_ plan: RoundPlan, model: M) {
    self.plan = plan
    let training = plan.configuration.training
    trainer = LocalTrainer(
      model: model, optimizer: plan.configuration.clientOptimizer,
      batchSize: training.local.batchSize)
    local = [Float](repeating: 0, count: model.layout.count)
  }

  /// Trains one client and adds its vector to the sum.
  ///
  /// - Parameters:
  ///   - canary: which canary the client is; nil for people.
  ///   - parameters: the global model.
  /// - Returns: what the client knows; where the codec hides clients, its vector is in the sum whatever
  ///   became of it.
  package mutating func report(
    of client: Int, canary: Int? = nil, round: Int, _ told: RoundParameters,
    from parameters: [Float], on examples: Examples, with codec: any UpdateCodec,
    into sum: inout UpdateSum
  ) -> ClientNote {
    var note =
      if let canary { plant(canary, told) } else { train(client, round, parameters, examples) }
    let context = ClientContext(
      client: client, round: round, clippingBound: told.clippingBound,
      normGrowth: plan.transforms.reduce(codec.normGrowth) { $0 + $1.normGrowth })
    local.withUnsafeMutableBufferPointer { local in
      for transform in plan.transforms { transform.onClient(local, &note, context) }
      if note.fate == .reported {
        if codec.encode(UnsafeBufferPointer(local), note, client: client, into: &sum) { return }
        note = ClientNote(.diverged)
      }
      guard codec.hidesClients else { return }
      for index in local.indices { local[index] = 0 }
      let isEncoded = codec.encode(UnsafeBufferPointer(local), note, client: client, into: &sum)
      precondition(isEncoded, "a zero update can be encoded")
    }
    return note
  }

  /// Trains and leaves the update (local − global) in `local`.
  private mutating func train(
    _ client: Int, _ round: Int, _ parameters: [Float], _ examples: Examples
  ) -> ClientNote {
    chooseExamples(examples)
    guard !chosen.isEmpty else { return ClientNote(.idle) }
    var note = ClientNote(.reported)
    note.examples = chosen.count
    if configuration.training.weighting == .examples { note.weight = chosen.count }
    if configuration.training.ignoredWeight > 1 { repeatIgnored(from: parameters, examples) }
    var stream = configuration.stream(.exampleOrder, round: round, client: client)
    note.loss =
      trainer.train(
        from: parameters, to: &local, on: examples, chosen: chosen,
        epochs: configuration.training.local.epochs, shuffledBy: &stream
      ).loss
    local.withUnsafeMutableBufferPointer { local in
      parameters.withUnsafeBufferPointer { parameters in
        guard let start = local.baseAddress, let global = parameters.baseAddress else { return }
        Elementwise.subtract(local.count, global, from: start)
      }
    }
    return note
  }

  /// Leaves a canary's vector, or zeros, in `local`.
  private mutating func plant(_ canary: Int, _ told: RoundParameters) -> ClientNote {
    let seed = configuration.seed
    let norm = Configuration.canaryNorm * (told.clippingBound ?? 1)
    local.withUnsafeMutableBufferPointer { local in
      if Canary.isPlanted(canary, seed: seed) {
        Canary.fill(local, index: canary, norm: norm, seed: seed)
      } else {
        for index in local.indices { local[index] = 0 }
      }
    }
    return ClientNote(.reported)
  }

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
  private mutating func repeatIgnored(from parameters: [Float], _ examples: Examples) {
    var taken = [Bool](repeating: false, count: examples.count)
    trainer.forEachScored(parameters, examples) { example, scores in
      taken[example] = RankingTally.isFirst(
        Int(examples.targetCandidates[example]), in: scores)
    }
    let ignored = chosen.filter { !taken[Int($0)] }
    for _ in 1..<configuration.training.ignoredWeight { chosen += ignored }
  }
}
