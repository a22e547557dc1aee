import Federation
import Privacy
import SecureAggregation
import TestSupport
import Testing

/// Every stage and every codec of a round against the contract of its kind.
struct StageContractTests {
  static let mechanisms: [PrivacyConfiguration.Mechanism] = [
    .none, .gaussian, .tree, .banded, .blt, .localGaussian, .discreteGaussian,
  ]

  @Test(arguments: mechanisms)
  func everyStageKeepsTheContract(mechanism: PrivacyConfiguration.Mechanism) throws {
    let configuration = CombinationTests.configuration(FedAvg(), .init(mechanism: mechanism))
    let privacy = try PrivacyPlan(configuration, clients: configuration.population.clients)
    let plan = RoundPlan(configuration, privacy: privacy)
    #expect(plan.transforms.count >= 2)
    for transform in plan.transforms {
      try checkTransform(
        transform, privacy: privacy.map { PrivacyState(plan.configuration, plan: $0) })
    }
  }

  @Test func whoReportedMayBeDividedByToo() throws {
    try checkTransform(Average(.reported))
    try checkTransform(Average(.expected(4)))
    try checkTransform(Clip())
  }

  @Test func theExactGridKeepsTheContract() throws {
    try checkCodec(length: 33, norm: 5) { ExactGrid(length: 33) }
  }

  @Test(arguments: [32, 64], [false, true])
  func fixedPointKeepsTheContract(bits: Int, isRotated: Bool) throws {
    var configuration = Configuration()
    configuration.training.maxExamples = 64
    configuration.secureAggregation.protocol = .secaggPlus
    configuration.secureAggregation.encoding.modulusBits = bits
    configuration.secureAggregation.encoding.rotation = isRotated
    configuration.privacy.clippingBound = Setting(0.5)
    try checkCodec(length: 33, norm: 0.4) {
      try configuration.codec(
        round: 2, cohortSize: 5, length: 33, RoundParameters(configuration))
    }
  }

  @Test(arguments: [PrivacyConfiguration.Mechanism.discreteGaussian, .skellam])
  func integersWithNoiseKeepTheContract(mechanism: PrivacyConfiguration.Mechanism) throws {
    let given = CombinationTests.configuration(FedAvg(), .init(mechanism: mechanism))
    let plan = try #require(
      try PrivacyPlan(given, clients: given.population.clients))
    let configuration = RoundPlan(given, privacy: plan).configuration
    // Half a clipping bound of 0.5 in the sum of ten clients; 1 is four times that.
    try checkCodec(length: 33, norm: 0.4, noise: 1) {
      try configuration.codec(
        round: 2, cohortSize: 10, length: 33, RoundParameters(configuration))
    }
  }
}
