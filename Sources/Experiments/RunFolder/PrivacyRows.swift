import Tables
import Coordinator
import Federation
import Privacy

/// What is claimed about privacy after one round: of all rounds so far together.
extension RoundRecord {
  static let privacyColumns = [
    "round", "mechanism", "unit", "adjacency", "sampler", "sampling_rate", "noise_multiplier",
    "accountant", "epsilon", "delta", "sim_canaries", "sim_empirical_epsilon",
    "sim_empirical_epsilon_low", "sim_empirical_epsilon_high",
  ]

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
      audit == nil ? .empty : .integer(canaries),
      (audit?.epsilon).map(CSVCell.number) ?? .empty, (audit?.low).map(CSVCell.number) ?? .empty,
      (audit?.high).map(CSVCell.number) ?? .empty,
    ]
  }
}
