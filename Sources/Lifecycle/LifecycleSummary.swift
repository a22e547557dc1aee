import Federation
import Foundation

/// What came of a lifecycle, as summary.json.
package struct LifecycleSummary: Encodable, Equatable, Sendable {
  package struct Version: Encodable, Equatable, Sendable {
    package var version: Int
    package var parent: Int?
    package var trainedDay: Int
    package var stage: String
    package var epsilon: Double?

    private enum CodingKeys: CodingKey { case version, parent, trainedDay, stage, epsilon }

    /// Written by hand where JSONEncoder would leave a null out.
    package func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(version, forKey: .version)
      try container.encode(parent, forKey: .parent)
      try container.encode(trainedDay, forKey: .trainedDay)
      try container.encode(stage, forKey: .stage)
      try container.encode(epsilon, forKey: .epsilon)
    }
  }

  package var days: Int
  package var unlocks: Int
  /// Unlocks for which a phone had an answer.
  package var answered: Int
  package var availability: Double
  package var production: Int
  package var versions: [Version]
  /// Of all trainings.
  package var rounds: Int
  /// Null where nothing is claimed; training and monitoring together.
  package var epsilon: Double?
  package var delta: Double?
  /// What no ε covers; null where nothing is claimed.
  package var notCovered: String? {
    epsilon.map { _ in
      "what phones report to the comparison of two versions, how many take part in a training, and "
        + "columns that begin with sim_; the monitor's sum is noised but not masked"
    }
  }

  private enum CodingKeys: CodingKey {
    case days, unlocks, answered, availability, production, versions, rounds, epsilon, delta
    case notCovered
  }

  init(_ state: LifecycleState, _ configuration: Configuration, delta: Double?) throws {
    days = state.day - configuration.lifecycle.firstDay
    unlocks = state.unlocks
    answered = state.answered
    availability = state.unlocks > 0 ? Double(state.answered) / Double(state.unlocks) : 0
    production = state.production ?? 0
    versions = state.versions.map {
      Version(
        version: $0.number, parent: $0.parent, trainedDay: $0.trainedDay, stage: $0.stage.rawValue,
        epsilon: $0.epsilon)
    }
    rounds = state.rounds
    self.delta = delta
    epsilon = try state.epsilon(delta: delta)
  }

  /// Written by hand where JSONEncoder would leave a null out.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(days, forKey: .days)
    try container.encode(unlocks, forKey: .unlocks)
    try container.encode(answered, forKey: .answered)
    try container.encode(availability, forKey: .availability)
    try container.encode(production, forKey: .production)
    try container.encode(versions, forKey: .versions)
    try container.encode(rounds, forKey: .rounds)
    try container.encode(epsilon, forKey: .epsilon)
    try container.encode(delta, forKey: .delta)
    try container.encode(notCovered, forKey: .notCovered)
  }

  package func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }
}
