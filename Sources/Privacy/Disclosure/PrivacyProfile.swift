import Glibc

/// The (ε, δ) curve of a sequence of releases: pairs that all hold, from large δ to small.
///
/// δ is a convex function of e^ε, so what lies on the line between two neighbouring pairs holds too.
package struct PrivacyProfile: Sendable {
  package struct Point: Codable, Equatable, Sendable {
    package var epsilon: Double
    package var delta: Double

    package init(epsilon: Double, delta: Double) {
      self.epsilon = epsilon
      self.delta = delta
    }
  }

  /// ε rises and δ falls; the first has ε = 0 unless δ = 0.999999 does not suffice for that.
  package let points: [Point]
  /// Of the one Gaussian that the releases are exactly; nil where they are none.
  private let exactMu: Double?

  /// The δ of a curve that ends at one of them: closer together where it bends most.
  private static func deltas(smallest: Double) -> [Double] {
    let large = [0.999_999, 0.999, 0.99, 0.9]
    let middle = (1...24).map { pow(10, -Double($0) / 8) }
    let steps = Int((-log10(smallest) * 4).rounded(.up))
    return large + middle + (13...max(13, steps)).map { pow(10, -Double($0) / 4) }
  }

  /// - Parameters:
  ///   - ledger: what was released.
  ///   - beside: (ε, δ) of what is no event of the ledger; adds up with it.
  ///   - smallestDelta: where the curve ends.
  package init(
    of ledger: PrivacyLedger, beside: Point = Point(epsilon: 0, delta: 0),
    smallestDelta: Double = 1e-10
  ) throws(PrivacyError) {
    try self.init(
      of: ledger, beside: beside, deltas: Self.deltas(smallest: smallestDelta), bisections: 10)
  }

  /// A few pairs of the curve, in a fraction of the time.
  ///
  /// - Parameter delta: where it ends.
  package init(
    of ledger: PrivacyLedger, beside: Point = Point(epsilon: 0, delta: 0), coarseTo delta: Double
  ) throws(PrivacyError) {
    let steps = Self.coarseDeltas.filter { $0 > 2 * delta } + [delta]
    try self.init(of: ledger, beside: beside, deltas: steps, bisections: 3)
  }

  /// The whole curve where that is quick, as reports of runs have it; a few pairs otherwise.
  init(of ledger: PrivacyLedger, beside: Point, told guarantee: PrivacyGuarantee)
    throws(PrivacyError)
  {
    if Self.isQuick(guarantee) {
      try self.init(
        of: ledger, beside: beside, smallestDelta: min(1e-10, guarantee.delta))
    } else {
      try self.init(of: ledger, beside: beside, coarseTo: guarantee.delta)
    }
  }

  /// Whether the whole curve takes a fraction of a second.
  static func isQuick(_ guarantee: PrivacyGuarantee) -> Bool {
    [.analytic, .pld].contains(guarantee.accountant) && guarantee.epsilon <= 10
  }

  private static let coarseDeltas = [0.8, 0.65, 0.5, 0.2, 0.08, 0.03, 0.01, 1e-3]

  /// - Parameter bisections: halvings of the interval that holds the smallest δ at which ε is 0.
  private init(
    of ledger: PrivacyLedger, beside: Point, deltas: [Double], bisections: Int
  ) throws(PrivacyError) {
    var ledger = ledger
    func epsilon(_ delta: Double) throws(PrivacyError) -> Double {
      guard delta > beside.delta else { return .infinity }
      return beside.epsilon + (try ledger.guarantee(delta: delta - beside.delta).epsilon)
    }
    var points: [Point] = []
    var last: Point?
    for delta in deltas {
      // Below some δ an accountant may have no answer: there the curve ends.
      guard let own = try? epsilon(delta) else { break }
      let point = Point(epsilon: own, delta: delta)
      // Where it is 0 already, only the smallest such δ tells something.
      guard point.epsilon > 0 else {
        last = point
        continue
      }
      if points.isEmpty, let zero = last {
        var (low, high) = (delta, zero.delta)
        for _ in 0..<bisections {
          let middle = (low * high).squareRoot()
          if try epsilon(middle) > 0 { low = middle } else { high = middle }
        }
        points.append(Point(epsilon: 0, delta: high))
      }
      points.append(point)
    }
    if points.isEmpty, let last { points.append(last) }
    if points.isEmpty { _ = try epsilon(deltas[0]) }
    // Bounds of several accountants may cross: what holds at a smaller δ holds at a larger one.
    for index in points.indices.dropLast().reversed() {
      points[index].epsilon = min(points[index].epsilon, points[index + 1].epsilon)
    }
    self.points = points.filter(\.epsilon.isFinite)
    exactMu = beside.epsilon == 0 && beside.delta == 0 ? ledger.exactGaussianMu : nil
  }

  /// The smallest δ known to hold at an ε; nil beyond the end of the curve.
  package func delta(epsilon: Double) -> Double? {
    guard let last = points.last, epsilon <= last.epsilon,
      let index = points.lastIndex(where: { $0.epsilon <= epsilon })
    else { return nil }
    guard index + 1 < points.count else { return last.delta }
    let (left, right) = (points[index], points[index + 1])
    let share = expm1(epsilon - left.epsilon) / expm1(right.epsilon - left.epsilon)
    return left.delta + (share.isFinite ? share : 0) * (right.delta - left.delta)
  }

  /// The smallest δ at which ε is 0: how much more often than by chance, at best, an attacker with a
  /// prior of one half tells the two neighbours apart.
  package var totalVariation: Double { points.first.map { $0.epsilon > 0 ? 1 : $0.delta } ?? 1 }

  /// A bound of the probability that the privacy loss is above an ε, which may be larger than δ(ε).
  ///
  /// δ(a) = E[(1 − e^(a − loss))⁺] is at least (1 − e^(a − ε)) P(loss > ε) for every a below ε.
  package func probabilityOfLoss(above epsilon: Double) -> Double {
    let below = points.lazy.filter { $0.epsilon < epsilon }
    return below.map { $0.delta / -expm1($0.epsilon - epsilon) }.reduce(1, min)
  }

  /// The largest share of members that any test finds which accuses this share of non-members.
  ///
  /// Every pair bounds it: by e^ε × rate + δ, and by 1 − e^−ε (1 − δ − rate) (Wasserman and Zhou 2010;
  /// Dong, Roth and Su 2022, https://arxiv.org/abs/1905.02383, Section 2).
  package func largestTruePositiveRate(falsePositiveRate rate: Double) -> Double {
    points.reduce(1.0) { min($0, $1.largestTruePositiveRate(falsePositiveRate: rate)) }
  }

  /// The largest share of right guesses of any attacker, for whom both neighbours are equally likely.
  package var largestShareOfRightGuesses: Double {
    points.reduce((1 + totalVariation) / 2) { min($0, $1.largestShareOfRightGuesses) }
  }
}

