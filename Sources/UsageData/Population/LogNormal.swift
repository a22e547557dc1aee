import Glibc
import LinearAlgebra

/// A log-normal distribution of durations in seconds.
struct LogNormal: Sendable {
  let median: Double
  /// Standard deviation of the logarithm.
  let sigma: Double

  init(median: Double, sigma: Double) {
    self.median = median
    self.sigma = sigma
  }

  init(mean: Double, sigma: Double) {
    self.init(median: mean / exp(sigma * sigma / 2), sigma: sigma)
  }

  var mean: Double { median * exp(sigma * sigma / 2) }

  func draw(using stream: inout RandomStream) -> Double {
    median * exp(sigma * stream.normal())
  }
}

extension PopulationParameters.Normal {
  /// A number from the distribution cut off at the ends of its range.
  func draw(using stream: inout RandomStream) -> Double {
    while true {
      let value = mean + deviation * stream.normal()
      if range.contains(value) { return value }
    }
  }
}

extension RandomStream {
  /// A number uniform over a range.
  mutating func uniform(in range: ClosedRange<Double>) -> Double {
    range.lowerBound + (range.upperBound - range.lowerBound) * uniform()
  }
}
