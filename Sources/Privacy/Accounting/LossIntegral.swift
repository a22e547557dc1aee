import Glibc

/// Composes losses without a grid: the hockey-stick divergence as an integral over the
/// characteristic function.
///
/// With M the moments of the composed loss, δ(ε) = (1/2πi) ∫ M(z) e^(−zε) / (z (z + 1)) dz along
/// any line with a real part θ above 0; on the one through the saddle point the integrand is
/// positive where it counts, and rounding is relative to δ instead of to 1 (Alghamdi et al. 2023,
/// "The Saddle-Point Method in Differential Privacy"). The regular sum that stands for the integral
/// adds Σ_k δ(ε + kP) e^(θkP) over whole periods k ≠ 0: too much, never too little.
struct LossIntegral {
  private var tilted: [Key: TiltedLoss] = [:]
  /// Of one release.
  private var logLeftOut = 0.0

  private struct Key: Hashable {
    var release: PrivacyRelease
    var direction: Int
    var tilt: Int
    var logLeftOut: Double
  }

  /// What is composed: releases with a tilted loss each, and one Gaussian.
  struct Part {
    var release: PrivacyRelease
    var loss: [LossPart]
    var count: Int
  }

  /// Points × frequencies of one release that take a tenth of a second.
  private static let mostWork = 20_000_000
  /// Entries that are kept.
  private static let mostKept = 512
  /// Rounding of one release's logarithm of a moment: 64 units in the last place.
  private static let rounding = 0x1p-46
  /// Smaller terms than e^−38 of the first change nothing.
  private static let smallest = -38.0
  private static let shareLeftOut = 1e-11

  private static func tilt(_ index: Int) -> Double { pow(2, Double(index) / 1024) }
  private static let tilts = (-30 * 1024)...(60 * 1024)

  /// The smallest ε ≥ 0 at δ in one direction; nil where the sum does not converge fast enough.
  ///
  /// - Parameters:
  ///   - gaussian: Σ sensitivity² ÷ σ² of all exact Gaussians.
  ///   - direction: index of the direction, which tells losses of one release apart.
  mutating func epsilon(
    of parts: [Part], gaussian: Double, direction: Int, delta: Double
  ) -> Double? {
    let rest = delta * (1 - Self.shareLeftOut)
    return value(of: parts, gaussian, direction, delta, .divergence) { $0.epsilon(delta: rest) }
  }

  /// An upper bound of the probability of a loss above ε in one direction, too large by rounding alone; nil
  /// where the sum does not converge fast enough.
  ///
  /// - Parameter delta: at ε, about: where the integrand is largest follows from it.
  mutating func probabilityOfLoss(
    above epsilon: Double, of parts: [Part], gaussian: Double, direction: Int, delta: Double
  ) -> Double? {
    value(of: parts, gaussian, direction, delta, .tail) { $0.value(at: epsilon) }
      .map { $0 + delta * Self.shareLeftOut }
  }

  /// What is read off the terms of a period that is long enough.
  private mutating func value(
    of parts: [Part], _ gaussian: Double, _ direction: Int, _ delta: Double,
    _ kernel: IntegralSum.Kernel, read: (IntegralSum) -> Double?
  ) -> Double? {
    if tilted.count > Self.mostKept { tilted = [:] }
    // What is rarer than a share of δ that changes nothing would only spoil the moments: it is left
    // out and counts as an infinite loss.
    let releases = parts.reduce(0) { $0 + Double($1.count) }
    logLeftOut = (log(delta) - log(releases) + log(Self.shareLeftOut)).rounded(.down)
    let delta = delta * (1 - Self.shareLeftOut)
    guard let index = tiltIndex(for: parts, gaussian, direction, delta) else { return nil }
    guard let moments = moments(of: parts, gaussian, direction, index) else { return nil }
    let deviation = moments.deviation
    guard deviation > 0, deviation.isFinite else { return nil }
    // A period of many standard deviations; doubled until the neighbouring ones add nothing.
    var logPeriod = log2(max(16 * deviation, 24 / Self.tilt(index))).rounded(.up)
    for _ in 0..<6 {
      guard
        let sum = sum(
          of: parts, gaussian, direction, index, moments, kernel,
          step: 2 * Double.pi / pow(2, logPeriod))
      else { return nil }
      if let value = read(sum) { return value }
      logPeriod += 1
    }
    return nil
  }

  // MARK: - The saddle point

