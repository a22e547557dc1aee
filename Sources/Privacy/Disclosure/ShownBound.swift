import Foundation

/// The numbers of a privacy claim as people read them.
///
/// A bound is rounded up, so that no text promises more than the accountant does; files and JSON keep
/// all digits.
package enum ShownBound {
  /// What is lost to rounding errors of the accountant, not to rounding for people.
  private static let slack = 1e-9

  /// ε in three digits, rounded up, whole from a hundred on: `4.00`, `0.0218`, `51503`.
  package static func epsilon(_ value: Double) -> String {
    guard value.isFinite else { return "∞" }
    guard value > 0 else { return "0" }
    guard value < 1e9 else { return scientific(value) }
    guard value >= 1e-6 else { return scientific(value) }
    func decimals(_ value: Double) -> Int { max(0, 2 - Int(log10(value).rounded(.down))) }
    let unit = pow(10, Double(decimals(value)))
    let shown = (value * unit * (1 - slack)).rounded(.up) / unit
    return String(format: "%.\(decimals(shown))f", shown)
  }

  /// δ in at most three digits, rounded up: `1e-5`, `2.5e-7`, `0.01`.
  package static func delta(_ value: Double) -> String {
    guard value > 0, value.isFinite else { return "0" }
    return value < 1e-3 ? scientific(value) : number(value)
  }

  /// Any other bound in three digits, rounded up.
  package static func number(_ value: Double) -> String {
    guard value.isFinite else { return "∞" }
    guard value > 0 else { return String(format: "%.3g", value) }
    guard value >= 1e-4, value < 1e6 else { return scientific(value) }
    let unit = pow(10, 2 - log10(value).rounded(.down))
    let shown = (value * unit * (1 - slack)).rounded(.up) / unit
    return shown >= 1000 ? String(format: "%.0f", shown) : String(format: "%.3g", shown)
  }

  /// A noise multiplier or another setting, which is no bound: four digits.
  package static func setting(_ value: Double) -> String { String(format: "%.4g", value) }

  /// A share in percent, rounded up; near 100 with as many digits as tell it from that.
  package static func percent(_ share: Double) -> String {
    guard share > 0.999, share < 1 else {
      guard share < 1 else { return "100 %" }
      return "\(number(100 * share)) %"
    }
    let rest = 100 * (1 - share)
    let digits = max(2, Int(-log10(rest).rounded(.down)) + 1)
    guard digits < 12 else { return "100 %" }
    let unit = pow(10, Double(-digits))
    return String(format: "%.\(digits)f %%", 100 - (rest / unit).rounded(.down) * unit)
  }

  private static func scientific(_ value: Double) -> String {
    var exponent = log10(value).rounded(.down)
    var digits = (value / pow(10, exponent) * 100 * (1 - slack)).rounded(.up) / 100
    if digits >= 10 { (digits, exponent) = (digits / 10, exponent + 1) }
    return String(format: "%.3g", digits) + "e\(Int(exponent))"
  }
}
