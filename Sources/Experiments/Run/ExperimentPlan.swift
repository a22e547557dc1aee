import Federation
import Foundation
import Privacy
import SecureAggregation

/// What an experiment will cost, known before it runs.
package struct ExperimentPlan: Encodable, Equatable, Sendable {
  package struct Session: Encodable, Equatable, Sendable {
    package let `protocol`: String
    package let adversary: String
    package let neighbours: Int
    package let threshold: Int
    package let masksPerClient: Int
  }

  package let configuration: Configuration
  package let name: String
  package let rounds: Int
  /// Whether cohorts are cyclic and the mechanism's privacy is not amplified by that.
  private let isCyclicInVain: Bool
  /// `training.rounds` of the file, where ε and the noise decide otherwise.
  package let replacedRounds: Int?
  package let cohortSize: Int
  package let modelParameters: Int
  /// Standard deviation of the noise over the clipping bound; 0 without noise.
  package let noiseMultiplier: Double
  /// Null without noise: nothing can be claimed.
  package let epsilon: Double?
  package let delta: Double
  /// What the ε rests on; nil without one.
  package let claim: PrivacyClaim?
  /// All planned releases; nil without an ε.
  package let spending: SpentReleases?
  /// The same of the launch; nil where there is none.
  package let launchSpending: SpentReleases?
  /// Over all rounds, in expectation.
  package let bytesToClients: Int
  package let bytesFromClients: Int
  /// Null when updates are summed in the clear.
  package let secureAggregation: Session?
  /// Masks that the server will expand over all rounds, in expectation.
  package let masks: Int
  /// Virtual seconds of all rounds together, in expectation; nil where time is not simulated.
  package let virtualSeconds: Double?
  /// What it takes on this machine; nil where that was not tried.
  package var estimate: PlanEstimate?

  /// - Parameters:
  ///   - privacy: of this configuration; nil without a mechanism.
  ///   - givenRounds: `training.rounds` before anything was settled.
  ///   - known: what the noise promises, where that was computed before.
  ///   - virtualSeconds: nil where time is not simulated.
  package init(
    _ configuration: Configuration, privacy: PrivacyPlan?, givenRounds: Int? = nil,
    guarantee known: Result<PrivacyGuarantee?, SettingError>? = nil, virtualSeconds: Double? = nil
  ) throws {
    self.virtualSeconds = virtualSeconds
    self.configuration = configuration
    replacedRounds = givenRounds == configuration.training.rounds ? nil : givenRounds
    let forecast: RoundForecast
    do {
      forecast = try RoundForecast(configuration)
    } catch {
      throw ExperimentError(.invalidConfiguration, "secure_aggregation: \(error).")
    }
    let rounds = configuration.training.rounds
    name = configuration.name
    self.rounds = rounds
    cohortSize = configuration.training.cohortSize
    modelParameters = configuration.makeModel().layout.count
    noiseMultiplier = privacy?.noiseMultiplier ?? 0
    do {
      let guarantee = try known?.get() ?? privacy?.guarantee()
      if let privacy, let guarantee {
        var claim = PrivacyClaim(
          configuration, sampling: privacy.schedule.sampling,
          noiseMultiplier: privacy.noiseMultiplier, guarantee: guarantee,
          launch: try LaunchClaim(privacy, rounds: privacy.rounds))
        claim.noise = NoiseAgainstSignal(configuration, privacy, rounds: nil)
        self.claim = claim
        spending = SpentReleases(
          guarantee: guarantee, ledger: privacy.plannedLedger,
          accountant: configuration.privacy.accountant,
          beside: SpentPrivacy.beside(configuration, delta: privacy.delta), clients: claim.clients)
        launchSpending = try SpentReleases(launchOf: privacy, rounds: privacy.rounds)
      } else {
        (claim, spending, launchSpending) = (nil, nil, nil)
      }
      epsilon = guarantee.flatMap { $0.epsilon.isFinite ? $0.epsilon : nil }
    } catch {
      throw ExperimentError(.invalidConfiguration, "\(error).")
    }
    delta = privacy?.delta ?? 0
    isCyclicInVain =
      configuration.training.sampling == .cyclic
      && [.tree, .blt].contains(configuration.privacy.mechanism)
    func total(_ perRound: Double) -> Int { Int((perRound * Double(rounds)).rounded()) }
    bytesToClients = total(forecast.bytesToClients)
    bytesFromClients = total(forecast.bytesFromClients)
    secureAggregation = forecast.session.map {
      Session(
        protocol: configuration.secureAggregation.protocol.rawValue,
        adversary: configuration.secureAggregation.adversary.rawValue,
        neighbours: $0.neighbours, threshold: $0.threshold, masksPerClient: $0.masksPerClient)
    }
    masks = total(forecast.session?.serverMasks ?? 0)
  }

  /// Written by hand where JSONEncoder would leave a null out.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(rounds, forKey: .rounds)
    try container.encode(replacedRounds, forKey: .replacedRounds)
    try container.encode(cohortSize, forKey: .cohortSize)
    try container.encode(modelParameters, forKey: .modelParameters)
    try container.encode(noiseMultiplier, forKey: .noiseMultiplier)
    try container.encode(epsilon, forKey: .epsilon)
    try container.encode(delta, forKey: .delta)
    try container.encode(claim?.accountant, forKey: .accountant)
    try container.encode(claim?.adjacency, forKey: .adjacency)
    try container.encode(claim?.sampler, forKey: .sampler)
    try container.encode(claim?.samplingRate, forKey: .samplingRate)
    try container.encodeIfPresent(claim?.launch, forKey: .launch)
    try container.encode(bytesToClients, forKey: .bytesToClients)
    try container.encode(bytesFromClients, forKey: .bytesFromClients)
    try container.encode(secureAggregation, forKey: .secureAggregation)
    try container.encode(masks, forKey: .masks)
    try container.encodeIfPresent(virtualSeconds, forKey: .virtualSeconds)
    try container.encode(estimate, forKey: .estimate)
  }

  private enum CodingKeys: String, CodingKey {
    case name, rounds, replacedRounds, cohortSize, modelParameters, noiseMultiplier, epsilon, delta
    case accountant, adjacency, sampler, samplingRate, launch, estimate
    case bytesToClients, bytesFromClients, secureAggregation, masks, virtualSeconds
  }

  /// What a person should know who counts on `training.rounds` or on sampling.
  package var note: String? {
    var notes: [String] = []
    if let replacedRounds {
      notes.append(
        "privacy.target_epsilon and privacy.noise_multiplier together decide the number of rounds: "
          + "\(rounds), not the \(replacedRounds) of training.rounds.")
    }
    if isCyclicInVain {
      notes.append(
        "Nothing is gained from cyclic sampling with this privacy.mechanism: banded, with at most "
          + "training.min_separation bands, has a smaller epsilon.")
    }
    return notes.isEmpty ? nil : notes.joined(separator: " ")
  }

  /// How far the totals of a finished run are from what was planned, as a sentence for the log.
  func comparison(
    bytesToClients sent: Int, bytesFromClients received: Int, masks expanded: Int,
    virtualSeconds taken: Double? = nil
  ) -> String {
    var parts = [
      "bytes to clients: planned \(bytesToClients), sent \(sent) "
        + "(\(Self.deviation(sent, from: bytesToClients)))",
      "bytes from clients: planned \(bytesFromClients), received \(received) "
        + "(\(Self.deviation(received, from: bytesFromClients)))",
    ]
    if secureAggregation != nil {
      parts.append(
        "masks: planned \(masks), expanded \(expanded) (\(Self.deviation(expanded, from: masks)))")
    }
    if let virtualSeconds, let taken {
      func hours(_ seconds: Double) -> String { String(format: "%.2f", seconds / 3_600) }
      parts.append(
        "virtual hours: planned \(hours(virtualSeconds)), took \(hours(taken)) "
          + "(\(Self.deviation(Int(taken.rounded()), from: Int(virtualSeconds.rounded()))))")
    }
    let sentence = parts.joined(separator: "; ")
    return sentence.prefix(1).uppercased() + sentence.dropFirst() + "."
  }

  private static func deviation(_ actual: Int, from planned: Int) -> String {
    guard planned > 0 else { return "nothing was planned" }
    return String(format: "%+.2f %%", 100 * (Double(actual) / Double(planned) - 1))
  }
}
