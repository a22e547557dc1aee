import Glibc

extension RenyiAccountant {
  /// Rényi divergence of the Poisson-subsampled Gaussian.
  ///
  /// Mironov, Talwar and Zhang 2019, Section 3.3 (https://arxiv.org/abs/1908.10530).
  static func subsampledGaussianDivergence(
    order: Double, samplingRate: Double, noiseMultiplier: Double
  ) -> Double {
    let moment =
      order == order.rounded()
      ? logMoment(order: Int(order), samplingRate, noiseMultiplier)
      : logMoment(fractionalOrder: order, samplingRate, noiseMultiplier)
    return moment / (order - 1)
  }

  private static func logMoment(order: Int, _ q: Double, _ sigma: Double) -> Double {
    let alpha = Double(order)
    var logBinomial = 0.0
    var total = -Double.infinity
    for index in 0...order {
      let i = Double(index)
      let term = logBinomial + i * log(q) + (alpha - i) * log1p(-q)
      total = logAdd(total, term + (i * i - i) / (2 * sigma * sigma))
      logBinomial += log((alpha - i) / (i + 1))
    }
    return total
  }

  /// Two series, split at the point where the densities meet.
  ///
  /// Binomial coefficients enter by magnitude, which bounds the alternating tail from above.
  /// Infinite when 1 000 terms do not suffice.
  private static func logMoment(
    fractionalOrder alpha: Double, _ q: Double, _ sigma: Double
  ) -> Double {
    let split = sigma * sigma * log(1 / q - 1) + 0.5
    var logBinomial = 0.0
    var total = -Double.infinity
    var last = (below: -Double.infinity, above: -Double.infinity)
    for index in 0..<1000 {
      let i = Double(index)
      let j = alpha - i
      let below =
        logBinomial + i * log(q) + j * log1p(-q) + (i * i - i) / (2 * sigma * sigma)
        + NormalDistribution.logCumulative((split - i) / sigma)
      let above =
        logBinomial + j * log(q) + i * log1p(-q) + (j * j - j) / (2 * sigma * sigma)
        + NormalDistribution.logCumulative((j - split) / sigma)
      total = logAdd(total, logAdd(below, above))
      if below < last.below, above < last.above, max(below, above) < total - 30 { return total }
      last = (below, above)
      logBinomial += log(abs(j) / (i + 1))
    }
    return .infinity
  }
}

/// Gaussian noise on a random set of fixed size, drawn without replacement, replace-one.
///
/// Wang, Balle and Kasiviswanathan 2019, Theorem 27 (https://arxiv.org/abs/1808.00087).
struct FixedSizeGaussian {
  let samplingRate: Double
  /// Per replace-one sensitivity.
  let noiseMultiplier: Double

  func divergences(orders: [Double]) -> [Double] {
    let highest = orders.reduce(0, max)
    let exact = Int(min(highest.rounded(.up), Double(Self.highestExactOrder)))
    let differences = logForwardDifferences(count: max(2, exact) + 2)
    return orders.map { order in
      if samplingRate == 1 { return order / (2 * noiseMultiplier * noiseMultiplier) }
      let floor = order.rounded(.down)
      let low = logMoment(order: Int(floor), differences)
      guard order > floor else { return low / (order - 1) }
      // Corollary 10: the cumulant generating function is convex.
      let high = logMoment(order: Int(floor) + 1, differences)
      return (low + (order - floor) * (high - low)) / (order - 1)
    }
  }

  /// Above it the looser bound of the theorem spares the quadratic table of differences.
  private static let highestExactOrder = 256

  /// (α − 1) × divergence of the Gaussian at order α = `x` + 1.
  private func cumulant(_ x: Double) -> Double {
    x * (x + 1) / (2 * noiseMultiplier * noiseMultiplier)
  }

  private func logMoment(order: Int, _ differences: [Double]) -> Double {
    guard order > 1 else { return 0 }
    let alpha = Double(order)
    var logBinomial = log(alpha)
    var total = 0.0
    for index in 2...order {
      let i = Double(index)
      logBinomial += log((alpha - i + 1) / i)
      let simple = log(2) + cumulant(i - 1)
      let tight: Double
      if index == 2 {
        let second = 1 / (noiseMultiplier * noiseMultiplier)
        tight = log(4) + second + log(-expm1(-second))
      } else if order <= Self.highestExactOrder {
        tight = log(4) + 0.5 * (differences[index / 2 * 2] + differences[(index + 1) / 2 * 2])
      } else {
        tight = .infinity
      }
      total = logAdd(total, min(tight, simple) + i * log(samplingRate) + logBinomial)
    }
    return total
  }

  /// log |Δᵏ f(0)| for k in 0..<count, where f(x) = exp(cumulant(x − 1)).
  private func logForwardDifferences(count: Int) -> [Double] {
    var values: [(isNegative: Bool, logarithm: Double)] = (0..<count).map {
      (false, cumulant(Double($0) - 1))
    }
    var result: [Double] = []
    result.reserveCapacity(count)
    for level in 0..<count {
      result.append(values[0].logarithm)
      for index in 0..<(count - level - 1) {
        values[index] = difference(values[index + 1], values[index])
      }
    }
    return result
  }

  private func difference(
    _ a: (isNegative: Bool, logarithm: Double), _ b: (isNegative: Bool, logarithm: Double)
  ) -> (isNegative: Bool, logarithm: Double) {
    if a.isNegative != b.isNegative { return (a.isNegative, logAdd(a.logarithm, b.logarithm)) }
    if a.logarithm == b.logarithm { return (false, -.infinity) }
    let larger = max(a.logarithm, b.logarithm)
    let gap = min(a.logarithm, b.logarithm) - larger
    let isNegative = (a.logarithm > b.logarithm) == a.isNegative
    return (isNegative, larger + log1p(-exp(gap)))
  }
}
