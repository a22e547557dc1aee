import Glibc

/// Whether one group does worse than another, looked at as often as one likes.
///
/// The mixture sequential probability ratio test with a normal mixture (Johari, Koomen, Pekelis and
/// Walsh, "Peeking at A/B Tests", KDD 2017, https://doi.org/10.1145/3097983.3097992): whenever one
/// looks and stops, the probability to reject equality that holds is at most the error rate.
/// Observations are taken as independent, with one variance in both groups, their means as normal.
package struct SequentialComparison: Codable, Equatable, Sendable {
  /// Count, mean and sum of squared deviations (Welford 1962).
  package struct Group: Codable, Equatable, Sendable {
    package private(set) var count = 0
    package private(set) var mean = 0.0
    fileprivate private(set) var squares = 0.0

    mutating func add(_ value: Double) {
      count += 1
      let deviation = value - mean
      mean += deviation / Double(count)
      squares += deviation * (value - mean)
    }

  }

  /// Standard deviation of the differences that the mixture expects.
  package let mixtureDeviation: Double
  package private(set) var treated = Group()
  package private(set) var control = Group()

  package init(mixtureDeviation: Double) {
    precondition(mixtureDeviation > 0, "a mixture over one difference is none")
    self.mixtureDeviation = mixtureDeviation
  }

  package mutating func add(_ value: Double, isTreated: Bool) {
    if isTreated { treated.add(value) } else { control.add(value) }
  }

  /// Treated minus control.
  package var difference: Double { treated.mean - control.mean }

  /// Likelihood ratio of the mixture against equality; 1 as long as nothing can be said.
  package var likelihoodRatio: Double {
    guard let error = squaredError else { return 1 }
    guard error > 0 else { return difference == 0 ? 1 : .infinity }
    let mixture = mixtureDeviation * mixtureDeviation
    return (error / (error + mixture)).squareRoot()
      * exp(difference * difference * mixture / (2 * error * (error + mixture)))
  }

  /// Half the width of the interval around `difference` that holds the true one at every look at
  /// once, with a probability of 1 − `errorRate`.
  package func margin(errorRate: Double) -> Double {
    precondition(0 < errorRate && errorRate < 1, "an error rate lies between 0 and 1")
    guard let error = squaredError else { return .infinity }
    guard error > 0 else { return 0 }
    let mixture = mixtureDeviation * mixtureDeviation
    let bound = log((1 + mixture / error).squareRoot() / errorRate)
    return (2 * error * (error + mixture) / mixture * bound).squareRoot()
  }

  /// Squared standard error of `difference`; nil as long as a group is empty or nothing varies yet.
  ///
  /// Of few treated the control group knows the variance better than they do.
  private var squaredError: Double? {
    let count = treated.count + control.count
    guard treated.count > 0, control.count > 0, count > 2 else { return nil }
    return (treated.squares + control.squares) / Double(count - 2)
      * (1 / Double(treated.count) + 1 / Double(control.count))
  }
}
