import Privacy
import Testing

@Suite struct PrivacyAccountantTests {
  private let mixed = [
    PrivacyEvent(.poissonGaussian(samplingRate: 0.01, noiseMultiplier: 1), count: 300),
    PrivacyEvent(.poissonGaussian(samplingRate: 0.02, noiseMultiplier: 1.3), count: 200),
    PrivacyEvent(.gaussian(noiseMultiplier: 9), count: 5),
  ]

  private func guarantee(
    _ release: PrivacyRelease, count: Int = 1, delta: Double = 1e-6,
    _ adjacency: Adjacency = .addOrRemove, _ accountant: Accountant = .automatic
  ) throws(PrivacyError) -> PrivacyGuarantee {
    var accounting = PrivacyAccountant(adjacency: adjacency, accountant: accountant)
    return try accounting.guarantee(of: [PrivacyEvent(release, count: count)], delta: delta)
  }

  /// Values from `Vectors/dp_reference.py mixed`.
  @Test func differentReleasesCompose() throws {
    var accounting = PrivacyAccountant(adjacency: .addOrRemove)
    let losses = try accounting.guarantee(of: mixed, delta: 1e-6)
    #expect(losses.accountant == .pld)
    #expect(abs(losses.epsilon - 2.041116940333873) < 1e-5)
    var renyi = PrivacyAccountant(adjacency: .addOrRemove, accountant: .rdp)
    let divergences = try renyi.guarantee(of: mixed, delta: 1e-6)
    #expect(abs(divergences.epsilon - 2.3365352714799634) < 1e-6)
  }

  @Test func theOrderOfReleasesDoesNotMatter() throws {
    var accounting = PrivacyAccountant(adjacency: .addOrRemove)
    let forward = try accounting.guarantee(of: mixed, delta: 1e-6).epsilon
    let backward = try accounting.guarantee(of: mixed.reversed(), delta: 1e-6).epsilon
    #expect(abs(forward - backward) < 1e-9)
  }

  @Test func theTightestValidAccountantIsChosen() throws {
    let gaussian = PrivacyRelease.gaussian(noiseMultiplier: 2)
    let poisson = PrivacyRelease.poissonGaussian(samplingRate: 0.1, noiseMultiplier: 2)
    #expect(try guarantee(gaussian).accountant == .analytic)
    #expect(try guarantee(poisson).accountant == .pld)
    #expect(try guarantee(poisson, delta: 1e-12).accountant == .pld)
    #expect(try guarantee(.zeroConcentrated(rho: 0.5)).accountant == .zcdp)
    let fixed = PrivacyRelease.fixedSizeGaussian(samplingRate: 0.1, noiseMultiplier: 2)
    #expect(try guarantee(fixed, .replaceOne).accountant == .pld)
  }

  @Test(arguments: [Accountant.analytic, .pld, .rdp, .zcdp])
  func everyAccountantBoundsTheGaussianFromAbove(_ accountant: Accountant) throws {
    let release = PrivacyRelease.gaussian(noiseMultiplier: 3)
    let exact = try guarantee(release, count: 4).epsilon
    let epsilon = try guarantee(release, count: 4, .addOrRemove, accountant).epsilon
    #expect(epsilon >= exact - 1e-12)
    #expect(epsilon < 1.2 * exact)
  }

  /// A client that is replaced moves the sum twice as far as one that is removed.
  @Test(arguments: [Accountant.analytic, .pld, .rdp, .zcdp])
  func replacingCostsTwiceTheSensitivity(_ accountant: Accountant) throws {
    let replaced = try guarantee(.gaussian(noiseMultiplier: 4), .replaceOne, accountant).epsilon
    let removed = try guarantee(.gaussian(noiseMultiplier: 2), .addOrRemove, accountant).epsilon
    #expect(abs(replaced - removed) < 1e-9)
  }

  /// Thousands of rounds that each lose less than a step of the usual grid.
  @Test func tinyLossesAreNotRoundedUp() throws {
    let release = PrivacyRelease.poissonGaussian(samplingRate: 2e-4, noiseMultiplier: 35)
    let losses = try guarantee(release, count: 250_000).epsilon
    let divergences = try guarantee(release, count: 250_000, .addOrRemove, .rdp).epsilon
    #expect(losses < divergences)
  }

  /// With room for everybody, cutting the sample changes nothing; a tight capacity costs a lot.
  @Test func truncationCostsPrivacy() throws {
    func epsilon(capacity: Int) throws -> Double {
      let release = PrivacyRelease.truncatedPoissonGaussian(
        samplingRate: 0.05, noiseMultiplier: 1, population: 1000, capacity: capacity)
      return try guarantee(release, count: 50).epsilon
    }
    let whole = try guarantee(
      .poissonGaussian(samplingRate: 0.05, noiseMultiplier: 1), count: 50
    ).epsilon
    #expect(abs(try epsilon(capacity: 1000) - whole) < 1e-9)
    #expect(abs(try epsilon(capacity: 110) - whole) < 1e-4)
    #expect(try epsilon(capacity: 60) > whole + 0.5)
  }

  @Test func unsoundCombinationsAreRefused() {
    let fixed = PrivacyRelease.fixedSizeGaussian(samplingRate: 0.1, noiseMultiplier: 1)
    #expect(throws: PrivacyError.self) { try guarantee(fixed, .zeroOut) }
    let noise = DistributedNoise(
      clients: 100, localStandardDeviation: 10, sensitivity: 100, dimension: 1000)
    #expect(throws: PrivacyError.self) { try guarantee(.distributedSkellam(noise), .addOrRemove) }
    let poisson = PrivacyRelease.poissonGaussian(samplingRate: 0.1, noiseMultiplier: 1)
    #expect(throws: PrivacyError.self) { try guarantee(poisson, .addOrRemove, .analytic) }
    #expect(throws: PrivacyError.self) { try guarantee(poisson, .replaceOne, .rdp) }
  }

  @Test(arguments: [0, -1, 1, 2, Double.nan])
  func deltaMustBeBetweenZeroAndOne(_ delta: Double) {
    #expect(throws: PrivacyError.self) {
      try guarantee(.gaussian(noiseMultiplier: 1), delta: delta)
    }
  }

  @Test(arguments: [0, -1, Double.nan, Double.infinity])
  func noiseMustBePositive(_ noise: Double) {
    #expect(throws: PrivacyError.self) { try guarantee(.gaussian(noiseMultiplier: noise)) }
  }

  @Test func nothingReleasedCostsNothing() throws {
    var accounting = PrivacyAccountant(adjacency: .addOrRemove)
    #expect(try accounting.guarantee(of: [], delta: 1e-6).epsilon == 0)
  }
}
