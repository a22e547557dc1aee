import Statistics

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
      StudentT.bound(level: 0.95, degrees: count - 1) * (squares / (count - 1) / count).squareRoot()
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
    margin = StudentT.bound(level: 0.95, degrees: count - 1) * error
  }
}
