import Glibc

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
    var best: (epsilon: Double, accountant: Accountant)?
    for accountant in candidates(for: events) {
      let epsilon: Double? =
        switch accountant {
        case .analytic: analytic(events, delta)
        case .zcdp: zeroConcentrated(events, delta)
        case .pld:
          losses.epsilon(of: events, delta: delta, isAlone: self.accountant == .pld)
        case .rdp, .automatic: try renyi(events, delta)
        }
      guard let epsilon, epsilon < best?.epsilon ?? .infinity || best == nil else { continue }
      best = (epsilon, accountant)
    }
    guard let best else { throw .unsupported(refusal(of: events, by: accountant)) }
    return PrivacyGuarantee(
      epsilon: best.epsilon, delta: delta, accountant: best.accountant, adjacency: adjacency,
      assumptions: assumptions(of: events))
  }

  /// The probability that the privacy loss of all events together is above ε; nil where only a bound is known.
  ///
  /// - Parameter delta: at ε, about.
  mutating func probabilityOfLoss(
    above epsilon: Double, of events: [PrivacyEvent], delta: Double
  ) -> Double? {
    // Whoever asks for Rényi divergences alone gets what follows from them.
    guard [.automatic, .pld, .analytic].contains(accountant), epsilon.isFinite,
      !events.contains(where: \.release.isDominated)
    else { return nil }
    return losses.probabilityOfLoss(
      above: epsilon, of: events.filter { $0.count > 0 }, delta: delta)
  }

  /// The accountant asked for, or all whose smallest answer is taken: each is an upper bound.
  private func candidates(for events: [PrivacyEvent]) -> [Accountant] {
    guard accountant == .automatic else { return [accountant] }
    // Exact: nothing is smaller.
    if events.allSatisfy({ $0.release.exactNoiseMultiplier(adjacency) != nil }) {
      return [.analytic]
    }
    return [.pld, .zcdp, .rdp]
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

  private mutating func renyi(
    _ events: [PrivacyEvent], _ delta: Double
  ) throws(PrivacyError) -> Double? {
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
    let leftOut = events.reduce(0) { $0 + Double($1.count) * $1.release.leftOut }
    return try epsilon(delta: delta, leftOut: leftOut) {
      RenyiAccountant.epsilon(delta: $0, orders: orders, divergences: total)
    }
  }

  /// ε of a mechanism whose noise differs from the analysed one by at most `leftOut`: events of one
  /// population may be so much more probable, and those of the other so much less, which counts e^ε
  /// times.
  private func epsilon(
    delta: Double, leftOut: Double, _ exact: (Double) -> Double
  ) throws(PrivacyError) -> Double {
    var epsilon = exact(delta)
    guard leftOut > 0 else { return epsilon }
    for _ in 0..<200 {
      let rest = delta - (1 + exp(epsilon)) * leftOut
      guard rest > 0 else { break }
      let next = exact(rest)
      if next <= epsilon * (1 + 1e-12) { return next }
      epsilon = next
    }
    throw .infeasible(
      "so little skellam noise has an ε of \(epsilon) or more, and e^ε times what its tables leave out "
        + "(\(leftOut)) is not below δ = \(delta); take more noise (or a finer grid for it), or "
        + "discrete_gaussian")
  }

  private func refusal(of events: [PrivacyEvent], by accountant: Accountant) -> String {
    for event in events {
      switch event.release {
      case .fixedSizeGaussian where adjacency == .zeroOut:
        return "a cohort of fixed size is only covered under replace_one and add_or_remove "
          + "adjacency: ask for replace_one, under which a client may send zero as well"
      case .allocatedGaussian:
        return adjacency == .replaceOne
          ? "random allocation is not covered under replace_one adjacency: ask for add_or_remove"
          : "random allocation is covered only by the pld accountant: ask for pld or auto"
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

  /// Probability by which the noise that is drawn may differ from the one that is accounted for.
  var leftOut: Double {
    guard case .distributedSkellam(let noise) = self else { return 0 }
    return Double(noise.clients) * Double(noise.dimension) * SkellamSampler.leftOut
  }

  /// Whether the losses that are composed are those of a pair that only dominates the release: of an ε of theirs
  /// something is known, and of their tail nothing.
  var isDominated: Bool {
    guard case .fixedSizeGaussian(let rate, _) = self else { return false }
    return rate < 1
  }

  var needsIntegerOrders: Bool {
    switch self {
    case .distributedDiscreteGaussian, .distributedSkellam: true
    default: false
    }
  }

  /// What must be true of the run for the accounting of this release to hold, after "Assumes".
  var assumption: String {
    switch self {
    case .gaussian:
      "clipping: each client's update has a norm of at most the clipping bound; sampling is not counted "
        + "(no amplification)"
    case .correlatedGaussian:
      "bounded participation: each client takes part at most as often, and at least as many rounds apart, "
        + "as the schedule says; sampling is not counted (no amplification)"
    case .poissonGaussian:
      "Poisson subsampling: each eligible client joins independently with probability q, and cohorts stay "
        + "secret, their sizes included"
    case .truncatedPoissonGaussian:
      "truncated Poisson subsampling: each client joins independently with probability q, of more than the "
        + "capacity a uniformly random subset is kept, and cohorts stay secret, their sizes included"
    case .allocatedGaussian(_, _, nil):
      "random allocation: each client takes part in one round of every block, which it draws uniformly at "
        + "random, and the draw stays secret"
    case .allocatedGaussian(let bins, _, _):
      "random allocation: each client draws its place in the blocks uniformly at random and keeps it, and "
        + "nobody else knows more of it than that it is one of \(bins)"
    case .fixedSizeGaussian:
      "sampling without replacement: each round's cohort is a fresh, uniformly random set of fixed size, "
        + "and cohorts stay secret"
    case .discreteGaussian:
      "one integer is released with exact discrete Gaussian noise"
    case .distributedDiscreteGaussian, .distributedSkellam:
      "distributed noise: the server sees only the sum modulo the ring, and the clients that are counted "
        + "really added their noise"
    case .zeroConcentrated:
      "the mechanism is ρ-zCDP"
    }
  }
}
