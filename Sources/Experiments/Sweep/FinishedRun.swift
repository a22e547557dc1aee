import Tables
import Foundation

/// The last evaluation and the totals of a finished run, as its files have them.
struct FinishedRun {
  let totals: Totals
  /// Columns of sweep.csv with their cells: totals, then `<split>_<predictor>_<metric>`.
  let cells: [(column: String, cell: String)]

  init(_ folder: String) throws {
    let data = try FileSystem.read(Summary.path(in: folder))
    guard let totals = try? JSONDecoder().decode(Totals.self, from: data) else {
      throw ExperimentError(
        .badData, "\(Summary.path(in: folder)): is damaged; this is no folder of a finished run.")
    }
    self.totals = totals
    cells =
      [
        ("rounds", "\(totals.rounds)"),
        ("epsilon", CSVCell.number(totals.epsilon ?? .infinity).rendered),
        ("delta", CSVCell.number(totals.delta).rendered),
        ("bytes_to_clients", "\(totals.bytes_to_clients)"),
        ("bytes_from_clients", "\(totals.bytes_from_clients)"),
      ] + (try Self.lastEvaluation("\(folder)/evaluation.csv"))
  }

  /// Whether the run in this folder has come to its end.
  static func exists(in folder: String) -> Bool {
    (try? Manifest.read(from: folder))?.exitReason == .finished
  }

  /// The parts of summary.json that are no evaluation.
  struct Totals: Decodable {
    var rounds: Int
    var epsilon: Double?
    var delta: Double
    var bytes_to_clients: Int
    var bytes_from_clients: Int
  }

  private static func lastEvaluation(
    _ path: String
  ) throws -> [(column: String, cell: String)] {
    let table = try CSVTable(path: path)
    guard let last = table.rows.last, let round = table.index(of: "round"),
      let split = table.index(of: "split"), let predictor = table.index(of: "predictor")
    else { return [] }
    return table.rows.filter { $0[round] == last[round] }.flatMap { row in
      table.columns.indices.filter { ![round, split, predictor].contains($0) }.map {
        ("\(row[split])_\(row[predictor])_\(table.columns[$0])", row[$0])
      }
    }
  }
}
