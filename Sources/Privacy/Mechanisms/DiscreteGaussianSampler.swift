/// The discrete Gaussian N_Z(0, σ²), sampled exactly.
///
/// Canonne, Kamath and Steinke 2020, Algorithms 1 to 3 (https://arxiv.org/abs/2004.00010). Only
/// integers and exact coins: no probability is rounded.
package struct DiscreteGaussianSampler: Equatable, Sendable {
  /// The variance σ² as a fraction.
  private let varianceNumerator: UInt64
  private let varianceDenominator: UInt64
  /// Scale of the discrete Laplace proposal: ⌊σ⌋ + 1.
  private let scale: UInt64

  package var variance: Double { Double(varianceNumerator) / Double(varianceDenominator) }

  /// Largest σ whose acceptance probability is a ratio of 64-bit integers.
  package static let largestDeviation = 32_000.0

  /// The variance is rounded up to a fraction that 64-bit arithmetic can hold.
  package init(standardDeviation: Double) {
    precondition(standardDeviation > 0 && standardDeviation <= Self.largestDeviation)
    let variance = standardDeviation * standardDeviation
    scale = UInt64(standardDeviation) + 1
    var denominator: UInt64 = 1 << 20
    // 2 × numerator × denominator × scale² must fit 64 bits.
    while 2 * (variance * Double(denominator) + 1) * Double(denominator) * Double(scale * scale)
      >= 0x1p63
    { denominator >>= 1 }
    varianceDenominator = denominator
    varianceNumerator = UInt64((variance * Double(denominator)).rounded(.up))
  }

  package func sample(using stream: inout NoiseStream) -> Int64 {
    while true {
      let proposal = laplace(using: &stream)
      // (|Y| − σ²/t)² ÷ 2σ² = (|Y| d t − n)² ÷ (2 n d t²) with σ² = n/d
      let product = proposal.magnitude * varianceDenominator * scale
      let distance =
        product > varianceNumerator ? product - varianceNumerator : varianceNumerator - product
      let square = distance.multipliedFullWidth(by: distance)
      let denominator = 2 * varianceNumerator * varianceDenominator * scale * scale
      // An exponent of 2^64 and more: never accepted.
      guard square.high < denominator else { continue }
      let exponent = denominator.dividingFullWidth(square)
      if exponentialCoin(
        whole: exponent.quotient, exponent.remainder, of: denominator, using: &stream)
      {
        return proposal
      }
    }
  }

  /// Discrete Laplace noise: P(y) ∝ e^(−|y| / scale).
  private func laplace(using stream: inout NoiseStream) -> Int64 {
    while true {
      let low = below(scale, using: &stream)
      guard exponentialCoin(low, of: scale, using: &stream) else { continue }
      var high: UInt64 = 0
      while exponentialCoin(1, of: 1, using: &stream) { high += 1 }
      let magnitude = Int64(low + scale * high)
      let isNegative = stream.next() >> 63 == 1
      if isNegative, magnitude == 0 { continue }
      return isNegative ? -magnitude : magnitude
    }
  }

  /// True with probability e^−(whole + numerator/denominator).
  private func exponentialCoin(
    whole: UInt64, _ numerator: UInt64, of denominator: UInt64, using stream: inout NoiseStream
  ) -> Bool {
    var left = whole
    while left > 0 {
      guard exponentialCoin(1, of: 1, using: &stream) else { return false }
      left -= 1
    }
    return exponentialCoin(numerator, of: denominator, using: &stream)
  }

  /// True with probability e^−(numerator/denominator), a number in [0, 1].
  private func exponentialCoin(
    _ numerator: UInt64, of denominator: UInt64, using stream: inout NoiseStream
  ) -> Bool {
    var k: UInt64 = 1
    // A coin of γ/k is a coin of γ and one of 1/k.
    while stream.chance(numerator, of: denominator), stream.chance(1, of: k) { k += 1 }
    return k & 1 == 1
  }

  /// A whole number in 0..<bound, exactly uniform (Lemire 2019).
  private func below(_ bound: UInt64, using stream: inout NoiseStream) -> UInt64 {
    var product = stream.next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let threshold = (0 &- bound) % bound
      while product.low < threshold { product = stream.next().multipliedFullWidth(by: bound) }
    }
    return product.high
  }
}
