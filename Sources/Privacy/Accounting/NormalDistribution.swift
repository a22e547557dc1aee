import Glibc

/// The standard normal distribution.
enum NormalDistribution {
  /// The probability of X ≤ x.
  static func cumulative(_ x: Double) -> Double {
    0.5 * erfc(-x * 0.5.squareRoot())
  }

  /// The logarithm of P(X ≤ x), also where the probability itself underflows.
  static func logCumulative(_ x: Double) -> Double {
    if x > 1 { return log1p(-cumulative(-x)) }
    if x > -37 { return log(cumulative(x)) }
    // The asymptotic series (Abramowitz and Stegun 26.2.12); at -37 its last term is below 2e-15.
    let y = 1 / (x * x)
    let series = y * (-1 + y * (3 + y * (-15 + y * (105 + y * (-945 + y * 10395)))))
    return -0.5 * x * x - log(-x) - 0.5 * log(2 * Double.pi) + log1p(series)
  }

  /// The x with log P(X ≤ x) = `logProbability`, below 0, by bisection.
  static func quantile(logProbability: Double) -> Double {
    precondition(logProbability < 0)
    var low = -(2 * -logProbability).squareRoot() - 1
    var high = 10.0
    while true {
      let middle = 0.5 * (low + high)
      if middle <= low || middle >= high { return middle }
      if logCumulative(middle) < logProbability { low = middle } else { high = middle }
    }
  }
}

/// The logarithm of eᵃ + eᵇ.
func logAdd(_ a: Double, _ b: Double) -> Double {
  let high = max(a, b)
  guard high > -.infinity else { return high }
  return high + log1p(exp(min(a, b) - high))
}