  private struct Moments {
    var logMoment: Double
    var mean: Double
    var variance: Double

    var deviation: Double { variance.squareRoot() }
  }

  private mutating func moments(
    of parts: [Part], _ gaussian: Double, _ direction: Int, _ index: Int
  ) -> Moments? {
    let tilt = Self.tilt(index)
    var sum = Moments(
      logMoment: 0.5 * gaussian * tilt * (tilt + 1), mean: gaussian * (tilt + 0.5),
      variance: gaussian)
    for part in parts {
      let key = Key(
        release: part.release, direction: direction, tilt: index, logLeftOut: logLeftOut)
      let own: TiltedLoss
      if let known = tilted[key] {
        own = known
      } else {
        guard let made = TiltedLoss(part.loss, tilt: tilt, logLeftOut: logLeftOut) else {
          return nil
        }
        own = made
        tilted[key] = made
      }
      let count = Double(part.count)
      sum.logMoment += count * own.logMoment
      sum.mean += count * own.mean
      sum.variance += count * own.variance
    }
    return sum
  }

  /// A tilt close to the one with the least bound e^(log M − θ mean) of δ, among the few that
  /// queries share.
  private mutating func tiltIndex(
    for parts: [Part], _ gaussian: Double, _ direction: Int, _ delta: Double
  ) -> Int? {
    let target = -log(delta)
    var low = Self.tilts.lowerBound
    var high = Self.tilts.upperBound
    /// Whether log M − θ mean, which falls as log M is convex, is below log δ.
    func isBeyond(_ moments: Moments, _ index: Int) -> Bool {
      Self.tilt(index) * moments.mean - moments.logMoment >= target
    }
    guard var below = moments(of: parts, gaussian, direction, low), !isBeyond(below, low) else {
      return nil
    }
    var above: Moments?
    // A sixteenth of an octave will do, or less where the mean runs away in between.
    while high - low > 1,
      high - low > 64 || (above?.mean ?? .infinity) - below.mean > 3 * below.deviation
    {
      let middle = (low + high) / 2
      let moments = self.moments(of: parts, gaussian, direction, middle)
      if let moments, !isBeyond(moments, middle) {
        (low, below) = (middle, moments)
      } else {
        (high, above) = (middle, moments)
      }
    }
    guard let above else { return low }
    let lower = (below.logMoment + target) / Self.tilt(low)
    return lower <= (above.logMoment + target) / Self.tilt(high) ? low : high
  }

  // MARK: - The sum

  /// The terms of all frequencies that count; nil when they are too many.
  private mutating func sum(
    of parts: [Part], _ gaussian: Double, _ direction: Int, _ index: Int, _ moments: Moments,
    _ kernel: IntegralSum.Kernel, step: Double
  ) -> IntegralSum? {
    var logMagnitudes: [Double] = []
    var phases: [Double] = []
    var last = 0
    var block = 0
    // A magnitude may fall for a moment and rise again: it must stay small over twice the way.
    while logMagnitudes.count < 2 * last + 16 {
      var ownMagnitudes = [Double](repeating: 0, count: TiltedLoss.block)
      var ownPhases = ownMagnitudes
      for k in ownMagnitudes.indices {
        let frequency = Double(block * TiltedLoss.block + k) * step
        ownMagnitudes[k] = -0.5 * gaussian * frequency * frequency
      }
      for part in parts {
        let key = Key(
          release: part.release, direction: direction, tilt: index, logLeftOut: logLeftOut)
        let count = Double(part.count)
        let isDone = tilted[key]?.withBlock(block, step: step, mostWork: Self.mostWork) {
          for (k, (logMagnitude, phase)) in zip($0, $1).enumerated() {
            ownMagnitudes[k] += count * logMagnitude
            ownPhases[k] += count * phase
          }
        }
        guard isDone == true else { return nil }
      }
      for (k, magnitude) in ownMagnitudes.enumerated() where magnitude > Self.smallest {
        last = block * TiltedLoss.block + k
      }
      logMagnitudes += ownMagnitudes
      phases += ownPhases
      block += 1
    }
    let releases = parts.reduce(64.0) { $0 + Double($1.count) }
    return IntegralSum(
      logMagnitudes: logMagnitudes.prefix(last + 1), phases: phases.prefix(last + 1), step: step,
      tilt: Self.tilt(index), logMoment: moments.logMoment, mean: moments.mean,
      rounding: releases * Self.rounding, kernel: kernel)
  }
}
