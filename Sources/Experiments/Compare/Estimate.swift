import Federation
import Foundation
import LinearAlgebra
import Statistics

/// A number from experiments with its 95 % confidence interval.
package struct Estimate: Equatable, Sendable {
  /// What the interval allows for.
  package enum Method: String, Sendable {
    /// Student's t over runs with different seeds.
    case seeds
    /// Percentile bootstrap over the evaluated clients of one run.
    case clients
    /// Welch's t between runs that have no seed in common.
    case unpairedSeeds = "unpaired_seeds"
    /// One value, nothing to tell its spread by.
    case none
  }

  package var value: Double
  package var low: Double?
  package var high: Double?
  package var method: Method

  static let level = 0.95

  /// Whether the interval allows that there is no difference; unknown spread allows it.
  package var includesZero: Bool {
    guard let low, let high else { return true }
    return low <= 0 && high >= 0
  }

  /// The mean over seeds.
  package static func mean(_ values: [Double]) -> Estimate {
    let (mean, variance) = moments(values)
    guard values.count >= 2 else { return Estimate(value: mean, method: .none) }
    let half =
      StudentT.bound(level: level, degrees: Double(values.count - 1))
      * (variance / Double(values.count)).squareRoot()
    return Estimate(value: mean, low: mean - half, high: mean + half, method: .seeds)
  }

  /// The difference of two means over unrelated seeds (Welch 1947, unequal variances).
  package static func difference(_ left: [Double], minus right: [Double]) -> Estimate {
    precondition(left.count >= 2 && right.count >= 2)
    let (a, b) = (moments(left), moments(right))
    let (u, v) = (a.variance / Double(left.count), b.variance / Double(right.count))
    let value = a.mean - b.mean
    guard u + v > 0 else {
      return Estimate(value: value, low: value, high: value, method: .unpairedSeeds)
    }
    let degrees =
      (u + v) * (u + v) / (u * u / Double(left.count - 1) + v * v / Double(right.count - 1))
    let half = StudentT.bound(level: level, degrees: degrees) * (u + v).squareRoot()
    return Estimate(value: value, low: value - half, high: value + half, method: .unpairedSeeds)
  }

  private static func moments(_ values: [Double]) -> (mean: Double, variance: Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, values.count > 1 ? squares / Double(values.count - 1) : 0)
  }

  // MARK: - Bootstrap

  static let resamples = 2_000

  /// A statistic of clients, with clients drawn again with replacement.
  ///
  /// Percentile interval (Efron 1979). The draws are keyed by the number of clients alone, so the
  /// same files give the same interval, and two runs on the same clients are drawn alike.
  static func bootstrap(clients: Int, _ statistic: ([Int]) -> Double) -> Estimate {
    let value = statistic(Array(0..<clients))
    guard clients >= 2 else { return Estimate(value: value, method: .none) }
    var stream = RandomStream(seed: UInt64(clients), purpose: .bootstrap)
    var drawn = [Int](repeating: 0, count: clients)
    var values = (0..<resamples).map { _ in
      for index in drawn.indices { drawn[index] = stream.below(clients) }
      return statistic(drawn)
    }
    values.sort()
    return Estimate(
      value: value, low: quantile((1 - level) / 2, ofSorted: values),
      high: quantile((1 + level) / 2, ofSorted: values), method: .clients)
  }
}
