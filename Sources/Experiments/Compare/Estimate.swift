import Statistics

/// A number from experiments with its 95 % confidence interval.
package struct Estimate: Equatable, Sendable {
  /// What the interval allows for.
  package enum Method: String, Sendable {
    /// Student's t over runs with different seeds.
    case seeds
    /// The evaluated clients of one run, drawn at random.
    case clients
    /// Welch's t between runs that have no seed in common.
    case unpairedSeeds = "unpaired_seeds"
    /// One value, nothing to tell its spread by.
    case none
  }

  package let value: Double
  package let margin: Double?
  package let method: Method
  /// What the quantity cannot leave; nil for no bounds.
  package var bounds: ClosedRange<Double>?

  package init(value: Double, margin: Double? = nil, method: Method = .none) {
    self.value = value
    self.margin = margin
    self.method = margin == nil ? .none : method
  }

  package init(_ interval: Interval, _ method: Method) {
    self.init(value: interval.mean, margin: interval.margin, method: method)
  }

  package var low: Double? { margin.map { clamped(value - $0) } }
  package var high: Double? { margin.map { clamped(value + $0) } }

  private func clamped(_ end: Double) -> Double {
    guard let bounds else { return end }
    return min(max(end, bounds.lowerBound), bounds.upperBound)
  }

  /// Whether the interval allows that there is no difference; unknown spread allows it.
  package var includesZero: Bool {
    guard let low, let high else { return true }
    return low <= 0 && high >= 0
  }
}
