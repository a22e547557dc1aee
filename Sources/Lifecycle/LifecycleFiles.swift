import Experiments
import Federation
import Foundation
import Tables
import UsageData

/// How long a stretch of days took; differs from run to run.
struct LifecycleTiming {
  var days: Range<Int>
  var seconds: Double
  var timing: ClientLife.Timing
  var peakMemoryBytes: Int
  var workerRestarts: Int

  static let columns = [
    "first_day", "last_day", "seconds", "timed_predictions", "predictions_over_100_ms",
    "slowest_prediction_seconds", "peak_memory_bytes", "worker_restarts",
  ]

  var cells: [CSVCell] {
    [
      .integer(days.lowerBound), .integer(days.upperBound - 1), .number(seconds),
      .integer(timing.predictions), .integer(timing.late),
      .number(Double(timing.slowestNanoseconds) / 1e9), .integer(peakMemoryBytes),
      .integer(workerRestarts),
    ]
  }
}

/// The CSV files of a lifecycle; everything but system.csv is the same for the same experiment.
final class LifecycleFiles {
  static let days = "lifecycle.csv"
  static let system = "system.csv"

  private let days: CSVFile
  private let system: CSVFile

  /// Cuts the files back to a checkpoint, after checking that they are those it remembers; nil starts
  /// them.
  init(folder: String, from state: LifecycleState?) throws {
    days = try CSVFile(
      path: "\(folder)/\(Self.days)", columns: DayRecord.columns,
      from: state.map { $0.beginning(of: Self.days) ?? FileBeginning(size: 0) })
    // Times of days that are played again stay: they were spent. Older versions did not remember how
    // many there were.
    system = try CSVFile(
      path: "\(folder)/\(Self.system)", columns: LifecycleTiming.columns,
      from: state.map { $0.beginning(of: Self.system) ?? FileBeginning(size: 0) }, keepsRest: true)
  }

  func append(_ record: DayRecord) throws {
    try days.append(rows: record.rows(start: SyntheticPopulation.start))
  }

  func append(_ timing: LifecycleTiming) throws { try system.append(timing.cells) }

  /// How every file is now, for a checkpoint; after this they are safely on the disk.
  func synchronized() throws -> [String: FileBeginning] {
    [Self.days: try days.synchronized(), Self.system: try system.synchronized()]
  }

  /// Accuracy by how long phones had been without a connection, as staleness.csv.
  static func text(_ tallies: [StalenessTally]) -> String {
    var text =
      "days_without_connection,sim_phone_days,sim_unlocks,sim_availability,sim_accuracy_top1\r\n"
    for (days, tally) in tallies.enumerated() {
      let name = days + 1 < tallies.count ? "\(days)" : "\(days)+"
      func share(_ part: Int) -> CSVCell {
        tally.unlocks > 0 ? .number(Double(part) / Double(tally.unlocks)) : .empty
      }
      let cells: [CSVCell] = [
        .text(name), .integer(tally.phoneDays), .integer(tally.unlocks), share(tally.answered),
        share(tally.hits),
      ]
      text += cells.map(\.rendered).joined(separator: ",") + "\r\n"
    }
    return text
  }
}
