import Statistics

/// A number from experiments with its 95 % confidence interval.
package struct Estimate: Equatable, Sendable {
  /// What the interval allows for.
  package enum Method: String, Sendable, Encodable {
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
  /// How many clients, or seeds, the interval is over; nil where that is not known.
  package let units: Int?
  /// What the quantity cannot leave; nil for no bounds.
  package var bounds: ClosedRange<Double>?

  package init(
    value: Double, margin: Double? = nil, method: Method = .none, units: Int? = nil,
    bounds: ClosedRange<Double>? = nil
  ) {
    self.value = value
    self.margin = margin
    self.method = margin == nil ? .none : method
    self.units = units
    self.bounds = bounds
  }

  package init(
    _ interval: Interval, _ method: Method, units: Int? = nil, bounds: ClosedRange<Double>? = nil
  ) {
    self.init(
      value: interval.mean, margin: interval.margin, method: method, units: units, bounds: bounds)
  }

  package var low: Double? { margin.map { clamped(value - $0) } }
  package var high: Double? { margin.map { clamped(value + $0) } }

  private func clamped(_ end: Double) -> Double {
    guard let bounds else { return end }
    return min(max(end, bounds.lowerBound), bounds.upperBound)
  }

  /// Clients below which equal values of all of them may be chance.
  private static let enough = 20

  /// Whether nothing varies among so few clients that this may be chance.
  package var isDegenerate: Bool {
    margin == 0 && method == .clients && units.map { $0 < Self.enough } ?? false
  }

  /// Whether the interval allows that there is no difference; unknown spread allows it.
  package var includesZero: Bool {
    guard let low, let high, !isDegenerate else { return true }
    return low <= 0 && high >= 0
  }

  /// How many clients or seeds, as different as these, it would take for a half width below
  /// `target`; nil where that cannot be told, and above ten million.
  package func unitsNeeded(below target: Double) -> Int? {
    guard let margin, let units, method == .clients || method == .seeds else { return nil }
    return Interval.unitsNeeded(margin: margin, units: units, below: target)
  }
}
