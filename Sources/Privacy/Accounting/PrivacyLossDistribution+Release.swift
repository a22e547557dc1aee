import Glibc

extension PrivacyLossDistribution {
  /// The loss distributions of one release, one per direction that has to hold.
  ///
  /// Nil when no loss distribution is known.
  static func directions(
    of release: PrivacyRelease, _ adjacency: Adjacency, interval: Double,
    logTail: Double = SubsampledGaussianLoss.usualLogTail
  ) -> [PrivacyLossDistribution]? {
    if let noise = release.exactNoiseMultiplier(adjacency) {
      let loss = SubsampledGaussianLoss(samplingRate: 1, sigma: noise, direction: .remove)
      return [PrivacyLossDistribution(loss, interval: interval, logTail: logTail)]
    }
    if let mixtures = LossPart.directions(of: release, adjacency) {
      return mixtures.map { parts in
        let losses = parts.map {
          PrivacyLossDistribution($0.loss, interval: interval, logTail: logTail)
        }
        return parts.count == 1
          ? losses[0] : losses[0].mixed(with: losses[1], weight: parts[0].weight)
      }
    }
    switch release {
    case .allocatedGaussian(let bins, let noise, let common) where adjacency != .replaceOne:
      return AllocationLaw(bins: bins, noise: noise, commonNoise: common)
        .losses(interval: interval)
    case .discreteGaussian(let deviation, let sensitivity):
      return [
        PrivacyLossDistribution(
          discreteGaussian: deviation, sensitivity: sensitivity * Int(adjacency.sensitivity),
          interval: interval)
      ]
    default:
      return nil
    }
  }

  /// An upper bound of the distance between the smallest and the largest finite loss.
  static func width(of release: PrivacyRelease, _ adjacency: Adjacency) -> Double? {
    func width(rate: Double, noise: Double, _ direction: LossDirection) -> Double {
      let loss = SubsampledGaussianLoss(samplingRate: rate, sigma: noise, direction: direction)
      let range = loss.range(logTail: SubsampledGaussianLoss.usualLogTail)
      return range.upperBound - range.lowerBound
    }
    if let noise = release.exactNoiseMultiplier(adjacency) {
      return width(rate: 1, noise: noise, .remove)
    }
    switch release {
    case .poissonGaussian, .fixedSizeGaussian:
      return LossPart.directions(of: release, adjacency)?.flatMap(\.self).map {
        width(rate: $0.loss.samplingRate, noise: $0.loss.sigma, $0.loss.direction)
      }.reduce(0, max)
    case .truncatedPoissonGaussian(_, let noise, _, _):
      return width(rate: 1, noise: noise / 4, .remove)
    case .allocatedGaussian(_, let noise, let common) where adjacency != .replaceOne:
      return AllocationLaw.width(noise: noise) + (common.map(AllocationLaw.width) ?? 0)
    case .discreteGaussian(let deviation, let sensitivity):
      let noise = deviation / (Double(sensitivity) * adjacency.sensitivity)
      return 2 * (12 / noise + 1 / (noise * noise))
    default:
      return nil
    }
  }
}

extension LossPart {
  /// The losses of one release as mixtures, one mixture per direction that has to hold; nil where
  /// none is known or the release is exactly a Gaussian.
  static func directions(of release: PrivacyRelease, _ adjacency: Adjacency) -> [[LossPart]]? {
    guard release.exactNoiseMultiplier(adjacency) == nil else { return nil }
    func whole(_ rate: Double, _ noise: Double, _ direction: LossDirection) -> LossPart {
      LossPart(
        weight: 1,
        loss: SubsampledGaussianLoss(samplingRate: rate, sigma: noise, direction: direction))
    }
    switch release {
    case .poissonGaussian(let rate, let noise):
      return adjacency.directions.map { [whole(rate, noise, $0)] }
    case .fixedSizeGaussian(let rate, let noise):
      // A client of the sample is there in place of another: they differ by two clipping bounds.
      switch adjacency {
      case .replaceOne: return [[whole(rate, noise / 2, .substitute)]]
      case .addOrRemove: return adjacency.directions.map { [whole(rate, noise / 2, $0)] }
      case .zeroOut: return nil
      }
    case .truncatedPoissonGaussian(let rate, let noise, let population, let capacity):
      return truncated(
        rate: rate, population: population, capacity: capacity,
        wholes: adjacency.directions.map { whole(rate, noise, $0) })
    default:
      return nil
    }
  }

  /// A sample that may have been cut to `capacity`.
  ///
  /// When it was, adding or removing a client can also change whom the cut keeps: two clients
  /// differ, as if one had replaced another. "Tighter Privacy Analysis for Truncated Poisson
  /// Sampling", 2025 (https://arxiv.org/abs/2508.15089).
  private static func truncated(
    rate: Double, population: Int, capacity: Int, wholes: [LossPart]
  ) -> [[LossPart]] {
    let binomialTail = { (trials: Int, above: Int) in
      BinomialTail.probability(above: above, trials: trials, success: rate)
    }
    // Given that the client joined, the others alone fill the capacity.
    let cut = binomialTail(population - 1, capacity - 1)
    guard cut > 0 else { return wholes.map { [$0] } }
    let kept =
      binomialTail(population, capacity) * Double(capacity) / (cut * Double(population))
    return wholes.map { whole in
      [
        LossPart(
          weight: cut,
          loss: SubsampledGaussianLoss(
            samplingRate: min(kept, 1), sigma: whole.loss.sigma / 2, direction: .replace)),
        LossPart(weight: 1 - cut, loss: whole.loss),
      ]
    }
  }
}

extension Adjacency {
  var directions: [LossDirection] { self == .replaceOne ? [.replace] : [.remove, .add] }
}

enum BinomialTail {
  /// P(X > above) for X ~ Binomial(trials, success), accurate in the far tail.
  static func probability(above: Int, trials: Int, success: Double) -> Double {
    guard above < trials else { return 0 }
    guard above >= 0, success < 1 else { return 1 }
    let mean = Double(trials) * success
    let odds = success / (1 - success)
    // Sums the shorter side, away from the mode, until its terms vanish.
    if Double(above) >= mean {
      var k = above + 1
      var term = mass(k, trials, success)
      var sum = 0.0
      while term > sum * 1e-17 {
        sum += term
        guard k < trials else { break }
        term *= Double(trials - k) / Double(k + 1) * odds
        k += 1
      }
      return sum
    }
    var k = above
    var term = mass(k, trials, success)
    var sum = 0.0
    while term > sum * 1e-17 {
      sum += term
      guard k > 0 else { break }
      term *= Double(k) / (Double(trials - k + 1) * odds)
      k -= 1
    }
    return 1 - sum
  }

  /// The smallest k ≥ `atLeast` with P(X > k) ≤ `allowing`, and that probability.
  static func quantile(
    atLeast: Int, allowing: Double, trials: Int, success: Double
  ) -> (count: Int, tail: Double) {
    func tail(_ count: Int) -> Double {
      probability(above: count, trials: trials, success: success)
    }
    var (low, high) = (atLeast - 1, max(atLeast, trials))
    while high - low > 1 {
      let middle = low + (high - low) / 2
      if tail(middle) <= allowing { high = middle } else { low = middle }
    }
    return (high, tail(high))
  }

  private static func mass(_ k: Int, _ trials: Int, _ success: Double) -> Double {
    let n = Double(trials)
    let k = Double(k)
    let logBinomial = lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
    return exp(logBinomial + k * log(success) + (n - k) * log1p(-success))
  }
}
