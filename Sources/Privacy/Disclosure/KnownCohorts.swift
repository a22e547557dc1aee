/// What the releases would cost a client if everybody knew who took part in which round.
///
/// Amplification by sampling rests on secret cohorts. A server knows them all the same.
package struct KnownCohorts: Codable, Equatable, Sendable {
  package var epsilon: Double
  /// Rounds that a client takes part in, where it returns after `separation` rounds at the earliest.
  package var participations: Int
  package var separation: Int

  /// Nil where the accounting makes no use of secret cohorts.
  ///
  /// - Parameter beside: (ε, δ) of what is no event of the ledger.
  package init?(
    of ledger: PrivacyLedger,
    beside: PrivacyProfile.Point = PrivacyProfile.Point(epsilon: 0, delta: 0), delta: Double
  ) {
    participations = 0
    separation = 1
    var known: [PrivacyEvent] = []
    for event in ledger.events where event.count > 0 {
      guard let (release, rate) = event.release.withKnownCohort else {
        known.append(event)
        continue
      }
      // Not more often than once in 1 ÷ rate rounds; rounding must not add a round.
      let count = Int((Double(event.count) * rate - 1e-9).rounded(.up))
      participations += count
      separation = max(separation, Int((1 / rate - 1e-9).rounded(.up)))
      known.append(PrivacyEvent(release, count: max(1, count)))
    }
    guard participations > 0, delta > beside.delta else { return nil }
    var accounting = PrivacyAccountant(adjacency: ledger.adjacency)
    guard let own = try? accounting.guarantee(of: known, delta: delta - beside.delta) else {
      return nil
    }
    epsilon = own.epsilon + beside.epsilon
  }

  /// In one sentence or two, which follow one about ε.
  package var sentence: String {
    let often =
      participations == 1
      ? "one round" : "\(participations) rounds, at most every \(separation) rounds"
    return
      "This ε assumes that cohorts are secret: no attacker knows which clients took part in which round. "
      + "Against an attacker who knows the cohorts, such as the server or a relay, ε = "
      + "\(ShownBound.epsilon(epsilon)) at the same δ for a client that took part in \(often). A random "
      + "sampler does not limit how often a client takes part."
  }
}

extension PrivacyRelease {
  /// The same with known cohorts, and the share of rounds that a client takes part in; nil where secret
  /// cohorts do not count.
  fileprivate var withKnownCohort: (release: PrivacyRelease, rate: Double)? {
    switch self {
    case .poissonGaussian(let rate, let noise),
      .truncatedPoissonGaussian(let rate, let noise, _, _),
      .fixedSizeGaussian(let rate, let noise):
      rate < 1 ? (.gaussian(noiseMultiplier: noise), rate) : nil
    case .allocatedGaussian(let bins, let noise, let common):
      // One release is a whole block already.
      bins > 1
        ? (
          .gaussian(
            noiseMultiplier: 1
              / (1 / (noise * noise) + (common.map { 1 / ($0 * $0) } ?? 0)).squareRoot()), 1
        ) : nil
    case .gaussian, .correlatedGaussian, .discreteGaussian, .distributedDiscreteGaussian,
      .distributedSkellam, .zeroConcentrated:
      nil
    }
  }
}
