import Glibc

/// The distribution of the privacy loss of one release, on a regular grid.
///
/// For continuous noise, pessimistic "connect the dots": the hockey-stick curve of this
/// distribution touches the true one at the grid points and lies above it between them.
/// Doroshenko, Ghazi, Kamath, Kumar and Manurangsi 2022, Algorithm 1
/// (https://arxiv.org/abs/2207.04380).
struct PrivacyLossDistribution {
  /// Distance between two losses of the grid.
  let interval: Double
  /// The loss of `masses[0]` is `first` × `interval`.
  let first: Int
  let masses: [Double]
  /// Probability of an infinite loss.
  let infiniteMass: Double

  init(interval: Double, first: Int, masses: [Double], infiniteMass: Double) {
    self.interval = interval
    self.first = first
    self.masses = masses
    self.infiniteMass = infiniteMass
  }

  /// Connects the dots.
  ///
  /// - Parameters:
  ///   - first: grid index of `deltas[0]`.
  ///   - deltas: the hockey-stick divergence (0…1) at neighbouring grid points.
  init(interval: Double, first: Int, deltas: [Double]) {
    precondition(!deltas.isEmpty)
    var masses = [Double](repeating: 0, count: deltas.count)
    var delta = min(deltas[0], 1)
    // Mass that the segment to the left puts on its right end.
    var fromLeft = 1 - delta
    for index in deltas.indices.dropFirst() {
      // Rounding may make the curve rise by 1e-16: keep it falling.
      let next = min(delta, deltas[index])
      let fall = next - delta
      masses[index - 1] = max(0, fromLeft + fall / expm1(interval))
      fromLeft = fall / expm1(-interval)
      delta = next
    }
    masses[masses.count - 1] = max(0, fromLeft)
    self.init(interval: interval, first: first, masses: masses, infiniteMass: delta)
  }

  /// The mixture weight × self + (1 − weight) × other.
  func mixed(with other: PrivacyLossDistribution, weight: Double) -> PrivacyLossDistribution {
    precondition(interval == other.interval)
    let start = min(first, other.first)
    let end = max(first + masses.count, other.first + other.masses.count)
    var sum = [Double](repeating: 0, count: end - start)
    for (index, mass) in masses.enumerated() { sum[first - start + index] += weight * mass }
    for (index, mass) in other.masses.enumerated() {
      sum[other.first - start + index] += (1 - weight) * mass
    }
    return PrivacyLossDistribution(
      interval: interval, first: start, masses: sum,
      infiniteMass: weight * infiniteMass + (1 - weight) * other.infiniteMass)
  }

  /// The masses times e^(tilt × loss), so that they add up to 1, and the logarithm of what they
  /// were divided by.
  func tilted(by tilt: Double) -> (masses: [Double], logMoment: Double) {
    let exponents = masses.indices.map {
      log(masses[$0]) + tilt * interval * Double(first + $0)
    }
    let highest = exponents.reduce(-Double.infinity, max)
    var tilted = exponents.map { exp($0 - highest) }
    let sum = compensatedSum(tilted)
    for index in tilted.indices { tilted[index] /= sum }
    return (tilted, highest + log(sum))
  }

  /// The logarithm of E[e^(order × loss); loss finite], or nil when it cannot be computed safely.
  func logMoment(order: Double) -> Double? {
    let range = interval * Double(masses.count - 1)
    guard abs(order) * range < 600 else { return nil }
    // Relative to the end with the largest factor, so that every factor is at most 1.
    let step = exp(-abs(order) * interval)
    var factor = 1.0
    var sum = 0.0
    masses.withUnsafeBufferPointer { masses in
      for index in masses.indices {
        sum += factor * (order > 0 ? masses[masses.count - 1 - index] : masses[index])
        factor *= step
      }
    }
    let anchor = order > 0 ? first + masses.count - 1 : first
    return order * interval * Double(anchor) + log(sum)
  }
}

extension PrivacyLossDistribution {
  /// The smallest ε ≥ 0 with a hockey-stick divergence of at most `delta`.
  func epsilon(delta: Double) -> Double {
    guard infiniteMass <= delta else { return .infinity }
    var upper = infiniteMass
    // Σ mass × e^(−loss) over the losses above, times e^(loss) of the one last added.
    var lower = 0.0
    let decay = exp(-interval)
    for index in masses.indices.reversed() {
      let loss = Double(first + index) * interval
      // Here ε lies between this loss and the one above it.
      if loss <= 0 || upper - lower * decay > delta {
        guard upper > delta else { return 0 }
        return max(0, loss + interval + log((upper - delta) / lower))
      }
      upper += masses[index]
      lower = lower * decay + masses[index]
    }
    return max(0, Double(first) * interval)
  }
}
