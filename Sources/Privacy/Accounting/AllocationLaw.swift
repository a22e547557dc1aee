import Glibc

/// The likelihood ratio of a Gaussian release that a client takes part in once, in one of `bins`
/// rounds drawn at random: (1/bins) Σ_j e^(s Z_j − s²/2) with s = 1/σ and Z_j standard normal where
/// the client is absent.
///
/// The pair of laws is the worst one (Chua et al. 2025, https://arxiv.org/abs/2412.16802; Feldman and
/// Shenfeld 2026, https://arxiv.org/abs/2602.17284, who compute it by convolutions as here). Every
/// hockey-stick divergence is the mean of a convex function of the ratio, in both directions; so
/// replacing a value by two neighbours with the same mean, wherever rounding is needed, makes
/// divergences larger and never smaller.
struct AllocationLaw: Sendable {
  /// Possible ratios, rising from 0.
  private var values: [Double]
  /// Their probabilities where the client is absent.
  private var masses: [Double]
  /// Probability that is left out, in either population; an infinite loss.
  private var leftOut: Double

  /// Standard deviations beyond which less than 1e-24 of the noise lies.
  private static let reach = 10.2
  /// Values spread over the whole range, and over the bulk of the law.
  private static let wideCount = 700
  private static let bulkCount = 900
  /// More would not fit the exponents; then the draw of the round gains nothing worth computing.
  static let smallestNoise = 0.05

  /// - Parameters:
  ///   - noise: noise multiplier, at least `smallestNoise`.
  ///   - commonNoise: of what the client adds whichever the round; nil for nothing.
  init(bins: Int, noise: Double, commonNoise: Double?) {
    precondition(bins > 0 && noise >= Self.smallestNoise)
    var power = AllocationLaw(shift: 1 / noise)
    var law: AllocationLaw?
    var rest = bins
    while true {
      if rest & 1 == 1 { law = law?.plus(power) ?? power }
      rest >>= 1
      guard rest > 0 else { break }
      power = power.plus(power)
    }
    self = law ?? power
    for index in values.indices { values[index] /= Double(bins) }
    if let commonNoise { self = times(AllocationLaw(shift: 1 / commonNoise)) }
  }

  /// One term.
  private init(shift s: Double) {
    let low = -Self.reach * s - 0.5 * s * s
    let high = (Self.reach + s) * s - 0.5 * s * s
    values = Self.grid(low: low, high: high, centre: 0, spread: min(s, 1))
    masses = [Double](repeating: 0, count: values.count)
    // Below 0 in logarithms the lower tail is exact, above it the upper one.
    func probability(_ a: Double, _ b: Double) -> Double {
      a > 0
        ? NormalDistribution.cumulative(-a) - NormalDistribution.cumulative(-b)
        : NormalDistribution.cumulative(b) - NormalDistribution.cumulative(a)
    }
    for index in values.indices.dropLast() {
      let start = (log(values[index]) + 0.5 * s * s) / s
      let end = (log(values[index + 1]) + 0.5 * s * s) / s
      let mass = max(0, probability(start, end))
      let mean = max(0, probability(start - s, end - s))
      let width = values[index + 1] - values[index]
      let right = min(max(0, (mean - mass * values[index]) / width), mass)
      masses[index] += mass - right
      masses[index + 1] += right
    }
    leftOut = 4 * NormalDistribution.cumulative(-Self.reach)
  }

  private init(values: [Double], masses: [Double], leftOut: Double) {
    self.values = values
    self.masses = masses
    self.leftOut = leftOut
  }

  /// The law of the sum of two independent values.
  private func plus(_ other: AllocationLaw) -> AllocationLaw {
    let mean = self.mean + other.mean
    let spread = (variance + other.variance).squareRoot() / mean
    let grid = Self.grid(
      low: log(lowest + other.lowest), high: log(highest + other.highest), centre: log(mean),
      spread: min(spread, 1))
    return combined(with: other, on: grid) { $0 + $1 }
  }

  /// The law of the product of two independent values.
  private func times(_ other: AllocationLaw) -> AllocationLaw {
    let mean = self.mean * other.mean
    let relative = variance / (self.mean * self.mean)
    let others = other.variance / (other.mean * other.mean)
    let grid = Self.grid(
      low: log(lowest * other.lowest), high: log(highest * other.highest), centre: log(mean),
      spread: min((relative + others + relative * others).squareRoot(), 1))
    return combined(with: other, on: grid) { $0 * $1 }
  }

