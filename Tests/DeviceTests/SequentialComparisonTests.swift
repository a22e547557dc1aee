import Foundation
import LinearAlgebra
import Testing

import Device

/// Against Vectors/sequential.py, which integrates over the mixture numerically.
struct SequentialComparisonTests {
  struct Case: Decodable {
    let treated: [Double]
    let control: [Double]
    let mixture_deviation: Double
    let error_rate: Double
    let difference: Double
    let likelihood_ratio: Double
    let margin: Double
  }

  @Test func ratioAndMarginAreThoseOfTheIntegral() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let data = try Data(contentsOf: folder.appending(path: "Vectors/sequential.json"))
    for expected in try JSONDecoder().decode([Case].self, from: data) {
      var comparison = SequentialComparison(mixtureDeviation: expected.mixture_deviation)
      for value in expected.treated { comparison.add(value, isTreated: true) }
      for value in expected.control { comparison.add(value, isTreated: false) }
      #expect(abs(comparison.difference - expected.difference) < 1e-12)
      #expect(
        abs(comparison.likelihoodRatio - expected.likelihood_ratio)
          < 1e-9 * expected.likelihood_ratio)
      let margin = comparison.margin(errorRate: expected.error_rate)
      #expect(abs(margin - expected.margin) < 1e-9 * expected.margin)
    }
  }

  /// Looked at after every observation for a long time, equal groups are seldom told apart.
  @Test func theErrorRateHoldsWhateverOneLooks() {
    var rejections = 0
    for seed in 0..<400 {
      var stream = RandomStream(seed: UInt64(seed), purpose: .exampleOrder)
      var comparison = SequentialComparison(mixtureDeviation: 0.05)
      for step in 0..<2_000 {
        comparison.add(0.1 * stream.normal(), isTreated: step % 4 == 0)
        if step > 80, comparison.likelihoodRatio >= 20 {
          rejections += 1
          break
        }
      }
    }
    // At most 5 % are allowed; three standard deviations of 400 draws above that are 33.
    #expect(rejections <= 33)
  }
}
