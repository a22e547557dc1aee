/// What the releases would cost a client if everybody knew who took part in which round.
///
/// Amplification by sampling rests on secret cohorts. How often a client takes part is random then, so
/// ε is told for as many rounds as hardly any client exceeds.
package struct KnownCohorts: Codable, Equatable, Sendable {
  package var epsilon: Double
  /// Rounds that a client takes part in at most, but for `probabilityOfMore`.
  package var participations: Int
  /// That a client takes part in more rounds; 0 where it cannot, nil in files of earlier versions, whose
  /// `participations` are the mean.
  package var probabilityOfMore: Double?

  /// Nil where the accounting makes no use of secret cohorts.
  ///
  /// - Parameters:
  ///   - beside: (ε, δ) of what is no event of the ledger.
  ///   - clients: of the population: on average at most one of them takes part more often. Nil where it is
  ///     unknown, for one of 100 000.
  package init?(
    of ledger: PrivacyLedger,
    beside: PrivacyProfile.Point = PrivacyProfile.Point(epsilon: 0, delta: 0), delta: Double,
    clients: Int? = nil
  ) {
    participations = 0
    var more = 0.0
    var known: [PrivacyEvent] = []
    let sampled = ledger.events.filter { $0.count > 0 && $0.release.withKnownCohort != nil }.count
    // By the union bound each kind of release gets a part.
    let allowed = (clients.map { 1 / Double(max(1, $0)) } ?? 1e-5) / Double(max(1, sampled))
    for event in ledger.events where event.count > 0 {
      guard let (release, rate) = event.release.withKnownCohort else {
        known.append(event)
        continue
      }
      // Of a single round nothing is gained by a bound of none.
      let (count, tail) = BinomialTail.quantile(
        atLeast: 1, allowing: allowed, trials: event.count, success: rate)
      participations += count
      more += tail
      known.append(PrivacyEvent(release, count: count))
    }
    probabilityOfMore = more
    guard participations > 0, delta > beside.delta else { return nil }
    var accounting = PrivacyAccountant(adjacency: ledger.adjacency)
    guard let own = try? accounting.guarantee(of: known, delta: delta - beside.delta) else {
      return nil
    }
    epsilon = own.epsilon + beside.epsilon
  }

  /// In one sentence or two, which follow one about ε.
  package var sentence: String {
    let rounds = participations == 1 ? "one round" : "\(participations) rounds"
    let more =
      switch probabilityOfMore {
      case nil: " A random sampler does not limit how often a client takes part."
      case 0?: " No client takes part more often."
      case let probability?:
        " A client takes part in more with a probability of at most \(ShownBound.delta(probability))."
      }
    return
      "This ε assumes that cohorts are secret: no attacker knows which clients took part in which round. "
      + "Against somebody who sees only the models and knows the cohorts, ε = "
      + "\(ShownBound.epsilon(epsilon)) at the same δ for a client in "
      + "\(probabilityOfMore == nil ? "" : "at most ")\(rounds).\(more)"
  }
}

extension PrivacyLedger {
  /// Whether the accounting makes use of secret cohorts.
  package var restsOnSecretCohorts: Bool {
    events.contains { $0.count > 0 && $0.release.withKnownCohort != nil }
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
