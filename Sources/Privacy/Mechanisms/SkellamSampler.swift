import Glibc

/// The difference of two equal Poisson numbers: P(k) = e^(−μ) I_|k|(μ), with variance μ.
///
/// Sums of independent Skellam numbers are Skellam again (Agarwal, Kairouz and Liu 2021,
/// https://arxiv.org/abs/2110.04995). Inverts a table of 64-bit tail probabilities: what is drawn
/// is an exact distribution of integer weights, within 1e-13 of the true probabilities relatively
/// and within 2^-63 in total in the far tail.
package struct SkellamSampler: Sendable {
  package let variance: Double
  /// Entry k is the probability of a magnitude above k, times 2^64.
  private let tails: [UInt64]

  package init(variance: Double) {
    precondition(variance > 0 && variance <= 0x1p32)
    self.variance = variance
    // Ratios of neighbouring Bessel functions from the continued fraction, far end first.
    let last = Int(14 * variance.squareRoot()) + 60
    var ratios = [Double](repeating: 0, count: last + 2)
    for k in stride(from: last, through: 1, by: -1) {
      ratios[k] = 1 / (2 * Double(k) / variance + ratios[k + 1])
    }
    var masses = [1.0]
    for k in 1...last { masses.append(masses[k - 1] * ratios[k]) }
    // Small masses first, both in the total and in the tails.
    let side = masses.dropFirst().reversed().reduce(0, +)
    let total = masses[0] + 2 * side
    var tail = 0.0
    var tails: [UInt64] = []
    for mass in masses.dropFirst().reversed() {
      tail += 2 * mass
      tails.append(UInt64(tail / total * 0x1p64))
    }
    self.tails = Array(tails.reversed().prefix { $0 > 0 })
  }

  package func sample(using stream: inout NoiseStream) -> Int64 {
    let word = stream.next()
    // The magnitude is the number of tails that are longer than the word; they fall with k.
    var low = 0
    var high = tails.count
    while low < high {
      let middle = (low + high) / 2
      if word < tails[middle] { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return 0 }
    return stream.next() >> 63 == 1 ? -Int64(low) : Int64(low)
  }
}
