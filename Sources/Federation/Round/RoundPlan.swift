import Models
import Privacy
import SecureAggregation

/// What the server sees of updates.
package enum Visibility: Sendable {
  /// Their sum alone.
  case sum
  /// Every one of them: what an aggregation rule that compares clients needs.
  case individual
}

/// How the vectors of a cohort are added up.
package enum Summation: Equatable, Sendable {
  /// Exactly, in the open.
  case clear
  /// Behind secure aggregation.
  case masked(AggregationScheme)

  package init(_ configuration: Configuration) {
    self = configuration.secureAggregation.protocol.scheme.map(Summation.masked) ?? .clear
  }

  /// The most that a server could see of updates that are added up so.
  package var visibility: Visibility {
    switch self {
    case .clear: .individual
    case .masked: .sum
    }
  }
}

/// A round as a composition: what is done to updates and how they are added up.
///
/// Server and clients build it from the same setup; the stages that only the server can know of do
/// nothing on clients.
package struct RoundPlan: Sendable {
  /// With the noise that clients add.
  package let configuration: Configuration
  /// Nil without a mechanism, and on clients.
  package let privacy: PrivacyPlan?
  /// In the order of the clients.
  package var transforms: [any UpdateTransform]
  package let summation: Summation
  package let aggregator: any Aggregator
  /// Where the aggregator is applied.
  package let aggregation: Aggregation
  package let algorithm: any Algorithm
  package let personalisation: (any Personalisation)?
  /// What of the model travels.
  package let shared: SharedPart
  package let settings: AlgorithmSettings
  package let layouts: AlgorithmLayouts
  /// Whether clients clip around a centre, which is the last part of what they are sent.
  package let isCentred: Bool

  /// - Parameters:
  ///   - privacy: what the server knows of the noise; nil for clients.
  ///   - model: of another model than the experiment's; nil for that one.
  package init(
    _ configuration: Configuration, privacy: PrivacyPlan? = nil, model: ParameterLayout? = nil
  ) {
    self.configuration = configuration.settled(by: privacy)
    self.privacy = privacy
    summation = Summation(configuration)
    aggregator = configuration.aggregator.aggregator
    guard let aggregation = configuration.aggregation else {
      preconditionFailure("a configuration that was not checked")
    }
    self.aggregation = aggregation
    isCentred = configuration.isCentredByClients
    algorithm = configuration.algorithm.algorithm
    shared = configuration.sharedPart(of: model ?? configuration.makeModel().layout)
    settings = AlgorithmSettings(configuration, model: shared.layout)
    personalisation = configuration.personalisation.method
    layouts = configuration.layouts(of: shared.model)
    let hasMechanism = configuration.privacy.mechanism != .none
    let isSum = aggregation == .sum || aggregation == .clients
    transforms = [
      Average(
        hasMechanism && isSum ? .expected(configuration.training.cohortSize) : .reported)
    ]
    if isCentred { transforms.append(Centre()) }
    if let privacy, !configuration.addsNoiseAtClients {
      transforms.append(
        privacy.schedule.strategy.map {
          CorrelatedCentralNoise(configuration, privacy, $0) as any UpdateTransform
        } ?? CentralNoise(configuration, privacy))
    }
    transforms.append(Clip())
    if configuration.privacy.mechanism == .localGaussian {
      transforms.append(LocalNoise(configuration))
    }
  }

  /// Refuses parts that do not go together, with the key of one of them.
  ///
  /// What a mechanism or a protocol asks of the rest of an experiment is checked beside it
  /// (`validatePrivacy`, `validateSecureAggregation`); here is what the composition itself rules out.
  static func check(_ configuration: Configuration) throws(SettingError) {
    try configuration.algorithm.algorithm.validate(configuration)
    try configuration.validateAggregator()
    try configuration.validateAttack()
    try configuration.validatePersonalisation()
    try configuration.validateTime()
  }

  /// What the coming round tells its clients.
  ///
  /// - Parameters:
  ///   - privacy: whose bound holds; nil without a mechanism.
  ///   - part: which of the groups, or of the sums, of the round has the session.
  package func parameters(
    round: Int, cohort: [Int], _ privacy: PrivacyState?, part: Int = 0
  ) -> RoundParameters {
    var parameters = RoundParameters(configuration)
    if let privacy { parameters.clippingBound = privacy.clippingBound }
    if configuration.encodesUpdates {
      parameters.session = RoundParameters.Session(
        identifier: AggregationSession.identifier(configuration, round: round, part: part),
        cohort: cohort)
    }
    return parameters
  }
}
