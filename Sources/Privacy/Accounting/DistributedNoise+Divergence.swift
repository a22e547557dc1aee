import Glibc

extension DistributedNoise {
  /// Rényi divergences of the sum of discrete Gaussians.
  ///
  /// Kairouz, Liu and Steinke 2021, Proposition 14 (https://arxiv.org/abs/2102.06387): a sum of
  /// discrete Gaussians is only close to one, and τ bounds how close.
  func discreteGaussianDivergences(orders: [Double]) -> [Double] {
    let variance = localStandardDeviation * localStandardDeviation
    let total = Double(clients) * variance
    let tau = stride(from: 1.0, to: Double(clients), by: 1).reduce(0) {
      $0 + 10 * exp(-2 * Double.pi * Double.pi * variance * $1 / ($1 + 1))
    }
    let joint = sensitivity / total.squareRoot() + tau * Double(dimension).squareRoot()
    return orders.map { order in
      let separate =
        order * sensitivity * sensitivity / (2 * total) + tau * Double(dimension)
      return min(separate, order / 2 * joint * joint)
    }
  }

  /// Rényi divergence of the sum of Skellam noise, at a whole order.
  ///
  /// Agarwal, Kairouz and Liu 2021, Theorem 3.5 (https://arxiv.org/abs/2110.04995).
  func skellamDivergence(order: Double) -> Double {
    let variance = Double(clients) * localStandardDeviation * localStandardDeviation
    let square = sensitivity * sensitivity
    // Largest sum of magnitudes of an integer vector with this norm.
    let absolute = min(Double(dimension).squareRoot() * sensitivity, square)
    let correction = min(
      ((2 * order - 1) * square + 6 * absolute) / (4 * variance * variance),
      3 * absolute / (2 * variance))
    return order * square / (2 * variance) + correction
  }
}
