import Tables
import Coordinator
import Federation
import Privacy

/// What is claimed about privacy after one round: of all rounds so far together.
extension RoundRecord {
  private static let privacyColumns = [
    "round", "mechanism", "unit", "adjacency", "sampler", "sampling_rate", "noise_multiplier",
    "accountant", "epsilon", "delta", "sim_canaries", "sim_empirical_epsilon",
    "sim_empirical_epsilon_low", "sim_empirical_epsilon_high",
  ]

  /// What only a run with canaries has beside them.
  private static let auditColumns = [
    "sim_known_cohort_claim", "sim_known_cohort_epsilon", "sim_known_cohort_epsilon_low",
    "sim_known_cohort_epsilon_high", "sim_epsilon_lower_bound",
    "sim_gaussian_epsilon_lower_bound", "sim_canary_amplitude", "sim_noise_ratio",
  ]

  static func privacyColumns(_ configuration: Configuration) -> [String] {
    privacyColumns + (configuration.privacy.audit.canaries > 0 ? auditColumns : [])
  }

  /// Without noise there is no privacy to claim: epsilon is infinite.
  var epsilon: Double { release?.guarantee?.epsilon ?? .infinity }
  var delta: Double { release?.guarantee?.delta ?? 0 }

  func privacyCells(_ configuration: Configuration, sampling: SamplingEvent?) -> [CSVCell] {
    let guarantee = release?.guarantee
    return [
      .integer(round), .text(configuration.privacy.mechanism.rawValue), .text("client"),
      (guarantee?.adjacency.rawValue).map(CSVCell.text) ?? .empty,
      (sampling?.sampler).map(CSVCell.text) ?? .empty,
      (sampling?.rate).map(CSVCell.number) ?? .empty,
      .number(release?.noiseMultiplier ?? 0),
      (guarantee?.accountant.rawValue).map(CSVCell.text) ?? .empty,
      .number(epsilon), .number(delta),
      (audit?.canaries).map(CSVCell.integer) ?? .empty,
    ] + auditCells.prefix(configuration.privacy.audit.canaries > 0 ? auditCells.count : 3)
  }

  private var auditCells: [CSVCell] {
    let numbers = [
      audit?.granted.epsilon, audit?.granted.low, audit?.granted.high, audit?.knownCohortClaim,
      audit?.knownCohort.epsilon, audit?.knownCohort.low, audit?.knownCohort.high,
      audit?.lowerBound, audit?.gaussianLowerBound, audit?.amplitude, audit?.noise,
    ]
    return numbers.map { $0.map(CSVCell.number) ?? .empty }
  }
}
