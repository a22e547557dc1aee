import Foundation
import Privacy
import Testing

@Suite struct CanaryEstimateTests {
  /// One line of canary_bands.csv.
  struct Band: CustomTestStringConvertible {
    let fields: [Double]
    var testDescription: String { "k=\(fields[0]) d=\(fields[1]) ε=\(fields[3])" }

    static let all: [Band] = {
      let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
      let text = try? String(
        contentsOf: folder.appending(path: "Vectors/canary_bands.csv"), encoding: .utf8)
      return (text ?? "").split(separator: "\n").dropFirst().map { line in
        Band(fields: line.split(separator: ",").compactMap { Double($0) })
      }
    }()
  }

  @Test func theTableIsThere() {
    #expect(Band.all.count == 11 && Band.all.allSatisfy { $0.fields.count == 9 })
  }

  @Test(arguments: Band.all) func estimateAndBandAreThoseOfTheScript(band: Band) {
    let estimate = CanaryEstimate(
      shift: band.fields[4], standardError: band.fields[5], delta: band.fields[2])
    let reported = [estimate.epsilon, estimate.low, estimate.high]
    for (value, expected) in zip(reported, band.fields[6...]) {
      #expect(abs(value - expected) <= 1e-9 * max(1, expected))
    }
    #expect(!estimate.violates(band.fields[3]))
    // A verdict needs more than the band.
    #expect(estimate.certain <= estimate.low && !estimate.violates(estimate.low))
    #expect(estimate.violates(estimate.certain * (1 - 1e-9)) || estimate.certain == 0)
  }

  /// `privacy.md`, B4: (canaries, dimension, ε, low, high) at δ = 1e-5, to two decimals.
  @Test(arguments: [
    (1_000.0, 1e6, 0.5, 0.30, 0.70), (1_000, 1e6, 1, 0.79, 1.22), (1_000, 1e6, 2, 1.77, 2.23),
    (1_000, 1e6, 3, 2.76, 3.25), (1_000, 1e6, 5, 4.73, 5.27), (1_000, 1e6, 10, 9.66, 10.30),
    (500, 1e5, 1, 0.70, 1.31), (500, 1e5, 2, 1.68, 2.33), (500, 1e5, 5, 4.60, 5.37),
  ])
  func publishedBands(
    _ canaries: Double, _ dimension: Double, _ epsilon: Double, _ low: Double, _ high: Double
  ) throws {
    let noise = try Calibration(
      epsilon: epsilon, delta: 1e-5, adjacency: .addOrRemove
    ).noiseMultiplier { [PrivacyEvent(.gaussian(noiseMultiplier: $0))] }
    let estimate = CanaryEstimate(
      shift: 1 / (noise * noise + canaries / dimension).squareRoot(),
      standardError: 1 / canaries.squareRoot(), delta: 1e-5)
    #expect(abs(estimate.low - low) < 0.0065 && abs(estimate.high - high) < 0.0065)
  }

  @Test func withoutAShiftNothingIsKnown() {
    let estimate = CanaryEstimate(shift: -0.2, standardError: 0.05, delta: 1e-5)
    #expect(estimate.epsilon == 0 && estimate.high == 0)
  }
}