extension PrivacyProfile.Point {
  /// What this pair by itself says about every test.
  func largestTruePositiveRate(falsePositiveRate rate: Double) -> Double {
    let steep = exp(epsilon) * rate + delta
    let flat = 1 - exp(-epsilon) * (1 - delta - rate)
    return max(rate, min(1, steep, flat))
  }

  /// What this pair by itself says about every guess: (e^ε + δ) ÷ (1 + e^ε) (Kairouz, Oh and Viswanath
  /// 2015, https://arxiv.org/abs/1311.0776).
  var largestShareOfRightGuesses: Double { 1 - (1 - delta) / (1 + exp(epsilon)) }
}

// MARK: - Gaussian differential privacy

extension PrivacyProfile {
  /// The releases as one Gaussian of sensitivity μ and deviation 1.
  package struct GaussianBound: Encodable, Equatable, Sendable {
    package var mu: Double
    /// Whether the releases are exactly that; else a bound on the given range of δ alone.
    package var isExact: Bool
    package var smallestDelta: Double
    package var largestDelta: Double
  }

  private static let largestMu = 1e6

  /// The smallest μ, rounded up, whose curve lies nowhere below this one.
  ///
  /// Gomez et al., "Gaussian DP for Reporting Differential Privacy Guarantees in Machine Learning"
  /// (https://arxiv.org/abs/2503.10945). Nil where no μ does.
  package var gaussianBound: GaussianBound? {
    guard let first = points.first, let last = points.last else { return nil }
    if let exactMu {
      return GaussianBound(mu: exactMu, isExact: true, smallestDelta: 0, largestDelta: 1)
    }
    var mu = 0.0
    for (index, point) in points.enumerated() {
      let next = index + 1 < points.count ? points[index + 1] : point
      guard mu == 0 || !Self.isCovered(from: point, to: next, mu: mu) else { continue }
      var high = max(1e-6, mu)
      while !Self.isCovered(from: point, to: next, mu: high) {
        (mu, high) = (high, 2 * high)
        guard high < Self.largestMu else { return nil }
      }
      while high - mu > 1e-6 * high {
        let middle = 0.5 * (mu + high)
        if Self.isCovered(from: point, to: next, mu: middle) { high = middle } else { mu = middle }
      }
      mu = high
    }
    return GaussianBound(
      mu: mu, isExact: false, smallestDelta: last.delta, largestDelta: first.delta)
  }

  /// Whether the Gaussian's curve lies nowhere below the line between two pairs.
  ///
  /// The curve minus the line is convex in e^ε, so its least value is where the slopes agree.
  private static func isCovered(from left: Point, to right: Point, mu: Double) -> Bool {
    func logDelta(_ epsilon: Double) -> Double {
      AnalyticGaussian.logDelta(epsilon: epsilon, noiseMultiplier: 1 / mu)
    }
    guard logDelta(left.epsilon) >= log(left.delta), logDelta(right.epsilon) >= log(right.delta)
    else { return false }
    let width = right.epsilon - left.epsilon
    guard width > 0, left.delta > right.delta, width < 500 else { return true }
    // log |slope| of the line in e^ε; that of the curve is log Φ(−ε/μ − μ/2), which falls.
    let slope = log(left.delta - right.delta) - left.epsilon - log(expm1(width))
    var (low, high) = (left.epsilon, right.epsilon)
    for _ in 0..<60 {
      let middle = 0.5 * (low + high)
      if NormalDistribution.logCumulative(-middle / mu - mu / 2) > slope {
        low = middle
      } else {
        high = middle
      }
    }
    let touching = 0.5 * (low + high)
    let share = expm1(touching - left.epsilon) / expm1(width)
    let line = left.delta + share * (right.delta - left.delta)
    return logDelta(touching) >= log(line)
  }
}

extension PrivacyLedger {
  /// μ of the one Gaussian that all releases together are exactly; nil where they are none.
  var exactGaussianMu: Double? {
    var square = 0.0
    for event in events where event.count > 0 {
      guard let noise = event.release.exactNoiseMultiplier(adjacency) else { return nil }
      square += Double(event.count) / (noise * noise)
    }
    return square.squareRoot()
  }
}
