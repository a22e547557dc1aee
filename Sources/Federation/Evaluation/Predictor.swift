/// Whose predictions are measured; raw values are written on the wire, names in the CSV files.
package enum Predictor: UInt8, Codable, Sendable, CaseIterable {
  case federated = 1
  case localOnly
  case mostFrequent
  case mostRecent
  case hourlyFrequent
  case markov
  case repeatFirst
  case bayesOptimal
  case pooled
  case personalised

  package var name: String {
    switch self {
    case .federated: "federated"
    case .localOnly: "local_only"
    case .mostFrequent: "most_frequent"
    case .mostRecent: "most_recent"
    case .hourlyFrequent: "hourly_frequent"
    case .markov: "markov"
    case .repeatFirst: "repeat_first"
    case .bayesOptimal: "bayes_optimal"
    case .pooled: "pooled"
    case .personalised: "personalised"
    }
  }

  /// Whether its scores are probabilities; those of most_recent only rank.
  package var hasProbabilities: Bool { self != .mostRecent && self != .repeatFirst }

  /// Whether it is a model that was trained, and may have diverged.
  package var isTrained: Bool {
    [.federated, .localOnly, .pooled, .personalised].contains(self)
  }

  /// Whether it is another one after every round.
  package var changesWithRounds: Bool { self == .federated || self == .personalised }

  /// Whether it says how sure it is of its first choice: the models and the ceiling do.
  ///
  /// Calibration and coverage are measured then. Smoothed counts are no such statement.
  package var statesConfidence: Bool {
    switch self {
    case .federated, .localOnly, .pooled, .personalised, .bayesOptimal: true
    case .mostFrequent, .mostRecent, .hourlyFrequent, .markov, .repeatFirst: false
    }
  }

  package init?(name: String) {
    guard let found = Self.allCases.first(where: { $0.name == name }) else { return nil }
    self = found
  }
}
