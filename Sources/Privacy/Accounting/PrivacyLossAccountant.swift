import Glibc

/// Composes releases by their privacy loss distributions and keeps what it will need again.
///
/// The answer depends on the releases and δ alone, never on what was asked before.
struct PrivacyLossAccountant: Sendable {
  let adjacency: Adjacency
  private var grids: LossGrids
  private var integral = LossIntegral()
  private var last: (events: [PrivacyEvent], delta: Double, epsilon: Double?)?

  /// An answer of the usual grid stands when it exceeds the exact one by no more than this share,
  /// so that the numbers of ordinary runs stay what they have been.
  private static let closeEnough = 1e-4
  /// More releases than this, or a smaller δ, are nothing for the usual grid.
  private static let mostOnUsualGrid = 20_000.0
  private static let smallestOnUsualGrid = 1e-10
  /// For a smaller δ no grid is tried where Rényi divergences answer as well: tilted grids take long.
  private static let smallestOnGrid = 1e-12

  init(adjacency: Adjacency) {
    self.adjacency = adjacency
    grids = LossGrids(adjacency: adjacency)
  }

  /// The smallest ε at δ; nil when a release has no loss distribution.
  ///
  /// - Parameter isAlone: whether no other accountant is asked.
  mutating func epsilon(of events: [PrivacyEvent], delta: Double, isAlone: Bool) -> Double? {
    let events = merged(events)
    guard !events.isEmpty else { return 0 }
    // A ledger is asked after every round, whether or not it has changed.
    if let last, last.events == events, last.delta == delta { return last.epsilon }
    let epsilon = composed(events, delta: delta, isAlone: isAlone)
    last = (events, delta, epsilon)
    return epsilon
  }

  private mutating func composed(
    _ events: [PrivacyEvent], delta: Double, isAlone: Bool
  ) -> Double? {
    if isCovered(events, by: delta) { return 0 }
    if let exact = integrated(events, delta: delta) {
      let count = events.reduce(0) { $0 + Double($1.count) }
      guard count <= Self.mostOnUsualGrid, delta >= Self.smallestOnUsualGrid, hasUsualGrid(events),
        let usual = grids.epsilon(
          ofMerged: events, delta: delta, interval: LossGrids.usualInterval, isCertain: false),
        usual >= exact, usual <= exact * (1 + Self.closeEnough)
      else { return exact }
      return usual
    }
    guard isAlone || delta >= Self.smallestOnGrid || !events.allSatisfy(Self.hasDivergences) else {
      return nil
    }
    return grids.epsilon(of: events, delta: delta)
  }

  private static func hasDivergences(_ event: PrivacyEvent) -> Bool {
    switch event.release {
    case .gaussian, .poissonGaussian, .fixedSizeGaussian: true
    default: false
    }
  }

  /// ε without a grid: of one release from its curve, of several by integrals over characteristic
  /// functions; nil where these do not converge or there are none.
  private mutating func integrated(_ events: [PrivacyEvent], delta: Double) -> Double? {
    if events.count == 1, events[0].count == 1 { return single(events[0].release, delta: delta) }
    guard let (gaussian, directions) = Self.directions(of: events, adjacency) else { return nil }
    var worst = 0.0
    for (direction, parts) in directions.enumerated() {
      guard
        let epsilon = integral.epsilon(
          of: parts, gaussian: gaussian, direction: direction, delta: delta)
      else { return nil }
      worst = max(worst, epsilon)
    }
    return worst
  }

  /// What is composed in each direction, and beside it Σ sensitivity² ÷ σ² of all exact Gaussians; nil where
  /// there are other releases.
  private static func directions(
    of events: [PrivacyEvent], _ adjacency: Adjacency
  ) -> (gaussian: Double, directions: [[LossIntegral.Part]])? {
    var gaussian = 0.0
    var releases: [(event: PrivacyEvent, directions: [[LossPart]])] = []
    for event in events {
      if let noise = event.release.exactNoiseMultiplier(adjacency) {
        gaussian += Double(event.count) / (noise * noise)
      } else if let directions = LossPart.directions(of: event.release, adjacency) {
        releases.append((event, directions))
      } else {
        return nil
      }
    }
    let directions = (0..<(releases.map(\.directions.count).max() ?? 0)).map { direction in
      releases.map {
        LossIntegral.Part(
          release: $0.event.release, loss: $0.directions[min(direction, $0.directions.count - 1)],
          count: $0.event.count)
      }
    }
    return (gaussian, directions)
  }

