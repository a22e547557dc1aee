import LinearAlgebra
import Models
import Privacy
import SecureAggregation

/// The client's half of FedAvg: local epochs of SGD from the global model, then the difference.
///
/// McMahan et al., "Communication-Efficient Learning of Deep Networks from Decentralized Data",
/// AISTATS 2017 (https://arxiv.org/abs/1602.05629).
package struct FederatedAveraging<M: Model>: ~Copyable {
  private var configuration: Configuration
  private var trainer: LocalTrainer<M>
  private var local: [Float]
  private var chosen: [Int32] = []
  /// Whether the last encoded update was learned from examples.
  package private(set) var hasLearned = false

  package init(_ configuration: Configuration, model: M) {
    self.configuration = configuration
    trainer = LocalTrainer(
      model: model, optimizer: configuration.clientOptimizer,
      batchSize: configuration.training.local.batchSize)
    local = [Float](repeating: 0, count: model.layout.count)
  }

  /// Whether `faults` lets this client vanish from this round before it sends its update.
  package static func drops(_ client: Int, round: Int, _ configuration: Configuration) -> Bool {
    configuration.vanishingPoint(of: client, round: round).map { $0 <= .beforeUpload } ?? false
  }

  /// Clips to another bound from now on.
  package mutating func clip(to bound: Double) {
    configuration.privacy.clippingBound = Setting(bound)
  }

  /// Trains on one client's examples and adds its update (local − global) to the sum.
  ///
  /// - Parameter canary: which canary the client is; nil for people.
  package mutating func update(
    of client: Int, canary: Int? = nil, round: Int, from parameters: [Float],
    on examples: Examples, into sum: inout UpdateSum
  ) -> ClientOutcome {
    let rounding = UpdateSum.roundingNorm(parameters: parameters.count)
    let isLocal = configuration.privacy.mechanism == .localGaussian
    var trained = train(
      client, canary: canary, round: round, from: parameters, on: examples,
      roundingNorm: rounding)
    if isLocal, !(trained?.isFinite ?? false) {
      // Noise hides who has nothing to tell.
      for index in local.indices { local[index] = 0 }
      trained = TrainedUpdate(examples: 0, weight: 1, loss: 0, norm: 0, isFinite: true)
    }
    guard let trained else { return .idle }
    guard trained.isFinite else { return .diverged }
    if isLocal { addLocalNoise(of: client, round: round) }
    let isAdded = local.withUnsafeBufferPointer {
      sum.add($0, norm: isLocal ? .infinity : trained.norm, weight: trained.weight)
    }
    guard isAdded else { return .diverged }
    return .reported(
      examples: trained.examples, weight: trained.weight, loss: trained.loss, norm: trained.norm)
  }

  /// Trains on one client's examples and encodes its update with the numbers beside it.
  package mutating func encodedUpdate(
    of client: Int, canary: Int? = nil, round: Int, from parameters: [Float],
    on examples: Examples, with encoding: UpdateEncoding
  ) -> ResidueVector {
    var numbers = CohortNumbers()
    hasLearned = false
    if let trained = train(
      client, canary: canary, round: round, from: parameters, on: examples,
      roundingNorm: encoding.roundingNorm)
    {
      numbers = CohortNumbers(trained, clippingBound: configuration.privacy.clippingBound.value)
      let vector =
        trained.isFinite
        ? local.withUnsafeBufferPointer {
          encoding.encode($0, weight: trained.weight, numbers: numbers, client: client)
        } : nil
      if let vector {
        hasLearned = trained.examples > 0
        return vector
      }
      numbers = CohortNumbers()
      numbers.diverged = 1
    } else {
      numbers.idle = 1
    }
    for index in local.indices { local[index] = 0 }
    let vector = local.withUnsafeBufferPointer {
      encoding.encode($0, weight: 0, numbers: numbers, client: client)
    }
    guard let vector else { preconditionFailure("a zero update can be encoded") }
    return vector
  }

  /// Trains and leaves the update, clipped if there is a bound, in `local`; nil without examples.
  private mutating func train(
    _ client: Int, canary: Int?, round: Int, from parameters: [Float], on examples: Examples,
    roundingNorm: Double
  ) -> TrainedUpdate? {
    if let canary { return plant(canary, roundingNorm: roundingNorm) }
    chooseExamples(examples)
    guard !chosen.isEmpty else { return nil }
    let count = chosen.count
    if configuration.training.ignoredWeight > 1 { repeatIgnored(from: parameters, examples) }
    var stream = RandomStream(
      seed: configuration.seed, purpose: .exampleOrder, round: round, client: client)
    let training = trainer.train(
      from: parameters, to: &local, on: examples, chosen: chosen,
      epochs: configuration.training.local.epochs, shuffledBy: &stream)
    let clipping = turnIntoUpdate(from: parameters, roundingNorm: roundingNorm)
    let weight = configuration.training.weighting == .examples ? count : 1
    return TrainedUpdate(
      examples: count, weight: weight, loss: training.loss, norm: clipping.norm,
      isFinite: clipping.isFinite)
  }

  /// Leaves a canary, clipped like any other update, in `local`: its vector, or zeros.
  private mutating func plant(_ canary: Int, roundingNorm: Double) -> TrainedUpdate {
    let bound = configuration.privacy.clippingBound.value ?? 1
    let seed = configuration.seed
    guard Canary.isPlanted(canary, seed: seed) else {
      for index in local.indices { local[index] = 0 }
      return TrainedUpdate(examples: 0, weight: 1, loss: 0, norm: 0, isFinite: true)
    }
    let clipping = local.withUnsafeMutableBufferPointer { local in
      Canary.fill(local, index: canary, norm: Configuration.canaryNorm * bound, seed: seed)
      return Clipping.clip(local, to: bound, roundingNorm: roundingNorm)
    }
    return TrainedUpdate(
      examples: 0, weight: 1, loss: 0, norm: clipping.norm, isFinite: clipping.isFinite)
  }

  /// Adds the client's own noise, in whole steps of the sum's grid: its low bits betray nothing.
  private mutating func addLocalNoise(of client: Int, round: Int) {
    let bound = configuration.privacy.clippingBound.value ?? 1
    let multiplier = configuration.privacy.noiseMultiplier.value ?? 0
    let scale = Double(1 << UpdateSum.fractionBits)
    var stream = configuration.noiseStream(.clientNoise, round: round, client: client)
    var steps = local.map { Int64((Double($0) * scale).rounded()) }
    steps.withUnsafeMutableBufferPointer {
      GaussianNoise.add(deviation: multiplier * bound * scale, to: $0, using: &stream)
    }
    for index in local.indices { local[index] = Float(Double(steps[index]) / scale) }
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

  /// Leaves the update in `local`, clipped if there is a bound.
  private mutating func turnIntoUpdate(
    from parameters: [Float], roundingNorm: Double
  ) -> ClippingOutcome {
    let bound = configuration.privacy.clippingBound.value
    return local.withUnsafeMutableBufferPointer { local in
      parameters.withUnsafeBufferPointer { parameters in
        guard let start = local.baseAddress, let global = parameters.baseAddress else { return }
        Elementwise.subtract(local.count, global, from: start)
      }
      if let bound { return Clipping.clip(local, to: bound, roundingNorm: roundingNorm) }
      let norm = Clipping.norm(UnsafeBufferPointer(local))
      return ClippingOutcome(norm: norm, isClipped: false, isFinite: norm.isFinite)
    }
  }
}

/// The numbers beside an update; `norm` is its length before clipping.
private struct TrainedUpdate {
  var examples: Int
  var weight: Int
  var loss: Double
  var norm: Double
  var isFinite: Bool
}

extension CohortNumbers {
  fileprivate init(_ trained: TrainedUpdate, clippingBound: Double?) {
    self.init()
    reported = 1
    examples = Double(trained.examples)
    // A loss that is not a number passes for the largest; `min` would keep it.
    let loss = trained.loss < Self.largestLoss ? trained.loss : Self.largestLoss
    lossSum = loss * examples
    if let clippingBound, trained.norm > clippingBound { clipped = 1 }
  }
}
