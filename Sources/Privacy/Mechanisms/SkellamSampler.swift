import Glibc

/// The difference of two equal Poisson numbers: P(k) = e^(−μ) I_|k|(μ), with variance μ.
///
/// Sums of independent Skellam numbers are Skellam again (Agarwal, Kairouz and Liu 2021,
/// https://arxiv.org/abs/2110.04995). Inverts a table of tail probabilities in 128 bits, of which the
/// lower 64 are drawn only where the upper ones do not decide: what is drawn is within 1e-13 of the
/// true probabilities relatively, and within `leftOut` in total in the far tail.
package struct SkellamSampler: Sendable {
  /// More than the probability of a number's far tail that the table cuts off; part of δ.
  ///
  /// A unit of the table's last place for each of at most a million entries.
  static let leftOut = 0x1p-107

  package let variance: Double
  /// Entry k is the probability of a magnitude above k, times 2^64, and its fraction times 2^64.
  private let tails: [UInt64]
  private let fractions: [UInt64]

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
    var fractions: [UInt64] = []
    for mass in masses.dropFirst().reversed() {
      tail += 2 * mass
      let scaled = tail / total * 0x1p64
      tails.append(UInt64(scaled))
      fractions.append(UInt64((scaled - scaled.rounded(.down)) * 0x1p64))
    }
    let kept = zip(tails, fractions).reversed().prefix { $0.0 > 0 || $0.1 > 0 }
    self.tails = kept.map(\.0)
    self.fractions = kept.map(\.1)
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
    // Where words are equal, the next word decides: hardly ever, and nearly always in the far tail.
    if low < tails.count, tails[low] == word {
      let rest = stream.next()
      while low < tails.count, tails[low] == word, rest < fractions[low] { low += 1 }
    }
    guard low > 0 else { return 0 }
    return stream.next() >> 63 == 1 ? -Int64(low) : Int64(low)
  }
}
