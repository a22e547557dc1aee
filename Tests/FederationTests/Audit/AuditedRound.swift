import Federation
import Privacy

/// A round of central noise as an audit sees it: canaries among ordinary clients.
///
/// Clip, sum and noise are the real ones. Each step can be replaced, to see whether the audit minds.
struct AuditedRound {
  static let dimension = 8192
  static let canaries = 300
  static let ordinary = 900
  static let clients = canaries + ordinary
  static let delta = 1e-5
  /// Canaries are sent so many clipping bounds long that clipping has to do its work.
  static let canaryNorm = 10.0

  var noiseMultiplier = 1.0
  var seed: UInt64 = 1
  /// In place, to a bound; says whether there was something to clip.
  var clip: (UnsafeMutableBufferPointer<Float>, Double) -> Bool = {
    Clipping.clip($0, to: $1).isClipped
  }
  /// Before clipping; the right pipeline does nothing here.
  var prepare: (UnsafeMutableBufferPointer<Float>, Double, inout NoiseStream) -> Void = {
    _, _, _ in
  }
  /// Of a client with so many examples.
  var weight: (Int) -> Int = { _ in 1 }
  /// Standard deviation of the noise on the sum, given the bound that clipped and the next one.
  var deviation: (_ noiseMultiplier: Double, _ bound: Double, _ next: Double) -> Double = {
    noiseMultiplier, bound, _ in noiseMultiplier * bound
  }
  var noiseStream: (_ seed: UInt64, _ round: Int) -> NoiseStream = {
    NoiseStream(seed: $0, purpose: .centralNoise, round: $1)
  }

  /// What the server learns: the noisy mean, over a fixed number of clients.
  ///
  /// - Parameters:
  ///   - hasCanaries: whether the canaries report; ordinary clients always do.
  ///   - clipping: the rule whose bound holds; it moves on.
  func release(
    round: Int = 1, hasCanaries: Bool = true, clipping: inout AdaptiveClipping
  ) -> [Double] {
    let bound = clipping.bound
    var sum = UpdateSum(parameters: Self.dimension)
    var unclipped = 0
    var update = [Float](repeating: 0, count: Self.dimension)
    for client in (hasCanaries ? 0 : Self.canaries)..<Self.clients {
      var own = NoiseStream(seed: seed, purpose: .clientNoise, round: round, client: client)
      update.withUnsafeMutableBufferPointer { update in
        fill(update, client: client, bound: bound)
        prepare(update, bound, &own)
        unclipped += clip(update, bound) ? 0 : 1
        let isAdded = sum.add(
          UnsafeBufferPointer(update), weight: weight(client < Self.canaries ? 64 : 1))
        precondition(isAdded)
      }
    }
    var count = NoiseStream(seed: seed, purpose: .clippedCount, round: round)
    clipping.update(
      unclipped: unclipped, reported: sum.count, expectedCohort: Double(Self.clients),
      using: &count)
    var mean = sum.mean()
    // A mean of weights is over those that reported; the right one is over everybody.
    let isUniform = sum.weight == sum.count
    let denominator = Double(Self.clients)
    if isUniform { for index in mean.indices { mean[index] *= Double(sum.count) / denominator } }
    var noise = [Int64](repeating: 0, count: Self.dimension)
    let scale = Double(1 << UpdateSum.fractionBits)
    var stream = noiseStream(seed, round)
    noise.withUnsafeMutableBufferPointer {
      GaussianNoise.add(
        deviation: deviation(noiseMultiplier, bound, clipping.bound) * scale, to: $0,
        using: &stream)
    }
    for index in mean.indices { mean[index] += Double(noise[index]) / (scale * denominator) }
    return mean
  }

  /// Ordinary clients all want the same, and what they want together is 40 bounds long.
  private func fill(
    _ update: UnsafeMutableBufferPointer<Float>, client: Int, bound: Double
  ) {
    if client < Self.canaries {
      guard Canary.isPlanted(client, seed: seed) else {
        for index in update.indices { update[index] = 0 }
        return
      }
      Canary.fill(update, index: client, norm: Self.canaryNorm * bound, seed: seed)
      return
    }
    let share = 40 * bound / (Double(Self.ordinary) * Double(Self.dimension).squareRoot())
    for index in update.indices { update[index] = Float(index % 2 == 0 ? share : -share) }
  }

  /// What the canaries in one release show.
  ///
  /// - Parameter bound: what clipped.
  func findings(_ release: [Double], bound: Double) throws -> CanaryFindings? {
    var tally = CanaryTally(canaries: Self.canaries)
    tally.look(
      for: 0..<Self.canaries, in: release, scale: Double(Self.clients) / bound, round: 1,
      using: CanaryVectors(canaries: Self.canaries, dimension: Self.dimension, seed: seed))
    return tally.findings(
      AuditedClaim(
        noiseMultiplier: noiseMultiplier, delta: Self.delta, epsilon: try claim(),
        squaredSensitivity: 1, adjacency: .addOrRemove), seed: seed)
  }

  /// The ε of one round with this noise.
  func claim() throws -> Double {
    var accountant = PrivacyAccountant(adjacency: .addOrRemove)
    return try accountant.guarantee(
      of: [PrivacyEvent(.gaussian(noiseMultiplier: noiseMultiplier))], delta: Self.delta
    ).epsilon
  }

  /// A rule that hardly moves the bound.
  static var fixedBound: AdaptiveClipping {
    AdaptiveClipping(
      initialBound: 0.5, learningRate: 1e-9, expectedCohort: Double(clients))
  }
}
