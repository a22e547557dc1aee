import Federation
import Foundation
import ModelRegistry
import Tables

/// One day of all phones.
struct DayRecord {
  /// The phones that had one version.
  struct VersionDay {
    var version: LifecycleVersion
    var phones = 0
    var stalePhones = 0
    var unlocks = 0
    var outcome = ClientLife.Outcome()
    /// All phones, had they had this version.
    var allUnlocks = 0
    var allHits = 0
    var events: [String] = []

    init(_ version: LifecycleVersion) { self.version = version }
  }

  let day: Int
  var versions: [VersionDay]
  var offlinePhones = 0
  var restedPhones = 0
  /// What the monitor was told; nil when nothing was.
  var monitored: Double?
  /// The Bayes-optimal predictor on its clients, and the phones of the same clients.
  var ceilingUnlocks = 0
  var ceilingHits = 0
  var ceilingPhoneHits = 0
  var epsilon: Double?

  var phones: Int { versions.reduce(0) { $0 + $1.phones } }

  var ceiling: Double? {
    ceilingUnlocks > 0 ? Double(ceilingHits) / Double(ceilingUnlocks) : nil
  }

  /// What those phones reach of the best possible.
  var shareOfCeiling: Double? {
    ceilingHits > 0 ? Double(ceilingPhoneHits) / Double(ceilingHits) : nil
  }

  /// Over all phones, each with the version it had.
  var accuracy: Double? {
    let unlocks = versions.reduce(0) { $0 + $1.unlocks }
    guard unlocks > 0 else { return nil }
    return Double(versions.reduce(0) { $0 + $1.outcome.hits }) / Double(unlocks)
  }

  mutating func note(_ event: String, of version: Int) {
    guard let index = versions.firstIndex(where: { $0.version.number == version }) else { return }
    versions[index].events.append(event)
  }

  /// Beside the decisions and what the monitor is told, all is what only a simulator can see.
  static let columns = [
    "day", "date", "version", "stage", "days_since_training", "event", "monitored_accuracy",
    "epsilon", "sim_phones", "sim_share_of_phones", "sim_unlocks", "sim_answered",
    "sim_availability", "sim_accuracy_top1", "sim_accuracy_top3", "sim_suggestions_shown",
    "sim_suggestions_taken", "sim_suggestions_ignored", "sim_not_shown", "sim_stale_phones",
    "sim_offline_phones", "sim_rested_phones", "sim_accuracy_of_all_phones", "sim_ceiling",
  ]

  func rows(start: Int64) -> [[CSVCell]] {
    let date = Date(timeIntervalSince1970: Double(start) + Double(day) * 86_400)
      .formatted(.iso8601.year().month().day())
    func share(_ part: Int, of whole: Int) -> CSVCell {
      whole > 0 ? .number(Double(part) / Double(whole)) : .empty
    }
    return versions.map { own in
      let outcome = own.outcome
      return [
        .integer(day), .text(date), .integer(own.version.number),
        .text(own.version.stage.rawValue), .integer(day - own.version.trainedDay),
        .text(own.events.joined(separator: "; ")), monitored.map(CSVCell.number) ?? .empty,
        epsilon.map(CSVCell.number) ?? .empty, .integer(own.phones),
        share(own.phones, of: phones), .integer(own.unlocks), .integer(outcome.answered),
        share(outcome.answered, of: own.unlocks), share(outcome.hits, of: own.unlocks),
        share(outcome.hitsTop3, of: own.unlocks), .integer(outcome.shown), .integer(outcome.taken),
        .integer(outcome.shown - outcome.taken), .integer(own.unlocks - outcome.shown),
        .integer(own.stalePhones), .integer(offlinePhones), .integer(restedPhones),
        share(own.allHits, of: own.allUnlocks), ceiling.map(CSVCell.number) ?? .empty,
      ]
    }
  }
}

extension ClientLife.Outcome {
  static func += (left: inout Self, right: Self) {
    left.answered += right.answered
    left.hits += right.hits
    left.hitsTop3 += right.hitsTop3
    left.shown += right.shown
    left.taken += right.taken
  }
}
