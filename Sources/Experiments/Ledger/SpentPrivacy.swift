import Federation
import Foundation
import Privacy
import Storage

/// What a run may spend or has spent, as a part of what is spent on the same people.
package enum SpentPrivacy {
  /// (ε, δ) of what is no event of a run's ledger: the threshold of a selection before round 1.
  static func beside(_ configuration: Configuration, delta: Double) -> PrivacyProfile.Point {
    let selection = PrivateSelection(configuration, delta: delta)
    return PrivacyProfile.Point(
      epsilon: selection?.tailEpsilon ?? 0, delta: selection?.tailDelta ?? 0)
  }

  /// What a run that begins may spend at most.
  static func planned(_ configuration: Configuration, _ plan: PrivacyPlan) throws
    -> Composition.Part
  {
    guard plan.noiseMultiplier > 0, let whole = try plan.guarantee() else {
      throw ExperimentError(
        .invalidConfiguration,
        "privacy.ledger: a run without noise spends more than any ledger holds; leave the ledger out "
          + "where nobody is to be protected.")
    }
    let beside = beside(configuration, delta: plan.delta)
    func part(rounds: Int, epsilon: Double) -> Composition.Part {
      Composition.Part(
        epsilon: epsilon, delta: plan.delta, adjacency: plan.schedule.adjacency,
        accountant: configuration.privacy.accountant,
        events: plan.ledger.events
          + plan.schedule.events(rounds: rounds, noiseMultiplier: plan.noiseMultiplier),
        isFixed: isFixed(configuration), besideEpsilon: beside.epsilon, besideDelta: beside.delta,
        noiseSeed: noiseSeed(configuration))
    }
    guard let budget = configuration.privacy.budget.epsilon.value, budget < whole.epsilon else {
      return part(rounds: plan.rounds, epsilon: whole.epsilon)
    }
    // With noise of clients the rounds cost less than planned, so there may be more of them; the budget
    // is what holds in any case.
    guard plan.distributed == nil else { return part(rounds: plan.rounds, epsilon: budget) }
    let (rounds, epsilon) = try affordable(plan, budget: budget)
    return part(rounds: rounds, epsilon: epsilon)
  }

  /// The most rounds within a budget, which follow from the plan, and their ε.
  private static func affordable(
    _ plan: PrivacyPlan, budget: Double
  ) throws -> (rounds: Int, epsilon: Double) {
    func epsilon(_ rounds: Int) throws -> Double {
      var ledger = plan.ledger
      for event in plan.schedule.events(rounds: rounds, noiseMultiplier: plan.noiseMultiplier) {
        ledger.append(event)
      }
      return try plan.guarantee(of: &ledger).epsilon
    }
    var (low, high) = (1, plan.rounds)
    while high - low > 1 {
      let middle = (low + high) / 2
      if try epsilon(middle) <= budget { low = middle } else { high = middle }
    }
    return (low, try epsilon(low))
  }

  /// What a finished run has spent; nil without noise.
  static func settled(_ configuration: Configuration, _ state: PrivacyState?) throws -> Composition
    .Part?
  {
    guard let state, state.noiseMultiplier > 0, let guarantee = state.guarantee else { return nil }
    let beside = beside(configuration, delta: guarantee.delta)
    var epsilon = guarantee.epsilon
    // Counts of who really reported follow from what happened: the budget holds whatever did.
    if configuration.distributedNoise != nil,
      let budget = configuration.privacy.budget.epsilon.value
    {
      epsilon = max(epsilon, budget)
    }
    return Composition.Part(
      epsilon: epsilon, delta: guarantee.delta, adjacency: state.ledger.adjacency,
      accountant: configuration.privacy.accountant, events: state.ledger.events,
      isFixed: isFixed(configuration), besideEpsilon: beside.epsilon, besideDelta: beside.delta,
      noiseSeed: noiseSeed(configuration))
  }

  /// The seed from which noise follows, which runs with a key of their own have not.
  package static func noiseSeed(_ configuration: Configuration) -> UInt64? {
    configuration.privacy.randomness == .reproducible ? configuration.seed : nil
  }

  /// Whether the releases follow from the file: with noise of clients a budget counts those who stayed.
  private static func isFixed(_ configuration: Configuration) -> Bool {
    configuration.distributedNoise == nil || configuration.privacy.budget.epsilon.value == nil
  }

  /// Of the folder of a finished run; nil without noise.
  static func ofRun(
    _ folder: String, _ configuration: Configuration
  ) throws -> Composition.Part? {
    guard configuration.privacy.mechanism != .none else { return nil }
    _ = try RecordedFolder(folder).required(Checkpoint.name)
    return try settled(configuration, Checkpoint.read(from: folder).state.privacy)
  }
}
