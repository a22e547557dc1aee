import Glibc

/// Rényi differential privacy: divergences at a fixed set of orders add up over releases.
///
/// Mironov, "Rényi Differential Privacy", CSF 2017 (https://arxiv.org/abs/1702.07476).
package enum RenyiAccountant {
  /// The orders of dp_accounting: 1.1, 1.2 … 10.9, 11, 12 … 63, 128, 256, 512, 1024.
  static let orders: [Double] =
    (1..<100).map { 1 + Double($0) / 10 } + (11..<64).map(Double.init) + [128, 256, 512, 1024]

  /// Orders at which the bounds for integer noise hold.
  static let integerOrders: [Double] = (2...128).map(Double.init) + [256]

  /// The smallest ε at δ that the divergences imply.
  ///
  /// Canonne, Kamath and Steinke 2020, Proposition 12 (https://arxiv.org/abs/2004.00010).
  /// An infinite divergence leaves its order out.
  static func epsilon(delta: Double, orders: [Double], divergences: [Double]) -> Double {
    var best = Double.infinity
    for (order, divergence) in zip(orders, divergences) {
      best = min(best, epsilon(delta: delta, order: order, divergence: divergence))
    }
    return max(0, best)
  }

  static func epsilon(delta: Double, order: Double, divergence: Double) -> Double {
    // The total variation is at most √(1 − e^−D): with D this small, δ alone covers it.
    if delta * delta + expm1(-divergence) > 0 { return 0 }
    return divergence + log1p(-1 / order) - log(delta * order) / (order - 1)
  }

  /// The smallest ε at δ of a ρ-zCDP release, at the best real order.
  static func epsilon(delta: Double, rho: Double) -> Double {
    guard rho > 0 else { return 0 }
    func value(_ logarithm: Double) -> Double {
      let order = 1 + exp(logarithm)
      return epsilon(delta: delta, order: order, divergence: rho * order)
    }
    // Golden section on log(α − 1): the bound has a single minimum in it.
    let ratio = (5.0.squareRoot() - 1) / 2
    var low = -10.0
    var high = 20.0
    while high - low > 1e-9 {
      let left = high - ratio * (high - low)
      let right = low + ratio * (high - low)
      if value(left) < value(right) { high = right } else { low = left }
    }
    return max(0, value(0.5 * (low + high)))
  }

  /// Divergences of one release at `orders`; nil when no bound is known.
  static func divergences(
    of release: PrivacyRelease, _ adjacency: Adjacency, orders: [Double]
  ) -> [Double]? {
    if let noise = release.exactNoiseMultiplier(adjacency) {
      return orders.map { $0 / (2 * noise * noise) }
    }
    switch release {
    case .poissonGaussian(let rate, let noise) where adjacency != .replaceOne:
      return orders.map {
        subsampledGaussianDivergence(order: $0, samplingRate: rate, noiseMultiplier: noise)
      }
    case .fixedSizeGaussian(let rate, let noise) where adjacency == .replaceOne:
      return FixedSizeGaussian(
        samplingRate: rate, noiseMultiplier: noise / adjacency.sensitivity
      ).divergences(orders: orders)
    case .fixedSizeGaussian(let rate, let noise) where adjacency == .addOrRemove:
      // Whoever is left out makes room for another: Birrell et al. 2024
      // (https://arxiv.org/abs/2408.10456), Theorem 3.3.
      return orders.map {
        subsampledGaussianDivergence(order: $0, samplingRate: rate, noiseMultiplier: noise / 2)
      }
    case .discreteGaussian(let deviation, let sensitivity):
      let noise = deviation / (Double(sensitivity) * adjacency.sensitivity)
      return orders.map { $0 / (2 * noise * noise) }
    case .distributedDiscreteGaussian(var noise) where adjacency != .addOrRemove:
      noise.sensitivity *= adjacency.sensitivity
      return noise.discreteGaussianDivergences(orders: orders)
    case .distributedSkellam(var noise) where adjacency != .addOrRemove:
      noise.sensitivity *= adjacency.sensitivity
      return orders.map(noise.skellamDivergence)
    case .zeroConcentrated(let rho):
      return orders.map { rho * $0 }
    default:
      return nil
    }
  }
}
