import Tables

/// evaluation.csv of a run, by split and predictor.
package struct EvaluationTable: Sendable {
  package let table: CSVTable
  private let rounds: [Double?]
  private let splits: [String]
  private let predictors: [String]

  package init(_ table: CSVTable) throws(TableError) {
    self.table = table
    rounds = try table.numbers("round")
    splits = try table.texts("split")
    predictors = try table.texts("predictor")
  }

  /// Whether nothing was evaluated.
  package var isEmpty: Bool { splits.isEmpty }

  /// The split that figures show: the future of training clients, or else new clients.
  package var split: String { splits.contains("future") ? "future" : splits.first ?? "future" }

  /// A metric at every evaluation that has it, in order; empty where the file has no such column.
  package func course(
    of metric: MetricName
  ) throws(TableError) -> [(round: Int, value: Double)] {
    guard let column = table.index(of: metric.column) else { return [] }
    var course: [(round: Int, value: Double)] = []
    for row in splits.indices
    where splits[row] == metric.split && predictors[row] == metric.predictor {
      guard let round = rounds[row].flatMap({ Int(exactly: $0) }),
        let value = try table.number(row: row, column: column), value.isFinite
      else { continue }
      course.append((round, value))
    }
    return course
  }

  /// Every cell of the last evaluation but those that say what it is of, in the order of the file.
  package var last: [(metric: MetricName, cell: String)] {
    guard let last = splits.indices.last else { return [] }
    let marks = ["round", "split", "predictor"]
    return splits.indices.filter { rounds[$0] == rounds[last] }.flatMap { row in
      table.columns.indices.filter { !marks.contains(table.columns[$0]) }.map { column in
        let metric = MetricName(
          split: splits[row], predictor: predictors[row], column: table.columns[column])
        return (metric, table.text(row: row, column: column))
      }
    }
  }
}
