import Federation
import Foundation
import Privacy
import Testing

/// What is really added to the clients' sum, recorded round by round.
struct PrivacyStateTests {
  static let dimension = 20_000
  static let step = 0x1p-30

  static func configuration(
    _ mechanism: PrivacyConfiguration.Mechanism, _ change: (inout Configuration) -> Void = { _ in }
  ) -> Configuration {
    var configuration = Configuration()
    configuration.training.cohortSize = 50
    configuration.training.rounds = 8
    configuration.training.sampling = mechanism == .gaussian ? .poisson : .minSeparation
    configuration.training.minSeparation = Setting(mechanism == .gaussian ? nil : 8)
    configuration.privacy.mechanism = mechanism
    configuration.privacy.clippingBound = Setting(0.5)
    configuration.privacy.noiseMultiplier = Setting(1.25)
    change(&configuration)
    return configuration
  }

  /// A state and what it adds to a sum of zero, in units of the clipping bound.
  struct Recorder {
    let configuration: Configuration
    let plan: PrivacyPlan
    var state: PrivacyState
    var round = 0

    init(_ configuration: Configuration) throws {
      try configuration.validate()
      self.configuration = configuration
      plan = try #require(try PrivacyPlan(configuration, clients: 1_000))
      state = PrivacyState(configuration, plan: plan)
    }

    mutating func next(
      _ norms: PrivacyState.NormCount? = .init(unclipped: 25, reported: 50)
    ) throws -> (noise: [Double], release: PrivacyState.Release) {
      round += 1
      var sum = [Int64](repeating: 77, count: dimension)
      let release = try state.release(
        &sum, round: round, norms: norms, configuration, plan)
      return (sum.map { Double($0 - 77) * step / release.clippingBound }, release)
    }
  }

