import Glibc

/// A random number of trials of which only the best is told.
///
/// Every trial draws its settings anew from a fixed list, whatever came before. Papernot and Steinke
/// 2022, "Hyperparameter Tuning with Renyi Differential Privacy" (https://arxiv.org/abs/2110.03620),
/// after Liu and Talwar 2019.
package struct RandomStopping: Codable, Equatable, Sendable {
  package enum Distribution: String, Codable, Sendable, CaseIterable {
    /// One trial or more, each followed by another with the same probability.
    case geometric
    /// Also no trial at all.
    case poisson
  }

  package var distribution: Distribution
  /// Expected number of trials.
  package var mean: Double

  package init(_ distribution: Distribution, mean: Double) {
    self.distribution = distribution
    self.mean = mean
  }

  /// ε at δ of the best trial.
  ///
  /// - Parameters:
  ///   - trials: the events of each setting that may be tried, of which the most expensive counts.
  package func epsilon(
    trials: [[PrivacyEvent]], adjacency: Adjacency, delta: Double
  ) throws(PrivacyError) -> Double {
    let orders =
      trials.joined().contains { $0.release.needsIntegerOrders }
      ? RenyiAccountant.integerOrders : RenyiAccountant.orders
    // At every order the largest divergence of any setting.
    var divergences = [Double](repeating: 0, count: orders.count)
    for events in trials {
      var own = [Double](repeating: 0, count: orders.count)
      for event in events where event.count > 0 {
        try event.release.validate()
        if case .distributedSkellam = event.release {
          throw .unsupported("the far tail of Skellam noise is in no Rényi divergence")
        }
        guard
          let values = RenyiAccountant.divergences(of: event.release, adjacency, orders: orders)
        else {
          throw .unsupported("the rdp accountant does not cover these releases")
        }
        for index in own.indices { own[index] += Double(event.count) * values[index] }
      }
      for index in own.indices { divergences[index] = max(divergences[index], own[index]) }
    }
    return RenyiAccountant.epsilon(
      delta: delta, orders: orders,
      divergences: selected(orders: orders, divergences: divergences))
  }

  /// Divergences of the best trial from those of one, at rising orders.
  func selected(orders: [Double], divergences: [Double]) -> [Double] {
    var bounds = ownBounds(orders: orders, divergences: divergences)
    // Divergences grow with the order.
    for index in bounds.indices.dropLast().reversed() {
      bounds[index] = min(bounds[index], bounds[index + 1])
    }
    return bounds
  }

  private func ownBounds(orders: [Double], divergences: [Double]) -> [Double] {
    switch distribution {
    case .geometric:
      // Theorem 2 with η = 1: the truncated negative binomial is the geometric distribution, γ = 1/mean.
      let penalty = zip(orders, divergences).map { order, divergence in
        2 * (1 - 1 / order) * divergence + 2 * log(mean) / order
      }.reduce(Double.infinity, min)
      return zip(orders, divergences).map { order, divergence in
        guard order > 1 else { return .infinity }
        return divergence + penalty + log(mean) / (order - 1)
      }
    case .poisson:
      // Theorem 6: δ of one trial at ε = log(1 + 1/(order − 1)), by the same divergences.
      return zip(orders, divergences).map { order, divergence in
        guard order > 1 else { return .infinity }
        let epsilon = log1p(1 / (order - 1))
        let delta = Self.delta(epsilon: epsilon, orders: orders, divergences: divergences)
        return divergence + mean * delta + max(0, log(mean)) / (order - 1)
      }
    }
  }

  /// The smallest δ at ε that divergences imply (Canonne, Kamath and Steinke 2020, Proposition 12).
  private static func delta(epsilon: Double, orders: [Double], divergences: [Double]) -> Double {
    var best = 0.0
    for (order, divergence) in zip(orders, divergences) where divergence.isFinite {
      // Also the total variation, √(1 − e^−D).
      let general =
        order > 1.01
        ? (order - 1) * (divergence - epsilon + log1p(-1 / order)) - log(order) : 0
      best = min(best, general, 0.5 * log1p(-exp(-divergence)))
    }
    return min(1, exp(best))
  }
}

extension RandomStopping {
  /// How many trials there are, from a uniform number in 0..<1.
  package func trials(_ uniform: Double) -> Int {
    switch distribution {
    case .geometric:
      guard mean > 1 else { return 1 }
      // The smallest k with 1 − (1 − 1/mean)^k above the number.
      return 1 + Int((log1p(-uniform) / log1p(-1 / mean)).rounded(.down))
    case .poisson:
      var term = exp(-mean)
      var sum = term
      var count = 0
      while sum <= uniform, count < 100_000 {
        count += 1
        term *= mean / Double(count)
        sum += term
      }
      return count
    }
  }
}
