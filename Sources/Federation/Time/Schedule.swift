/// When a round ends: a variant.
package protocol Schedule: Variant where Group == ScheduleGroup {
  /// Clients that are drawn for each that is wanted.
  var overSelection: Double { get }

  /// Nil where there are rounds.
  var buffering: Buffering? { get }

  /// What an update counts that is so many versions old, 1 for a fresh one.
  func weight(staleness: Int) -> Double

  /// Share of such a client's model in the new one; nil where updates are added up.
  func mixing(staleness: Int) -> Double?

  /// How a round for so many clients is closed.
  func closing(cohortSize: Int) -> RoundClosing

  /// Refuses what does not go with the rest of the experiment, with a key path.
  func validate(_ configuration: Configuration) throws(SettingError)
}

/// What closes a round; times in microseconds.
package struct RoundClosing: Equatable, Sendable {
  /// The round ends with so many updates; nil waits for all.
  package var first: Int?
  /// Updates must have come so long after the beginning of the round; nil for no limit.
  package var deadline: Int?
  /// A round with fewer updates is abandoned.
  package var minimumReports = 0

  package init(first: Int? = nil, deadline: Int? = nil, minimumReports: Int = 0) {
    self.first = first
    self.deadline = deadline
    self.minimumReports = minimumReports
  }
}

extension Schedule {
  package var overSelection: Double { 1 }
  package var buffering: Buffering? { nil }
  package func weight(staleness: Int) -> Double { 1 }
  package func mixing(staleness: Int) -> Double? { nil }
  package func closing(cohortSize: Int) -> RoundClosing { RoundClosing() }
  package func validate(_ configuration: Configuration) throws(SettingError) {}
}

/// A round waits for every client that was drawn.
package struct Synchronous: Schedule {
  package static let name = "synchronous"

  package init() {}
}

/// More clients are drawn than are wanted, and the first count.
///
/// Bonawitz et al. 2019 (https://arxiv.org/abs/1902.01046) draw 130 %.
package struct OverSelection: Schedule {
  package static let name = "over_selection"

  package var selection = 1.3
  package var firstOnly = true
  package var deadlineSeconds = Setting<Double>()
  package var minimumReports = Setting<Int>()

  package init() {}

  package static let keys: [ConfigurationKey] = [
    .number(
      "selection", .closed(1...10), of: Self.self, \.selection,
      "Clients that are drawn for each of training.cohort_size."),
    .flag(
      "first_only", of: Self.self, \.firstOnly,
      "Whether update number training.cohort_size ends the round. false counts all that come before "
        + "the deadline."),
    .optionalNumber(
      "deadline_seconds", .positive(1e-6...1e9), unit: "seconds", of: Self.self,
      \.deadlineSeconds,
      "Time from the beginning of a round after which no update counts. null means no limit."),
    .optionalInteger(
      "minimum_reports", 1...10_000_000, unit: "clients", of: Self.self, \.minimumReports,
      "A round with fewer updates is abandoned. null means that there is no minimum. Not with a "
        + "mechanism of the server: whether a round is abandoned would depend on one client."),
  ]

  package var overSelection: Double { selection }

  package func closing(cohortSize: Int) -> RoundClosing {
    RoundClosing(
      first: firstOnly ? cohortSize : nil,
      deadline: deadlineSeconds.value.map { Int(($0 * 1e6).rounded()) },
      minimumReports: minimumReports.value ?? 0)
  }
}

/// When rounds end: a variant, with the keys of that schedule alone.
package enum ScheduleGroup: VariantGroup {
  /// Every schedule there is: a new one is one file and its name here.
  package static let all: [any Schedule.Type] = [
    Synchronous.self, OverSelection.self, Buffered.self, FedAsync.self,
  ]

  package static let path = "schedule"
  package static let nameKey = "mode"
  package static let meaning =
    "When a round ends; each schedule has keys of its own. All but synchronous need devices."
  package static var variants: [any Variant.Type] { all }
  package static var standard: any Schedule { Synchronous() }
  package static var choice: any WritableKeyPath<Configuration, VariantChoice<Self>> & Sendable {
    \.schedule
  }
}

package typealias ScheduleConfiguration = VariantChoice<ScheduleGroup>

extension VariantChoice where Group == ScheduleGroup {
  package static var all: [any Schedule.Type] { Group.all }
  package var schedule: any Schedule { value }
}

extension Configuration {
  /// Clients that are drawn for a round, or their expected number.
  package var selectedClients: Int {
    let share = schedule.schedule.overSelection
    return share == 1
      ? training.cohortSize : Int((Double(training.cohortSize) * share).rounded(.up))
  }
}
