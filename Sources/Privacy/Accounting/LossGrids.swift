import Glibc

/// Composes losses on a grid, and on finer ones where that is too coarse; keeps what it will need again.
struct LossGrids: Sendable {
  let adjacency: Adjacency
  private var known: [KnownRelease] = []

  /// Grid of the losses, as in dp_accounting; doubled until a composition fits `largestSize`.
  static let usualInterval = 1e-4
  static let largestSize = 1 << 20
  /// Releases × interval² ÷ ε at which the usual grid costs ε a percent, and a finer one is tried.
  private static let tolerance = 2e-3
  /// The same for the finer grid, which then costs less than a thousandth.
  private static let fineTolerance = 1e-6
  /// An ε of fewer steps than this share's inverse is told too coarsely, however few the releases.
  private static let coarsest = 1e-3
  private static let mostRefinements = 2
  /// Share of δ that may be left out as an infinite loss.
  private static let shareLeftOut = 1e-7
  /// Share of δ that rounding may come to without a tilt.
  private static let negligible = 1e-5
  /// Orders of the Chernoff bounds that find the window of a composition.
  private static let chernoffOrders = (-8...12).map { pow(2, Double($0)) }

  private struct KnownRelease {
    let release: PrivacyRelease
    let interval: Double
    let logTail: Double
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

  /// ε on the usual grid, and on finer ones where that is too coarse.
  mutating func epsilon(of events: [PrivacyEvent], delta: Double) -> Double? {
    let count = events.reduce(0) { $0 + Double($1.count) }
    guard
      var best = epsilon(
        ofMerged: events, delta: delta, interval: Self.usualInterval, isCertain: true)
    else { return nil }
    // Rounding to the grid costs several times (releases × interval²) in ε: too much when each
    // release loses less than a grid step.
    var interval = Self.usualInterval
    var tolerance = Self.tolerance
    for _ in 0..<Self.mostRefinements {
      let cost = count * interval * interval
      // Nothing is less than no loss at all.
      guard cost > tolerance * best || interval > Self.coarsest * best, count > 1, best.isFinite,
        best > 0
      else { break }
      tolerance = Self.fineTolerance
      let ratio = max(
        (cost / (tolerance * max(best, 0.01 * interval))).squareRoot(),
        interval / (Self.coarsest * max(best, 0.01 * interval)))
      interval *= pow(0.5, min(12, log2(ratio).rounded(.up)))
      best = min(
        best,
        epsilon(ofMerged: events, delta: delta, interval: interval, isCertain: true) ?? best)
    }
    return best
  }

  /// As `epsilon`, on a grid of `interval` or coarser.
  mutating func epsilon(
    ofMerged events: [PrivacyEvent], delta: Double, interval: Double, isCertain: Bool
  ) -> Double? {
    var interval = interval
    for event in events {
      guard let width = PrivacyLossDistribution.width(of: event.release, adjacency) else {
        return nil
      }
      while width / interval > Double(Self.largestSize) { interval *= 2 }
    }
    let count = events.reduce(0) { $0 + Double($1.count) }
    let logTail =
      isCertain
      ? max(SubsampledGaussianLoss.usualLogTail, log(delta / count * Self.shareLeftOut))
      : SubsampledGaussianLoss.usualLogTail
    while true {
      guard let directions = prepare(events, interval: interval, logTail: logTail) else {
        return nil
      }
      if count == 1 {
        return known[0].directions.map { $0.distribution.epsilon(delta: delta) }.reduce(0, max)
      }
      let tailMass =
        isCertain
        ? min(LossComposition.tailMass, Self.shareLeftOut * delta) : LossComposition.tailMass
      let windows = (0..<directions).map {
        window(of: events, direction: $0, tailMass: tailMass)
      }
      let longest = windows.map(\.count).reduce(0, max)
      if longest <= Self.largestSize {
        return windows.enumerated().map { direction, window in
          let tilts = isCertain ? tilts(of: events, direction: direction, delta: delta) : [0]
          return tilts.map { tilt in
            let parts = composition(of: events, direction: direction, window: window, tilt: tilt)
            return LossComposition(
              parts, window: window, isCertain: isCertain, tailMass: tailMass
            ).epsilon(delta: delta)
          }.reduce(.infinity, min)
        }.reduce(0, max)
      }
      interval *= Double(longest / Self.largestSize)
    }
  }

  /// Makes `known` hold exactly these releases; returns how many directions they have.
  private mutating func prepare(
    _ events: [PrivacyEvent], interval: Double, logTail: Double
  ) -> Int? {
    var next: [KnownRelease] = []
    var count = 1
    for event in events {
      // Only losses with parts are cut at a tail.
      let logTail =
        LossPart.directions(of: event.release, adjacency) == nil
        ? SubsampledGaussianLoss.usualLogTail : logTail
      if let index = known.firstIndex(where: {
        $0.release == event.release && $0.interval == interval && $0.logTail == logTail
      }) {
        next.append(known[index])
      } else {
        guard
          let distributions = PrivacyLossDistribution.directions(
            of: event.release, adjacency, interval: interval, logTail: logTail)
        else { return nil }
        next.append(
          KnownRelease(
            release: event.release, interval: interval, logTail: logTail,
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
    of events: [PrivacyEvent], direction: Int, window: Range<Int>, tilt: Double
  ) -> [(spectrum: LossSpectrum, count: Int)] {
    var parts: [(spectrum: LossSpectrum, count: Int)] = []
    for (index, event) in events.enumerated() {
      let own = known[index].own(direction)
      let kept = known[index].directions[own].spectrum
      if kept?.size != window.count || kept?.tilt != tilt {
        known[index].directions[own].spectrum = LossSpectrum(
          known[index].directions[own].distribution, size: window.count, tilt: tilt)
      }
      if let spectrum = known[index].directions[own].spectrum {
        parts.append((spectrum, event.count))
      }
    }
    return parts
  }

  /// Tilts that are worth a try: the smallest answer counts.
  ///
  /// By the order with the least Chernoff bound the sum lies near ε, and by a smaller one where the
  /// law changes its shape at once; without a tilt the error is that of rounding beside 1.
  private func tilts(of events: [PrivacyEvent], direction: Int, delta: Double) -> [Double] {
    func bound(_ order: Double) -> Double {
      var sum = -log(delta)
      for (index, event) in events.enumerated() {
        let own = known[index].directions[known[index].own(direction)]
        guard let moment = own.distribution.logMoment(order: order) else { return .infinity }
        sum += Double(event.count) * moment
      }
      return sum / order
    }
    let count = events.reduce(64) { $0 + Double($1.count) }
    if count * LossComposition.roundingError < Self.negligible * delta { return [0] }
    let bounds = Self.chernoffOrders.map(bound)
    guard let least = bounds.indices.min(by: { bounds[$0] < bounds[$1] }),
      bounds[least].isFinite
    else { return [0] }
    let order = Self.chernoffOrders[least]
    let between =
      [order * 2.0.squareRoot(), order / 2.0.squareRoot(), order]
      .min { bound($0) < bound($1) } ?? order
    return [between, 0.8 * between, 0]
  }

  /// Relative grid indices that hold the composition but for its tail mass; their number is a
  /// power of two.
  private func window(
    of events: [PrivacyEvent], direction: Int, tailMass: Double
  ) -> Range<Int> {
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
    let logTail = log(2 / tailMass)
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
