import Glibc

/// The terms of the integral at one step, for every ε near the mean.
struct IntegralSum {
  /// What the integral is of, beside the moments.
  enum Kernel {
    /// 1 ÷ (z (z + 1)): the hockey-stick divergence.
    case divergence
    /// 1 ÷ z: the probability of a larger loss.
    case tail
  }

  /// Magnitude × |kernel| and phase of each frequency; the first has half the weight.
  private var amplitudes: [Double] = []
  private var phases: [Double] = []
  private let step: Double
  private let tilt: Double
  private let logMoment: Double
  private let mean: Double
  /// Relative error of all terms.
  private let rounding: Double
  /// Σ of the amplitudes.
  private let total: Double

  init(
    logMagnitudes: ArraySlice<Double>, phases: ArraySlice<Double>, step: Double, tilt: Double,
    logMoment: Double, mean: Double, rounding: Double, kernel: Kernel
  ) {
    self.step = step
    self.tilt = tilt
    self.logMoment = logMoment
    self.mean = mean
    self.rounding = rounding
    for (k, (logMagnitude, phase)) in zip(logMagnitudes, phases).enumerated() {
      let t = Double(k) * step
      var square = tilt * tilt + t * t
      var phase = phase - atan2(t, tilt)
      if kernel == .divergence {
        square *= (tilt + 1) * (tilt + 1) + t * t
        phase -= atan2(t, tilt + 1)
      }
      amplitudes.append(exp(logMagnitude) * (k == 0 ? 0.5 : 1) / square.squareRoot())
      self.phases.append(phase)
    }
    total = amplitudes.reduce(0, +)
  }

  /// Σ of every `stride`-th term at `epsilon`, as if there were no others.
  private func sum(_ epsilon: Double, stride: Int = 1) -> Double {
    let turn = step * (mean - epsilon)
    var sum = 0.0
    var index = 0
    while index < amplitudes.count {
      sum += amplitudes[index] * cos(phases[index] + Double(index) * turn)
      index += stride
    }
    return sum * Double(stride)
  }

  /// log of an upper bound at `epsilon`, of δ or of the probability of a larger loss.
  private func logDelta(_ epsilon: Double) -> Double {
    let bound = max(sum(epsilon), 0) + rounding * total
    return logMoment - tilt * epsilon + log(bound * step / Double.pi)
  }

  /// An upper bound at `epsilon`; nil when neighbouring periods add to it.
  func value(at epsilon: Double) -> Double? {
    guard abs(epsilon - mean) < 0.8 * Double.pi / step, hasDistantPeriods(at: epsilon) else {
      return nil
    }
    return exp(logDelta(epsilon))
  }

  /// Half the period leaves out every other frequency: if that changes little, the whole changes
  /// nothing.
  private func hasDistantPeriods(at epsilon: Double) -> Bool {
    sum(epsilon, stride: 2) < (1 + 1e-6) * (sum(epsilon) + rounding * total)
  }

  /// The smallest ε ≥ 0 with at most `delta`; nil when neighbouring periods add to it.
  func epsilon(delta: Double) -> Double? {
    let target = log(delta)
    let period = 2 * Double.pi / step
    if mean < 0.25 * period, logDelta(0) <= target { return 0 }
    // ε is where the curve, which falls, meets the target.
    var low = mean
    var high = mean
    let stride = period / 32
    while logDelta(low) <= target {
      high = low
      low -= stride
      if low < 0 { low = 0 }
      guard low > mean - 0.4 * period else { return nil }
      if low == 0, high == 0 { return 0 }
    }
    while logDelta(high) > target {
      low = high
      high += stride
      guard high < mean + 0.4 * period else { return nil }
    }
    for _ in 0..<60 {
      let middle = 0.5 * (low + high)
      guard middle > low, middle < high, high - low > 1e-14 * high else { break }
      if logDelta(middle) > target { low = middle } else { high = middle }
    }
    return hasDistantPeriods(at: high) ? high : nil
  }
}
