import Foundation
import Testing

import UsageData

/// The plain-arithmetic functions against Foundation's in double precision.
struct FeatureMathTests {
  @Test func logarithmIsAccurate() {
    for step in -2000...2000 {
      let value = Float(exp2(Double(step) / 20))
      let exact = log(Double(value))
      let error = abs(Double(FeatureMath.log(value)) - exact)
      #expect(error <= 3e-7 * max(abs(exact), 1), "log \(value)")
    }
  }

  @Test func powerOfTwoIsAccurate() {
    for step in -2520...2520 {
      let value = Float(step) / 20
      let exact = exp2(Double(value))
      #expect(abs(Double(FeatureMath.exp2(value)) - exact) <= 3e-7 * exact, "2^\(value)")
    }
  }
}
