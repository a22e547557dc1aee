import Privacy
import Testing

@Suite struct CalibrationTests {
  @Test(arguments: [0.1, 1, 4, 16])
  func theSolvedNoiseStaysInBudget(_ target: Double) throws {
    let calibration = Calibration(epsilon: target, delta: 1e-6, adjacency: .addOrRemove)
    func events(_ noise: Double) -> [PrivacyEvent] {
      [PrivacyEvent(.poissonGaussian(samplingRate: 0.03, noiseMultiplier: noise), count: 150)]
    }
    let noise = try calibration.noiseMultiplier(events: events)
    var accounting = PrivacyAccountant(adjacency: .addOrRemove)
    let epsilon = try accounting.guarantee(of: events(noise), delta: 1e-6).epsilon
    #expect(epsilon <= target)
    #expect(epsilon > target - 1e-3)
  }

  @Test func theSolvedRoundsAreTheLastThatFit() throws {
    let calibration = Calibration(epsilon: 2, delta: 1e-6, adjacency: .addOrRemove)
    let release = PrivacyRelease.poissonGaussian(samplingRate: 0.01, noiseMultiplier: 1)
    let rounds = try calibration.rounds { [PrivacyEvent(release, count: $0)] }
    var accounting = PrivacyAccountant(adjacency: .addOrRemove)
    let inside = try accounting.guarantee(
      of: [PrivacyEvent(release, count: rounds)], delta: 1e-6)
    let outside = try accounting.guarantee(
      of: [PrivacyEvent(release, count: rounds + 1)], delta: 1e-6)
    #expect(inside.epsilon <= 2)
    #expect(outside.epsilon > 2)
  }

  @Test func impossibleBudgetsAreRefused() {
    let release = PrivacyRelease.gaussian(noiseMultiplier: 1)
    #expect(throws: PrivacyError.self) {
      try Calibration(epsilon: 0.5, delta: 1e-6, adjacency: .addOrRemove).rounds {
        [PrivacyEvent(release, count: $0)]
      }
    }
    #expect(throws: PrivacyError.self) {
      try Calibration(epsilon: 0, delta: 1e-6, adjacency: .addOrRemove).noiseMultiplier {
        [PrivacyEvent(.gaussian(noiseMultiplier: $0))]
      }
    }
  }
}
