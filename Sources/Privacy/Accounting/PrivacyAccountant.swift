/// Answers (ε, δ) questions about sequences of releases.
///
/// Keeps what it computed, so that asking again after every round is cheap; the answers depend on
/// the releases and δ alone.
package struct PrivacyAccountant: Sendable {
  package let adjacency: Adjacency
  package let accountant: Accountant
  private var losses: PrivacyLossAccountant
  /// By release, at `divergenceOrders`.
  private var divergences: [PrivacyRelease: [Double]] = [:]
  private var divergenceOrders: [Double] = []

  private static let mostKept = 10_000

  package init(adjacency: Adjacency, accountant: Accountant = .automatic) {
    self.adjacency = adjacency
    self.accountant = accountant
    losses = PrivacyLossAccountant(adjacency: adjacency)
  }

  /// The smallest ε known to hold for all events together.
  package mutating func guarantee(
    of events: [PrivacyEvent], delta: Double
  ) throws(PrivacyError) -> PrivacyGuarantee {
    guard delta > 0, delta < 1 else {
      throw .invalid("δ = \(delta) is not between 0 and 1")
    }
    let events = events.filter { $0.count > 0 }
    for event in events { try event.release.validate() }
    let chosen = try choice(for: events, delta: delta)
    let epsilon =
      switch chosen {
      case .analytic: analytic(events, delta)
      case .zcdp: zeroConcentrated(events, delta)
      case .pld: losses.epsilon(of: events, delta: delta)
      case .rdp, .automatic: renyi(events, delta)
      }
    guard let epsilon else {
      throw .unsupported(refusal(of: events, by: chosen))
    }
    return PrivacyGuarantee(
      epsilon: epsilon, delta: delta, accountant: chosen, adjacency: adjacency,
      assumptions: assumptions(of: events))
  }

  /// The tightest accountant that covers every event, or the one asked for.
  private func choice(
    for events: [PrivacyEvent], delta: Double
  ) throws(PrivacyError) -> Accountant {
    guard accountant == .automatic else {
      if accountant == .pld, delta < PrivacyLossAccountant.smallestDelta {
        throw .unsupported(
          "the pld accountant is not precise enough for δ below "
            + "\(PrivacyLossAccountant.smallestDelta): use rdp")
      }
      return accountant
    }
    let releases = events.map(\.release)
    if releases.allSatisfy({ $0.exactNoiseMultiplier(adjacency) != nil }) { return .analytic }
    let hasLosses = releases.allSatisfy {
      PrivacyLossDistribution.width(of: $0, adjacency) != nil
    }
    if hasLosses, delta >= PrivacyLossAccountant.smallestDelta { return .pld }
    if releases.allSatisfy({ $0.rho(adjacency) != nil }) { return .zcdp }
    return .rdp
  }

  private func analytic(_ events: [PrivacyEvent], _ delta: Double) -> Double? {
    var precision = 0.0
    for event in events {
      guard let noise = event.release.exactNoiseMultiplier(adjacency) else { return nil }
      precision += Double(event.count) / (noise * noise)
    }
    guard precision > 0 else { return 0 }
    return AnalyticGaussian.epsilon(delta: delta, noiseMultiplier: 1 / precision.squareRoot())
  }

  private func zeroConcentrated(_ events: [PrivacyEvent], _ delta: Double) -> Double? {
    var total = 0.0
    for event in events {
      guard let rho = event.release.rho(adjacency) else { return nil }
      total += Double(event.count) * rho
    }
    return RenyiAccountant.epsilon(delta: delta, rho: total)
  }

  private mutating func renyi(_ events: [PrivacyEvent], _ delta: Double) -> Double? {
    let orders =
      events.contains { $0.release.needsIntegerOrders }
      ? RenyiAccountant.integerOrders : RenyiAccountant.orders
    if divergenceOrders != orders || divergences.count > Self.mostKept { divergences = [:] }
    divergenceOrders = orders
    var total = [Double](repeating: 0, count: orders.count)
    for event in events {
      let values: [Double]
      if let known = divergences[event.release] {
        values = known
      } else if let computed = RenyiAccountant.divergences(
        of: event.release, adjacency, orders: orders)
      {
        values = computed
        divergences[event.release] = computed
      } else {
        return nil
      }
      for index in total.indices { total[index] += Double(event.count) * values[index] }
    }
    return RenyiAccountant.epsilon(delta: delta, orders: orders, divergences: total)
  }

  private func refusal(of events: [PrivacyEvent], by accountant: Accountant) -> String {
    for event in events {
      switch event.release {
      case .fixedSizeGaussian where adjacency != .replaceOne:
        return "a cohort of fixed size is only covered under replace_one adjacency: "
          + "adding or removing a client would change the size"
      case .distributedDiscreteGaussian, .distributedSkellam:
        if adjacency == .addOrRemove {
          return "noise added by the clients is not covered under add_or_remove adjacency: "
            + "a client that leaves takes its noise along; ask for zero_out"
        }
      default: break
      }
    }
    return "the \(accountant.rawValue) accountant does not cover these releases "
      + "under \(adjacency.rawValue) adjacency"
  }

  private func assumptions(of events: [PrivacyEvent]) -> [String] {
    var lines: [String] = []
    for event in events where !lines.contains(event.release.assumption) {
      lines.append(event.release.assumption)
    }
    return lines
  }
}

extension PrivacyRelease {
  /// ρ of zero-concentrated differential privacy, where it is known.
  func rho(_ adjacency: Adjacency) -> Double? {
    if let noise = exactNoiseMultiplier(adjacency) { return 1 / (2 * noise * noise) }
    switch self {
    case .discreteGaussian(let deviation, let sensitivity):
      let noise = deviation / (Double(sensitivity) * adjacency.sensitivity)
      return 1 / (2 * noise * noise)
    case .zeroConcentrated(let rho): return rho
    default: return nil
    }
  }

  var needsIntegerOrders: Bool {
    switch self {
    case .distributedDiscreteGaussian, .distributedSkellam: true
    default: false
    }
  }

  /// What must be true of the run for the accounting of this release to hold.
  var assumption: String {
    switch self {
    case .gaussian:
      "each client's update has norm at most the clipping bound; no amplification by sampling"
    case .correlatedGaussian:
      "clients take part no more often and no closer together than the schedule says; "
        + "no amplification by sampling"
    case .poissonGaussian:
      "each client joins every round in which it may, independently of all others, with the "
        + "sampling rate; the cohort and its size are secret"
    case .truncatedPoissonGaussian:
      "each client joins each round independently with the sampling rate; above the capacity "
        + "a uniformly random subset is kept; the cohort and its size are secret"
    case .fixedSizeGaussian:
      "each round's cohort is a fresh uniformly random set of fixed size; the cohort is secret"
    case .discreteGaussian:
      "one integer is released with exact discrete Gaussian noise"
    case .distributedDiscreteGaussian, .distributedSkellam:
      "the server sees only the sum modulo the ring; the counted clients added their noise"
    case .zeroConcentrated:
      "the mechanism is ρ-zCDP"
    }
  }
}
