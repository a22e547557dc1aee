import Foundation

/// A mean and, where it can be told, its 95 % confidence interval.
package struct Interval: Equatable, Sendable {
  package var mean: Double
  /// Half the width; nil for a single value.
  package var margin: Double?

  package init(mean: Double, margin: Double? = nil) {
    self.mean = mean
    self.margin = margin
  }

  /// Student's interval over independent values, one per seed; nil without values.
  package init?(of values: [Double]) {
    guard !values.isEmpty else { return nil }
    let count = Double(values.count)
    mean = values.reduce(0, +) / count
    guard values.count > 1 else { return }
    let center = mean
    let squares = values.reduce(0) { $0 + ($1 - center) * ($1 - center) }
    margin =
      studentQuantile(degrees: values.count - 1) * (squares / (count - 1) / count).squareRoot()
  }

  /// Pooled accuracy over clients, each a cluster of examples: the ratio estimator's linearised
  /// variance (Cochran, Sampling Techniques, 3rd edition, section 6.4); nil without examples.
  package init?(hits: [Double], examples: [Double]) {
    precondition(hits.count == examples.count)
    let total = examples.reduce(0, +)
    guard total > 0 else { return nil }
    mean = hits.reduce(0, +) / total
    guard hits.count > 1 else { return }
    let count = Double(hits.count)
    var squares = 0.0
    for (hit, size) in zip(hits, examples) {
      let residual = hit - mean * size
      squares += residual * residual
    }
    let error = (squares * count / (count - 1)).squareRoot() / total
    margin = studentQuantile(degrees: hits.count - 1) * error
  }
}

/// The 97.5 % quantile of Student's t distribution.
///
/// Tabulated up to ten degrees of freedom, then the Cornish–Fisher expansion about the normal
/// quantile (Abramowitz and Stegun 26.7.5), there right to 1e-5.
package func studentQuantile(degrees: Int) -> Double {
  precondition(degrees > 0)
  let table = [
    12.706204736, 4.302652730, 3.182446305, 2.776445105, 2.570581836, 2.446911851, 2.364624252,
    2.306004135, 2.262157163, 2.228138852,
  ]
  guard degrees > table.count else { return table[degrees - 1] }
  let z = 1.959963984540054
  let square = z * z
  let n = Double(degrees)
  let first = z * (square + 1) / 4
  let second = z * ((5 * square + 16) * square + 3) / 96
  let third = z * (((3 * square + 19) * square + 17) * square - 15) / 384
  let fourth =
    z * ((((79 * square + 776) * square + 1482) * square - 1920) * square - 945) / 92160
  return z + (first + (second + (third + fourth / n) / n) / n) / n
}