  /// The law of an operation that rises with both values.
  @inline(__always)
  private func combined(
    with other: AllocationLaw, on grid: [Double], _ operation: (Double, Double) -> Double
  ) -> AllocationLaw {
    var sums = [Double](repeating: 0, count: grid.count)
    let inverseWidths = zip(grid.dropFirst(), grid).map { 1 / ($0 - $1) }
    let last = inverseWidths.count - 1
    sums.withUnsafeMutableBufferPointer { sums in
      grid.withUnsafeBufferPointer { grid in
        for (value, mass) in zip(values, masses) where mass > 0 {
          // Results rise with the other's values, and so does the place among the grid's.
          var place = 0
          for index in other.values.indices {
            let sum = operation(value, other.values[index])
            while place < last, grid[place &+ 1] <= sum { place &+= 1 }
            let product = mass * other.masses[index]
            let right = product * min(1, (sum - grid[place]) * inverseWidths[place])
            sums[place] += product - right
            sums[place &+ 1] += right
          }
        }
      }
    }
    return AllocationLaw(values: grid, masses: sums, leftOut: leftOut + other.leftOut)
  }

  /// 0, and values between e^low and e^high that are dense around e^centre.
  private static func grid(
    low: Double, high: Double, centre: Double, spread: Double
  ) -> [Double] {
    let wide = (0...wideCount).map { low + (high - low) * Double($0) / Double(wideCount) }
    let bulk = (0...bulkCount).map {
      centre + 9 * spread * (2 * Double($0) / Double(bulkCount) - 1)
    }
    var logs = (wide.dropLast() + bulk.filter { $0 > low && $0 < high }).sorted()
    logs.append(high)
    var values = [0.0]
    for logarithm in logs {
      let value = exp(logarithm)
      if value > values[values.count - 1] * (1 + 1e-12) { values.append(value) }
    }
    return values
  }

  private var mean: Double { compensatedSum(zip(values, masses).map { $0 * $1 }) }

  private var variance: Double {
    let mean = mean
    return compensatedSum(zip(values, masses).map { ($0 - mean) * ($0 - mean) * $1 })
  }

  /// Hardly anything is below.
  private var lowest: Double {
    var sum = 0.0
    for (value, mass) in zip(values, masses) {
      sum += mass
      if sum > 1e-24, value > 0 { return value }
    }
    return values[values.count - 1]
  }

  private var highest: Double { values[values.count - 1] }
}

extension AllocationLaw {
  /// What sums of so many positive numbers may be wrong by, relatively.
  private static let rounding = 1e-10

  /// The loss distributions of removing and of adding the client.
  func losses(interval: Double) -> [PrivacyLossDistribution] {
    let low = log(values[1])
    let high = log(highest)
    // Sums over all ratios from one on, and over all up to one.
    var above = [(mass: 0.0, mean: 0.0)]
    for index in values.indices.reversed() {
      let last = above[above.count - 1]
      above.append((last.mass + masses[index], last.mean + masses[index] * values[index]))
    }
    above.reverse()
    var below = [(mass: 0.0, mean: 0.0)]
    for index in values.indices {
      let last = below[below.count - 1]
      below.append((last.mass + masses[index], last.mean + masses[index] * values[index]))
    }
    return [
      distribution(interval: interval, from: low, to: high) { epsilon in
        let ratio = exp(epsilon)
        let sums = above[firstIndex(above: ratio)]
        return sums.mean - ratio * sums.mass
      },
      distribution(interval: interval, from: -high, to: -low) { epsilon in
        let ratio = exp(-epsilon)
        let sums = below[firstIndex(above: ratio)]
        return sums.mass - sums.mean / ratio
      },
    ]
  }

  /// More than the distance between the smallest and the largest loss.
  static func width(noise: Double) -> Double {
    (2 * reach + 1 / noise) / noise
  }

  private func firstIndex(above ratio: Double) -> Int {
    var low = 0
    var high = values.count
    while low < high {
      let middle = (low + high) / 2
      if values[middle] > ratio { high = middle } else { low = middle + 1 }
    }
    return low
  }

  private func distribution(
    interval: Double, from low: Double, to high: Double, _ delta: (Double) -> Double
  ) -> PrivacyLossDistribution {
    let first = Int((low / interval).rounded(.down))
    let last = Int((high / interval).rounded(.up))
    return PrivacyLossDistribution(
      interval: interval, first: first,
      deltas: (first...last).map {
        min(1, max(0, delta(Double($0) * interval)) * (1 + Self.rounding) + leftOut)
      })
  }
}
