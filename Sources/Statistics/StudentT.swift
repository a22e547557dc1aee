import Foundation

/// Student's t distribution, as far as confidence intervals need it.
package enum StudentT {
  /// The value that |t| stays below with probability `level`, for `degrees` ≥ 1 of freedom.
  package static func bound(level: Double, degrees: Double) -> Double {
    precondition(degrees >= 1 && level > 0 && level < 1)
    // |t| < b with probability 1 − I_x(ν/2, 1/2) at x = ν/(ν + b²): bisect in b.
    var low = 0.0
    var high = 1.0
    while probabilityBeyond(high, degrees) > 1 - level { high *= 2 }
    for _ in 0..<200 {
      let middle = (low + high) / 2
      if probabilityBeyond(middle, degrees) > 1 - level { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  private static func probabilityBeyond(_ t: Double, _ degrees: Double) -> Double {
    incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5)
  }

  /// The regularized incomplete beta function I_x(a, b), by its continued fraction.
  ///
  /// Lentz's method on equation 8.17.22 of the NIST Digital Library of Mathematical Functions
  /// (https://dlmf.nist.gov/8.17#v).
  package static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    guard x > 0 else { return 0 }
    guard x < 1 else { return 1 }
    // The fraction converges fast only below the mean.
    guard x <= (a + 1) / (a + b + 2) else { return 1 - incompleteBeta(1 - x, b, a) }
    let front = exp(
      lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x))
    let tiny = 1e-300
    var c = 1.0
    var d = 1 - (a + b) * x / (a + 1)
    d = 1 / (abs(d) < tiny ? tiny : d)
    var fraction = d
    for m in 1..<1_000 {
      let m = Double(m)
      for numerator in [
        m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
        -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
      ] {
        d = 1 + numerator * d
        d = 1 / (abs(d) < tiny ? tiny : d)
        c = 1 + numerator / c
        if abs(c) < tiny { c = tiny }
        fraction *= d * c
      }
      if abs(d * c - 1) < 1e-15 { break }
    }
    return front * fraction / a
  }
}
