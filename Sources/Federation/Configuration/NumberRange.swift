/// Which numbers a key takes; never NaN.
package enum NumberRange: Equatable, Sendable {
  /// Both ends belong to it.
  case closed(ClosedRange<Double>)
  /// The upper end does not.
  case halfOpen(Range<Double>)
  /// Neither end does.
  case between(Double, Double)
  /// Above 0 up to this end.
  case upTo(Double)
  /// Positive numbers that are not so small or large that arithmetic loses them.
  case positive(ClosedRange<Double>)
  /// The same, and `.inf`.
  case positiveOrInfinite(ClosedRange<Double>)

  package func contains(_ value: Double) -> Bool {
    switch self {
    case .closed(let range), .positive(let range): range.contains(value)
    case .halfOpen(let range): range.contains(value)
    case .between(let low, let high): value > low && value < high
    case .upTo(let high): value > 0 && value <= high
    case .positiveOrInfinite(let range): range.contains(value) || value == .infinity
    }
  }

  /// What follows "must", such as "lie in 0…1".
  package var rule: String {
    func shown(_ range: ClosedRange<Double>) -> String {
      "be above 0, from \(Self.shown(range.lowerBound)) to \(Self.shown(range.upperBound))"
    }
    return switch self {
    case .closed(let range) where range.upperBound > 1e6:
      "be at least \(Self.shown(range.lowerBound)) and at most \(Self.shown(range.upperBound))"
    case .closed(let range):
      "lie in \(Self.shown(range.lowerBound))…\(Self.shown(range.upperBound))"
    case .halfOpen(let range):
      "be at least \(Self.shown(range.lowerBound)) and below \(Self.shown(range.upperBound))"
    case .between(let low, let high): "lie between \(Self.shown(low)) and \(Self.shown(high))"
    case .upTo(let high): "be above 0 and at most \(Self.shown(high))"
    case .positive(let range): shown(range)
    case .positiveOrInfinite(let range): "\(shown(range)), or .inf"
    }
  }

  /// The ends, and whether each belongs to the range.
  package var ends: (low: Double, hasLow: Bool, high: Double, hasHigh: Bool) {
    switch self {
    case .closed(let range), .positive(let range), .positiveOrInfinite(let range):
      (range.lowerBound, true, range.upperBound, true)
    case .halfOpen(let range): (range.lowerBound, true, range.upperBound, false)
    case .between(let low, let high): (low, false, high, false)
    case .upTo(let high): (0, false, high, true)
    }
  }

  /// A number as an experiment file has it, whole ones without a fraction.
  package static func shown(_ value: Double) -> String {
    if value.isNaN { return ".nan" }
    if value.isInfinite { return value > 0 ? ".inf" : "-.inf" }
    return value == value.rounded() && abs(value) < 1e7 && !(value == 0 && value.sign == .minus)
      ? "\(Int(value))" : "\(value)"
  }
}