  static func covariance(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } / Double(a.count)
  }

  /// Five standard deviations of a sample variance or covariance of unit normals.
  static let tolerance = 5 * (2 / Double(dimension)).squareRoot()

  @Test func gaussianNoiseIsWhiteAndAsWideAsPromised() throws {
    var recorder = try Recorder(Self.configuration(.gaussian))
    let noise = try (0..<4).map { _ in try recorder.next().noise.map { $0 / 1.25 } }
    for i in noise.indices {
      for j in 0...i {
        #expect(abs(Self.covariance(noise[i], noise[j]) - (i == j ? 1 : 0)) < Self.tolerance)
      }
    }
  }

  /// C times the recorded noise is white again, with the deviation that is accounted for.
  @Test func correlatedNoiseIsWhitenedByTheStrategyOfThePlan() throws {
    for mechanism: PrivacyConfiguration.Mechanism in [.banded, .blt] {
      var recorder = try Recorder(Self.configuration(mechanism))
      let noise = try (0..<8).map { _ in try recorder.next().noise.map { $0 / 1.25 } }
      let coefficients: [Double]
      switch try #require(recorder.plan.schedule.strategy) {
      case .banded(let bands): coefficients = bands
      case .bufferedToeplitz(let blt):
        coefficients = (0..<8).map { round in
          round == 0
            ? 1
            : zip(blt.weights, blt.decays).reduce(0) { $0 + $1.0 * pow($1.1, Double(round - 1)) }
        }
      case .tree: coefficients = []
      }
      try #require(coefficients.count == 8)
      let white = noise.indices.map { round in
        (0..<Self.dimension).map { index in
          (0...round).reduce(0) { $0 + coefficients[round - $1] * noise[$1][index] }
        }
      }
      for i in white.indices {
        for j in 0...i {
          #expect(abs(Self.covariance(white[i], white[j]) - (i == j ? 1 : 0)) < Self.tolerance)
        }
      }
      // Later rounds take off some of what earlier ones added.
      #expect(Self.covariance(noise[1], noise[0]) < -0.2)
    }
  }

  /// After round 4 a new tree begins: nothing of the old one is left in its noise.
  @Test func aTreeRestarts() throws {
    var recorder = try Recorder(
      Self.configuration(.tree) { $0.privacy.tree.restartRounds = Setting(4) })
    let noise = try (0..<8).map { _ in try recorder.next().noise.map { $0 / 1.25 } }
    #expect(Self.covariance(noise[1], noise[0]) < -0.2)
    for later in 4..<8 {
      for earlier in 0..<4 {
        #expect(abs(Self.covariance(noise[later], noise[earlier])) < 2 * Self.tolerance)
      }
    }
  }

  /// The noise of a round is a multiple of the bound that clipped in it, not of the next one; the
  /// count of clipped clients takes its share of the budget.
  @Test func adaptiveNoiseUsesTheBoundThatClipped() throws {
    let configuration = Self.configuration(.gaussian) {
      $0.privacy.clipping = .adaptive
      $0.privacy.adaptive.learningRate = 1
    }
    var recorder = try Recorder(configuration)
    // 1/z² = 1/z_Δ² + 1/(2σ_b)², σ_b = 50/20
    let share = 1 / (1 / (1.25 * 1.25) - 1 / 25.0).squareRoot()
    var bound = 0.5
    for _ in 0..<5 {
      #expect(recorder.state.clippingBound == bound)
      let (noise, release) = try recorder.next(.init(unclipped: 50, reported: 50))
      #expect(release.clippingBound == bound)
      #expect(abs(Self.covariance(noise, noise) / (share * share) - 1) < Self.tolerance)
      // Nobody was clipped: the bound falls.
      #expect(recorder.state.clippingBound < 0.9 * bound)
      bound = recorder.state.clippingBound
    }
  }

  /// Log-normal norms around 0.3: the bound finds their median from 100 times above and below.
  @Test(arguments: [0.003, 30]) func theBoundFindsTheQuantile(start: Double) throws {
    var configuration = Self.configuration(.gaussian) {
      $0.privacy.clipping = .adaptive
      $0.privacy.clippingBound = Setting(start)
      $0.training.rounds = 120
    }
    configuration.training.cohortSize = 100
    let plan = try #require(try PrivacyPlan(configuration, clients: 10_000))
    var state = PrivacyState(configuration, plan: plan)
    var stream = testStream(5)
    var late: [Double] = []
    for round in 1...120 {
      let unclipped = (0..<100).count { _ in
        0.3 * exp(0.5 * stream.normal()) <= state.clippingBound
      }
      var sum: [Int64] = [0]
      _ = try state.release(
        &sum, round: round, norms: .init(unclipped: unclipped, reported: 100), configuration, plan)
      if round > 80 { late.append(log(state.clippingBound / 0.3)) }
    }
    #expect(abs(late.reduce(0, +) / 40) < 0.15)
  }

  @Test func aBudgetEndsTheRunBeforeTheRoundThatExceedsIt() throws {
    let configuration = Self.configuration(.gaussian) {
      $0.training.rounds = 1_000
      $0.privacy.budget.epsilon = Setting(3)
    }
    var recorder = try Recorder(configuration)
    while !recorder.state.isSpent { _ = try recorder.next() }
    var ledger = recorder.state.ledger
    let spent = try #require(recorder.state.guarantee).epsilon
    #expect(spent <= 3)
    let next = try ledger.guarantee(
      adding: recorder.plan.event(round: recorder.round + 1), delta: recorder.plan.delta)
    #expect(next.epsilon > 3)
  }

  /// A lost round is paid for, and its noise never comes again.
  @Test func aLostRoundIsPaidFor() throws {
    let configuration = Self.configuration(.blt)
    var whole = try Recorder(configuration)
    var lossy = try Recorder(configuration)
    _ = try whole.next()
    _ = try lossy.next(nil)
    #expect(lossy.state == whole.state)
    #expect(try lossy.next().noise == whole.next().noise)
  }

  @Test(arguments: [.gaussian, .tree, .banded, .blt] as [PrivacyConfiguration.Mechanism])
  func aResumedStateAddsTheSameNoise(mechanism: PrivacyConfiguration.Mechanism) throws {
    var recorder = try Recorder(
      Self.configuration(mechanism) {
        if mechanism == .gaussian { $0.privacy.clipping = .adaptive }
      })
    for _ in 0..<3 { _ = try recorder.next() }
    let stored = try PropertyListEncoder().encode(recorder.state)
    var resumed = recorder
    resumed.state = try PropertyListDecoder().decode(PrivacyState.self, from: stored)
    #expect(resumed.state == recorder.state)
    for _ in 3..<8 {
      let (one, other) = (try recorder.next(), try resumed.next())
      #expect(one.noise == other.noise && one.release == other.release)
    }
  }

  /// What the seed does not decide differs from run to run.
  @Test func systemRandomnessDoesNotRepeat() throws {
    let configuration = Self.configuration(.gaussian) { $0.privacy.randomness = .system }
    var (one, other) = (try Recorder(configuration), try Recorder(configuration))
    let noise = try one.next().noise
    #expect(abs(Self.covariance(noise, noise) / 1.5625 - 1) < Self.tolerance)
    #expect(try other.next().noise != noise)
  }

  /// The denominator is the public size, whoever came.
  @Test func theDenominatorIsPublic() throws {
    let configuration = Self.configuration(.gaussian) {
      $0.privacy.noiseMultiplier = Setting(0)
    }
    let plan = try #require(try PrivacyPlan(configuration, clients: 1_000))
    var state = ServerState(
      parameters: [0], server: configuration.training.server,
      privacy: PrivacyState(configuration, plan: plan))
    var sum = RoundSum(.steps([3 << 30]), weight: 7, count: 7)
    let release = try state.release(
      &sum, norms: .init(unclipped: 7, reported: 7), RoundPlan(configuration, privacy: plan))
    #expect(sum.mean == [3.0 / 50])
    #expect(release != nil && release?.guarantee == nil)
  }
}
