import Federation
import Foundation
import Storage
import Tables

/// The last evaluation and the totals of a finished run, as its files have them.
struct FinishedRun {
  let totals: Totals
  /// Columns of sweep.csv with their cells: totals, then `<split>_<predictor>_<metric>`.
  let cells: [(column: String, cell: String)]

  init(_ folder: RecordedFolder) throws {
    let data = try folder.required(Summary.name)
    guard let totals = try? JSONDecoder().decode(Totals.self, from: data) else {
      throw ExperimentError(
        .badData,
        "\(Summary.path(in: folder.path)): is damaged; this is no folder of a finished run.")
    }
    self.totals = totals
    cells =
      [
        ("rounds", "\(totals.rounds)"),
        ("epsilon", CSVCell.number(totals.epsilon ?? .infinity).rendered),
        ("delta", CSVCell.number(totals.delta).rendered),
        ("bytes_to_clients", "\(totals.bytes_to_clients)"),
        ("bytes_from_clients", "\(totals.bytes_from_clients)"),
      ]
      + (try folder.table("evaluation.csv").lastEvaluation.map {
        ($0.metric.text, $0.cell)
      })
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

  /// The parts of summary.json that are no evaluation.
  struct Totals: Decodable {
    var rounds: Int
    var epsilon: Double?
    var delta: Double
    var bytes_to_clients: Int
    var bytes_from_clients: Int
  }
}

extension CSVTable {
  /// The cells of the last round of an evaluation.csv, in the order of the file.
  var lastEvaluation: [(metric: MetricName, cell: String)] {
    guard rowCount > 0, let round = index(of: "round"), let split = index(of: "split"),
      let predictor = index(of: "predictor")
    else { return [] }
    let last = text(row: rowCount - 1, column: round)
    return rows(where: [(round, last)]).flatMap { row in
      let isSure = Predictor(name: text(row: row, column: predictor))?.statesConfidence == true
      return columns.indices.filter { column in
        ![round, split, predictor].contains(column)
          // What such a predictor never has is no column of a sweep.
          && (isSure || !EvaluationRow.confidenceColumns.contains(columns[column]))
      }.map { column in
        let metric = MetricName(
          split: text(row: row, column: split), predictor: text(row: row, column: predictor),
          column: columns[column])
        return (metric, text(row: row, column: column))
      }
    }
  }
}
