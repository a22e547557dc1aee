import Privacy

/// What noise remembers from round to round and what the rounds have cost; part of the checkpoint.
package struct PrivacyState: Codable, Equatable, Sendable {
  package let noiseMultiplier: Double
  package private(set) var ledger: PrivacyLedger
  /// What the rounds so far cost together; nil before the first and without noise.
  package private(set) var guarantee: PrivacyGuarantee?
  /// Whether another round would exceed the budget.
  package private(set) var isSpent = false
  /// The bound of the coming round.
  package private(set) var clippingBound: Double
  private(set) var clipping: AdaptiveClipping?
  /// Of the rounds so far, where it hangs together.
  var noise: CorrelatedNoise?
  /// By turn, the fewest honest clients of a released sum; 0 of a turn without one.
  private var honestClients: [Int] = []

  package init(_ configuration: Configuration, plan: PrivacyPlan) {
    noiseMultiplier = plan.noiseMultiplier
    ledger = plan.ledger
    clippingBound = configuration.privacy.initialClippingBound ?? 1
    if configuration.privacy.clipping == .adaptive { clipping = configuration.adaptiveClipping }
  }

  /// What one round released, for the files.
  package struct Release: Equatable, Sendable {
    /// The bound that clipped, and that the noise was a multiple of.
    package var clippingBound: Double
    package var noiseMultiplier: Double
    package var guarantee: PrivacyGuarantee?
  }

  /// What the server tells of a round's cohort to adaptive clipping.
  package struct NormCount: Equatable, Sendable {
    package var unclipped: Int
    package var reported: Int

    package init(unclipped: Int, reported: Int) {
      self.unclipped = unclipped
      self.reported = reported
    }
  }

  /// Puts a round's release on the ledger, and moves the bound.
  ///
  /// - Parameters:
  ///   - norms: nil in a round whose sum was lost: its noise is used up and paid for all the same,
  ///     but there is no count to follow.
  ///   - reporting: clients whose noise is in the sum; nil when it was lost or has none.
  package mutating func settle(
    round: Int, norms: NormCount?, reporting: Int? = nil, _ configuration: Configuration,
    _ plan: PrivacyPlan
  ) throws(PrivacyError) -> Release {
    var release = Release(clippingBound: clippingBound, noiseMultiplier: noiseMultiplier)
    if let norms { try moveBound(norms, round: round, configuration) }
    guard noiseMultiplier > 0 else { return release }
    if let mechanism = plan.distributed {
      precondition((norms == nil) == (reporting == nil), "noise of nobody is in the sum")
      let honest = reporting.map { $0 - plan.uncountedClients }
      try account(mechanism, honest: honest, round: round, plan)
    } else {
      ledger.append(plan.event(round: round))
    }
    guarantee = try plan.guarantee(of: &ledger)
    if let budget = configuration.privacy.budget.epsilon.value, round < plan.rounds {
      let next = try plan.guarantee(of: &ledger, adding: plan.event(round: round + 1))
      isSpent = next.epsilon > budget
    }
    release.guarantee = guarantee
    return release
  }

  /// Puts noise of clients on the ledger, as much as those who were really there added.
  ///
  /// A client takes part at most once in a turn, and pays for the round of the turn that had the
  /// least noise. A lost sum tells nobody anything.
  private mutating func account(
    _ mechanism: DistributedMechanism, honest: Int?, round: Int, _ plan: PrivacyPlan
  ) throws(PrivacyError) {
    let turn = (round - 1) / plan.schedule.period
    while honestClients.count <= turn { honestClients.append(0) }
    if let honest {
      let fewest = honestClients[turn]
      honestClients[turn] = fewest == 0 ? honest : min(honest, fewest)
    }
    // One event for every number of clients: no more of them than a cohort has.
    var turns: [Int: Int] = [:]
    for clients in honestClients where clients > 0 { turns[clients, default: 0] += 1 }
    ledger = plan.ledger
    for (clients, count) in turns.sorted(by: { $0.key < $1.key }) {
      ledger.append(PrivacyEvent(mechanism.release(clients: clients), count: count))
    }
  }

  private mutating func moveBound(
    _ norms: NormCount, round: Int, _ configuration: Configuration
  ) throws(PrivacyError) {
    guard clipping != nil else { return }
    var stream = configuration.noiseStream(.clippedCount, round: round)
    clipping?.update(
      unclipped: norms.unclipped, reported: norms.reported,
      expectedCohort: Double(configuration.training.cohortSize), using: &stream)
    clippingBound = clipping?.bound ?? clippingBound
  }
}

extension Configuration {
  /// Random bits for noise of the server, or of one client.
  func noiseStream(_ purpose: NoisePurpose, round: Int, client: Int = 0) -> NoiseStream {
    switch (privacy.randomness, secret) {
    case (.reproducible, _):
      NoiseStream(seed: seed, purpose: purpose, round: round, client: client)
    case (.system, let secret?):
      NoiseStream(secret: secret, purpose: purpose, round: round, client: client)
    case (.system, nil): .system
    }
  }
}