  /// The probability that the loss of all events together is above ε, in the worse direction; nil where it
  /// is not known but by a bound.
  ///
  /// - Parameter delta: at ε, about.
  mutating func probabilityOfLoss(
    above epsilon: Double, of events: [PrivacyEvent], delta: Double
  ) -> Double? {
    let events = merged(events)
    guard let (gaussian, directions) = Self.directions(of: events, adjacency) else { return nil }
    guard !directions.isEmpty else {
      guard gaussian > 0 else { return 0 }
      let mu = gaussian.squareRoot()
      return NormalDistribution.cumulative(0.5 * mu - epsilon / mu)
    }
    if events.count == 1, events[0].count == 1 {
      return Self.probabilityOfLoss(above: epsilon, of: directions.compactMap(\.first?.loss))
    }
    var worst = 0.0
    for (direction, parts) in directions.enumerated() {
      guard
        let own = integral.probabilityOfLoss(
          above: epsilon, of: parts, gaussian: gaussian, direction: direction, delta: delta)
      else { return nil }
      worst = max(worst, own)
    }
    return min(1, worst)
  }

  /// Of one release, from its curve: δ is convex in e^ε with the slope −P(loss > ε of the other neighbour), so
  /// a chord that ends at ε bounds it.
  private static func probabilityOfLoss(
    above epsilon: Double, of directions: [[LossPart]]
  ) -> Double? {
    guard epsilon > 0 else { return nil }
    return directions.map { parts in
      func delta(_ epsilon: Double) -> Double {
        parts.reduce(0x1p-50) { $0 + $1.weight * $1.loss.delta(epsilon) }
      }
      let step = min(1e-3, 0.5 * epsilon)
      let share = exp(-step)
      return min(1, (delta(epsilon - step) - share * delta(epsilon)) / (1 - share))
    }.reduce(0, max)
  }

  /// Whether earlier versions composed these on the usual grid.
  private func hasUsualGrid(_ events: [PrivacyEvent]) -> Bool {
    events.allSatisfy {
      if case .fixedSizeGaussian = $0.release { return false }
      return true
    }
  }

  /// Whether δ covers the probabilities that each release shows anything at all, together.
  private func isCovered(_ events: [PrivacyEvent], by delta: Double) -> Bool {
    var total = 0.0
    for event in events {
      guard let directions = LossPart.directions(of: event.release, adjacency) else { return false }
      let most = directions.map { parts in
        parts.reduce(0x1p-50) { $0 + $1.weight * $1.loss.delta(0) }
      }.reduce(0, max)
      total += Double(event.count) * most
    }
    return total <= delta
  }

  /// ε of one release, where its hockey-stick divergence is known.
  private func single(_ release: PrivacyRelease, delta: Double) -> Double? {
    guard let directions = LossPart.directions(of: release, adjacency) else { return nil }
    return directions.map { parts in
      // The divergence is a difference of probabilities: a few units in the last place of 1.
      func isCovered(_ epsilon: Double) -> Bool {
        parts.reduce(0x1p-50) { $0 + $1.weight * $1.loss.delta(epsilon) } <= delta
      }
      var low = 0.0
      var high = 1e-6
      if isCovered(0) { return 0 }
      while !isCovered(high), high < 1e300 {
        low = high
        high *= 2
      }
      while high - low > 1e-13 * high {
        let middle = 0.5 * (low + high)
        guard middle > low, middle < high else { break }
        if isCovered(middle) { high = middle } else { low = middle }
      }
      return high
    }.reduce(0, max)
  }

  /// Exact Gaussians become one, equal releases are counted together.
  private func merged(_ events: [PrivacyEvent]) -> [PrivacyEvent] {
    var precision = 0.0
    var merged: [PrivacyEvent] = []
    for event in events where event.count > 0 {
      if let noise = event.release.exactNoiseMultiplier(adjacency) {
        precision += Double(event.count) / (noise * noise)
      } else if let index = merged.firstIndex(where: { $0.release == event.release }) {
        merged[index].count += event.count
      } else {
        merged.append(event)
      }
    }
    if precision > 0 {
      let noise = adjacency.sensitivity / precision.squareRoot()
      merged.append(PrivacyEvent(.gaussian(noiseMultiplier: noise)))
    }
    return merged
  }

}
