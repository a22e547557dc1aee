import Glibc

/// Which of two neighbours is observed, and which one is compared with it.
enum LossDirection {
  /// The client is in the observed population only.
  case remove
  /// The client is in the other population only.
  case add
  /// Each population has a client the other one has not.
  case replace
  /// One client of a sample of fixed size was swapped for another, in either direction.
  ///
  /// No pair of Gaussian mixtures is the worst at every ε: `remove` is at ε ≥ 0 and `add` below
  /// (Zhu, Dong and Wang 2022, https://arxiv.org/abs/2106.08567, Theorem 11; Balle, Barthe and
  /// Gaboardi 2018, https://arxiv.org/abs/1807.01647). The pair that has both halves puts the rest
  /// of its mass on the loss 0.
  case substitute
}

/// The privacy loss of Gaussian noise on a Poisson sample, along the worst direction.
///
/// With N₀, N₋, N₊ of means 0, −1, +1 and standard deviation σ the pair is
/// ((1−q)N₀ + qN₋, N₀) for `remove`, (N₀, (1−q)N₀ + qN₊) for `add` and
/// ((1−q)N₀ + qN₋, (1−q)N₀ + qN₊) for `replace`. The loss falls as the observation x grows.
struct SubsampledGaussianLoss {
  let samplingRate: Double
  /// Noise standard deviation ÷ sensitivity; the sensitivity of `replace` is one client's norm,
  /// that of `substitute` the distance of two.
  let sigma: Double
  let direction: LossDirection

  /// Probability left out at either end, and counted as an infinite loss.
  static let usualLogTail = -50.0

  /// The loss at observation `x`.
  func loss(at x: Double) -> Double {
    switch direction {
    case .remove: removeLoss(at: x)
    case .add: -removeLoss(at: -x)
    case .replace: removeLoss(at: x) - removeLoss(at: -x)
    case .substitute: x < -0.5 ? removeLoss(at: x) : x > 0.5 ? -removeLoss(at: -x) : 0
    }
  }

  /// log of the observed density ÷ that of the noise alone, at observation `x`.
  func logDensityRatio(at x: Double) -> Double {
    switch direction {
    case .remove, .replace: removeLoss(at: x)
    case .add: 0
    case .substitute: x < 0 ? removeLoss(at: x) : 0
    }
  }

  private func removeLoss(at x: Double) -> Double {
    let full = (-0.5 - x) / (sigma * sigma)
    if samplingRate == 1 { return full }
    if full < 1 { return log1p(samplingRate * expm1(full)) }
    return full + log(samplingRate + (1 - samplingRate) * exp(-full))
  }

  /// The losses between which all but a tail of this probability lies.
  func range(logTail: Double) -> ClosedRange<Double> {
    let tail = -sigma * NormalDistribution.quantile(logProbability: logTail - log(2))
    return switch direction {
    case .remove, .replace: loss(at: tail)...loss(at: -tail - 1)
    case .add: loss(at: tail + 1)...loss(at: -tail)
    case .substitute: loss(at: tail + 1)...loss(at: -tail - 1)
    }
  }

  /// The hockey-stick divergence at `epsilon`.
  func delta(_ epsilon: Double) -> Double {
    let q = samplingRate
    switch direction {
    case .substitute:
      let half = SubsampledGaussianLoss(
        samplingRate: q, sigma: sigma, direction: epsilon >= 0 ? .remove : .add)
      return half.delta(epsilon)
    case .remove:
      if q < 1, epsilon <= log1p(-q) { return -expm1(epsilon) }
      let x = -0.5 - sigma * sigma * unsampled(epsilon)
      let upper = (1 - q) * cumulative(x) + q * cumulative(x + 1)
      return clamp(upper - exp(epsilon + logCumulative(x)))
    case .add:
      if q < 1, epsilon >= -log1p(-q) { return 0 }
      let x = 0.5 + sigma * sigma * unsampled(-epsilon)
      // Above zero e^ε × the lower mass may overflow in pieces, so it is summed as logarithms.
      let lower = logAdd(log1p(-q) + logCumulative(x), log(q) + logCumulative(x - 1))
      return clamp(cumulative(x) - exp(epsilon + lower))
    case .replace:
      let x = replaceObservation(epsilon)
      let upper = (1 - q) * cumulative(x) + q * cumulative(x + 1)
      let lower = logAdd(log1p(-q) + logCumulative(x), log(q) + logCumulative(x - 1))
      return clamp(upper - exp(epsilon + lower))
    }
  }

  /// log(1 + (e^ε − 1)/q): the loss without sampling that belongs to `epsilon`.
  private func unsampled(_ epsilon: Double) -> Double {
    if samplingRate == 1 { return epsilon }
    if epsilon < 30 { return log1p(expm1(epsilon) / samplingRate) }
    return epsilon - log(samplingRate) + log1p((samplingRate - 1) * exp(-epsilon))
  }

  /// The observation whose replace-one loss is `epsilon`:
  /// σ² (asinh(−sinh(ε/2) e^(1/2σ²) (1−q)/q) − ε/2).
  private func replaceObservation(_ epsilon: Double) -> Double {
    guard epsilon != 0 else { return 0 }
    let half = 0.5 * abs(epsilon)
    let logSinh = half + log(-expm1(-2 * half)) - log(2)
    let logArgument =
      logSinh + 0.5 / (sigma * sigma) + log1p(-samplingRate) - log(samplingRate)
    let magnitude = logArgument > 300 ? logArgument + log(2) : asinh(exp(logArgument))
    return sigma * sigma * (epsilon > 0 ? -magnitude - half : magnitude + half)
  }

  private func cumulative(_ x: Double) -> Double { NormalDistribution.cumulative(x / sigma) }

  private func logCumulative(_ x: Double) -> Double { NormalDistribution.logCumulative(x / sigma) }

  private func clamp(_ delta: Double) -> Double { min(max(delta, 0), 1) }
}

extension PrivacyLossDistribution {
  /// The loss of one Poisson-sampled Gaussian release.
  init(_ mechanism: SubsampledGaussianLoss, interval: Double, logTail: Double) {
    let range = mechanism.range(logTail: logTail)
    let low = Int((range.lowerBound / interval).rounded(.down))
    let high = Int((range.upperBound / interval).rounded(.up))
    self.init(
      interval: interval, first: low,
      deltas: (low...high).map { mechanism.delta(Double($0) * interval) })
  }
}
