import Federation
import Foundation
import RunResults
import Storage
import Tables

/// The last evaluation and the totals of a finished run, as its files have them.
struct FinishedRun {
  let totals: SummaryFile.Totals
  /// Columns of sweep.csv with their cells: totals, then `<split>_<predictor>_<metric>`.
  let cells: [(column: String, cell: String)]

  init(_ folder: RecordedFolder) throws {
    totals = try SummaryFile(ofFinished: folder).totals()
    cells =
      [
        ("rounds", "\(totals.rounds)"),
        ("epsilon", CSVCell.number(totals.epsilon ?? .infinity).rendered),
        ("delta", CSVCell.number(totals.delta).rendered),
        ("bytes_to_clients", "\(totals.bytesToClients)"),
        ("bytes_from_clients", "\(totals.bytesFromClients)"),
      ]
      + (try EvaluationTable(folder.table("evaluation.csv")).lastMetrics.map {
        ($0.metric.text, $0.cell)
      })
      + [
        ("launch_epsilon", totals.launchEpsilon), ("launch_delta", totals.launchDelta),
        ("virtual_seconds", totals.virtualSeconds),
        ("sim_wasted_client_seconds", totals.wastedClientSeconds),
      ]
      .compactMap { name, value in value.map { (name, CSVCell.number($0).rendered) } }
  }

  /// Whether the run in this folder has come to its end; throws when its manifest is damaged.
  static func exists(in folder: String) throws -> Bool {
    guard try FileKind.exists("\(folder)/\(RunFolder.configName)") else {
      return false
    }
    return try Manifest.read(from: folder).exitReason == .finished
  }

  /// Whether it has, every file is as the run left it, and the run is that of this configuration.
  ///
  /// Throws only where files cannot be read.
  static func isWhole(in folder: String, of wanted: Configuration) throws -> Bool {
    let own: Configuration
    do {
      guard try exists(in: folder) else { return false }
      let files = try RecordedFolder(folder)
      try files.checkAll()
      own = try RunFolder.configuration(in: files)
    } catch let error as StorageError where error.kind != .inputOutput {
      return false
    } catch let error as ExperimentError where error.code != .inputOutput {
      return false
    }
    var wanted = wanted
    // Privacy may decide how many there are.
    wanted.training.rounds = own.training.rounds
    return own == wanted
  }

  /// What a folder without a finished run holds, in words.
  static func state(of folder: String) -> String {
    let manifest = try? Manifest.read(from: folder)
    return manifest?.exitReason == .failed ? "has failed" : "is not finished"
  }
}

extension EvaluationTable {
  /// The cells of the last evaluation that a predictor may have, in the order of the file.
  var lastMetrics: [(metric: MetricName, cell: String)] {
    last.filter { metric, _ in
      // What a predictor never has is no column of a sweep.
      Predictor(name: metric.predictor)?.statesConfidence == true
        || !EvaluationRow.confidenceColumns.contains(metric.column)
    }
  }
}
