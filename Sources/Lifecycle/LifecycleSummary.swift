import Federation
import Foundation

/// What came of a lifecycle, as summary.json; a `Setting` without a value is written as null.
package struct LifecycleSummary: Encodable, Equatable, Sendable {
  package struct Version: Encodable, Equatable, Sendable {
    package var version: Int
    package var parent: Setting<Int>
    package var trainedDay: Int
    package var stage: String
    package var epsilon: Setting<Double>
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
  package var epsilon: Setting<Double>
  package var delta: Setting<Double>
  /// What no ε covers; null where nothing is claimed.
  package var notCovered: Setting<String>

  init(
    _ state: LifecycleState, _ configuration: Configuration, epsilon: Double?, delta: Double?
  ) {
    days = state.day - configuration.lifecycle.firstDay
    unlocks = state.unlocks
    answered = state.answered
    availability = state.unlocks > 0 ? Double(state.answered) / Double(state.unlocks) : 0
    production = state.production ?? 0
    versions = state.versions.map {
      Version(
        version: $0.number, parent: Setting($0.parent), trainedDay: $0.trainedDay,
        stage: $0.stage.rawValue, epsilon: Setting($0.epsilon))
    }
    rounds = state.rounds
    self.epsilon = Setting(epsilon)
    self.delta = Setting(delta)
    notCovered = Setting(
      epsilon.map { _ in
        "what phones report to the comparison of two versions, so that epsilon is of the noised releases "
          + "given which version was promoted; how many take part in a training, and columns that begin "
          + "with sim_; the monitor's sum is noised but not masked"
      })
  }

  package func json() throws -> Data {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }
}
