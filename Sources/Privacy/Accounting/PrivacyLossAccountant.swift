import Glibc

/// Composes releases by their privacy loss distributions and keeps what it will need again.
///
/// The answer depends on the releases and δ alone, never on what was asked before.
struct PrivacyLossAccountant: Sendable {
  let adjacency: Adjacency
  private var known: [KnownRelease] = []

  /// Grid of the losses, as in dp_accounting; doubled until a composition fits `largestSize`.
  static let usualInterval = 1e-4
  static let largestSize = 1 << 20
  /// Releases × interval² ÷ ε at which the usual grid costs ε a percent, and a finer one is tried.
  private static let tolerance = 2e-3
  /// The same for the finer grid, which then costs less than a thousandth.
  private static let fineTolerance = 1e-6
  private static let mostRefinements = 2
  /// Below this the rounding of the transform shows.
  static let smallestDelta = 1e-10

  /// Orders of the Chernoff bounds that find the window of a composition.
  private static let chernoffOrders = (-8...12).map { pow(2, Double($0)) }

  private struct KnownRelease {
    let release: PrivacyRelease
    let interval: Double
    var directions: [KnownDirection]

    /// A release with one direction is symmetric: it serves both.
    func own(_ direction: Int) -> Int { min(direction, directions.count - 1) }
  }

  private struct KnownDirection {
    let distribution: PrivacyLossDistribution
    /// log E[e^(±order × loss)] per Chernoff order.
    let logMoments: (positive: [Double?], negative: [Double?])
    var spectrum: LossSpectrum?
  }

  init(adjacency: Adjacency) {
    self.adjacency = adjacency
  }

  /// The smallest ε at δ; nil when a release has no loss distribution.
  mutating func epsilon(of events: [PrivacyEvent], delta: Double) -> Double? {
    let events = merged(events)
    guard !events.isEmpty else { return 0 }
    guard
      var best = epsilon(ofMerged: events, delta: delta, interval: Self.usualInterval)
    else { return nil }
    // Rounding to the grid costs several times (releases × interval²) in ε: too much when each
    // release loses less than a grid step.
    let count = Double(events.reduce(0) { $0 + $1.count })
    var interval = Self.usualInterval
    var tolerance = Self.tolerance
    for _ in 0..<Self.mostRefinements {
      let cost = count * interval * interval
      // Nothing is less than no loss at all.
      guard cost > tolerance * best, count > 1, best.isFinite, best > 0 else { break }
      tolerance = Self.fineTolerance
      let ratio = (cost / (tolerance * max(best, 0.01 * interval))).squareRoot()
      interval *= pow(0.5, min(12, log2(ratio).rounded(.up)))
      best = min(best, epsilon(ofMerged: events, delta: delta, interval: interval) ?? best)
    }
    return best
  }

  /// As `epsilon`, on a grid of `interval` or coarser.
  private mutating func epsilon(
    ofMerged events: [PrivacyEvent], delta: Double, interval: Double
  ) -> Double? {
    var interval = interval
    for event in events {
      guard let width = PrivacyLossDistribution.width(of: event.release, adjacency) else {
        return nil
      }
      while width / interval > Double(Self.largestSize) { interval *= 2 }
    }
    while true {
      guard let directions = prepare(events, interval: interval) else { return nil }
      if events.count == 1, events[0].count == 1 {
        return known[0].directions.map { $0.distribution.epsilon(delta: delta) }.reduce(0, max)
      }
      let windows = (0..<directions).map { window(of: events, direction: $0) }
      let longest = windows.map(\.count).reduce(0, max)
      if longest <= Self.largestSize {
        return windows.enumerated().map { direction, window in
          composition(of: events, direction: direction, window: window).epsilon(delta: delta)
        }.reduce(0, max)
      }
      interval *= Double(longest / Self.largestSize)
    }
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

  /// Makes `known` hold exactly these releases; returns how many directions they have.
  private mutating func prepare(_ events: [PrivacyEvent], interval: Double) -> Int? {
    var next: [KnownRelease] = []
    var count = 1
    for event in events {
      if let index = known.firstIndex(where: {
        $0.release == event.release && $0.interval == interval
      }) {
        next.append(known[index])
      } else {
        guard
          let distributions = PrivacyLossDistribution.directions(
            of: event.release, adjacency, interval: interval)
        else { return nil }
        next.append(
          KnownRelease(
            release: event.release, interval: interval,
            directions: distributions.map {
              KnownDirection(distribution: $0, logMoments: Self.logMoments(of: $0))
            }))
      }
      count = max(count, next[next.count - 1].directions.count)
    }
    known = next
    return count
  }

  private mutating func composition(
    of events: [PrivacyEvent], direction: Int, window: Range<Int>
  ) -> LossComposition {
    var parts: [(spectrum: LossSpectrum, count: Int)] = []
    for (index, event) in events.enumerated() {
      let own = known[index].own(direction)
      if known[index].directions[own].spectrum?.size != window.count {
        known[index].directions[own].spectrum = LossSpectrum(
          known[index].directions[own].distribution, size: window.count)
      }
      if let spectrum = known[index].directions[own].spectrum {
        parts.append((spectrum, event.count))
      }
    }
    return LossComposition(parts, window: window)
  }

  /// Relative grid indices that hold the composition but for its tail mass; their number is a
  /// power of two.
  private func window(of events: [PrivacyEvent], direction: Int) -> Range<Int> {
    var low = 0.0
    var high = 0.0
    var origin = 0
    var longest = 4
    var parts: [(direction: KnownDirection, count: Double)] = []
    for (index, event) in events.enumerated() {
      let own = known[index].directions[known[index].own(direction)]
      let distribution = own.distribution
      parts.append((own, Double(event.count)))
      origin += event.count * distribution.first
      low += Double(event.count * distribution.first) * distribution.interval
      high +=
        Double(event.count * (distribution.first + distribution.masses.count - 1))
        * distribution.interval
      longest = max(longest, distribution.masses.count)
    }
    let logTail = log(2 / LossComposition.tailMass)
    for (index, order) in Self.chernoffOrders.enumerated() {
      var positive = logTail
      var negative = logTail
      for part in parts {
        positive += part.count * (part.direction.logMoments.positive[index] ?? .infinity)
        negative += part.count * (part.direction.logMoments.negative[index] ?? .infinity)
      }
      high = min(high, positive / order)
      low = max(low, -negative / order)
    }
    let interval = known[0].interval
    let first = max(0, Int((low / interval).rounded(.down)) - origin)
    let last = Int((high / interval).rounded(.up)) - origin
    let needed = max(longest, last - first + 1)
    var size = 4
    while size < needed { size *= 2 }
    return first..<(first + size)
  }

  private static func logMoments(
    of distribution: PrivacyLossDistribution
  ) -> (positive: [Double?], negative: [Double?]) {
    (
      chernoffOrders.map { distribution.logMoment(order: $0) },
      chernoffOrders.map { distribution.logMoment(order: -$0) }
    )
  }
}
