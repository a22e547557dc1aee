import Foundation

/// Shares as percentage points, in words.
package enum Points {
  /// As `0.7`; never as `-0.0`.
  package static func text(_ share: Double, isSigned: Bool = false) -> String {
    Decimals.points.text(share, isSigned: isSigned)
  }

  /// As `0.7 points [-0.6, 2.1]`, with a sign if wanted.
  static func text(
    _ value: Double, _ low: Double?, _ high: Double?, isSigned: Bool = false
  ) -> String {
    let decimals = Decimals.points.showing(low, high)
    let number = decimals.text(value, isSigned: isSigned)
    let points = number == "1.0" ? "point" : "points"
    guard let low, let high else { return "\(number) \(points)" }
    return "\(number) \(points) [\(decimals.text(low)), \(decimals.text(high))]"
  }

  /// A difference with its sign: `-0.8 points [-1.9, 0.3]`.
  static func signed(_ difference: Estimate) -> String {
    text(difference.value, difference.low, difference.high, isSigned: true)
  }

  /// How far away it is, and what of that the interval allows: the sign is left to the words.
  static func distance(_ estimate: Estimate) -> String {
    estimate.value < 0
      ? text(-estimate.value, estimate.high.map { -$0 }, estimate.low.map { -$0 })
      : text(estimate.value, estimate.low, estimate.high)
  }
}

/// How a number of experiments is written.
package struct Decimals {
  private let scale: Double
  private var digits: Int

  /// Shares, in points.
  static let points = Decimals(scale: 100, digits: 1)
  /// What is no share.
  static let others = Decimals(scale: 1, digits: 3)

  /// An interval that excludes 0 shows that: it has digits enough that its nearer end is not written as 0.
  func showing(_ low: Double?, _ high: Double?) -> Decimals {
    guard let low, let high, low * high > 0 else { return self }
    var enough = self
    while enough.digits < 6, enough.isZero(low) || enough.isZero(high) { enough.digits += 1 }
    return enough
  }

  func text(_ value: Double, isSigned: Bool = false) -> String {
    // Zero has no sign.
    let format = isSigned && !isZero(value) ? "%+.\(digits)f" : "%.\(digits)f"
    return String(format: format, isZero(value) ? 0 : scale * value)
  }

  private func isZero(_ value: Double) -> Bool {
    !String(format: "%.\(digits)f", scale * value).contains { ("1"..."9").contains($0) }
  }
}

extension Estimate {
  /// As `0.7 [-0.6, 2.1]`: shares in points, other numbers as they are.
  package func text(isShare: Bool = true, isSigned: Bool, signsEnds: Bool = false) -> String {
    let decimals = (isShare ? Decimals.points : .others).showing(low, high)
    let number = decimals.text(value, isSigned: isSigned)
    guard let low, let high else { return number }
    let ends = [low, high].map { decimals.text($0, isSigned: signsEnds) }
    return "\(number) [\(ends[0]), \(ends[1])]"
  }
}
