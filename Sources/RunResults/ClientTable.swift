import Statistics
import Tables

/// What single clients contribute to one metric of one evaluation: values and their weights.
package struct ClientValues: Equatable, Sendable {
  package var clients: [Int]
  package var values: [Double]
  package var weights: [Double]
  /// How many predictions of each client were judged; empty where that is not known.
  package var predictions: [Double]

  package init(
    clients: [Int], values: [Double], weights: [Double], predictions: [Double] = []
  ) {
    self.clients = clients
    self.values = values
    self.weights = weights
    self.predictions = predictions
  }

  /// Whether the same clients were judged on as many predictions.
  package func isPaired(with other: ClientValues) -> Bool {
    clients == other.clients && predictions == other.predictions
  }

  /// The mean over all of it, with its interval over clients.
  package var interval: Interval? { Interval(weightedMeanOf: values, weights: weights) }

  /// How much larger it is than another metric of the same clients, with the interval over these.
  package func difference(minus other: ClientValues) -> Interval? {
    precondition(clients == other.clients, "paired clients are the same clients")
    return Interval(
      difference: (values, weights), minus: (other.values, other.weights))
  }
}

/// clients.csv of a run: how well each predictor did on each client.
package struct ClientTable: Sendable {
  private let table: CSVTable

  /// As `evaluation.largest_client_weight` of the run; nil is no limit.
  private let largestWeight: Double?

  package init(_ table: CSVTable, largestWeight: Double?) {
    self.table = table
    self.largestWeight = largestWeight
  }

  /// The metric's parts in the evaluation of one round; nil when the file does not have them.
  package func values(_ metric: MetricName, round: Int) throws(TableError) -> ClientValues? {
    guard let columns = Columns(of: metric, in: table) else { return nil }
    var rows = table.rows(where: columns.own + [(columns.round, "\(round)")])
    if rows.isEmpty, let first = table.rows(where: columns.own).first {
      // Predictors that no round changes are written once, with the first evaluation.
      rows = table.rows(
        where: columns.own + [(columns.round, table.text(row: first, column: columns.round))])
    }
    return try values(in: rows, columns)
  }

  /// The metric's parts in the last round that has them.
  package func last(_ metric: MetricName) throws(TableError) -> ClientValues? {
    guard let columns = Columns(of: metric, in: table) else { return nil }
    let all = table.rows(where: columns.own)
    guard let last = all.last else { return nil }
    let round = table.text(row: last, column: columns.round)
    return try values(
      in: all.filter { table.text(row: $0, column: columns.round) == round }, columns)
  }

  private func values(in rows: [Int], _ columns: Columns) throws(TableError) -> ClientValues? {
    var result = ClientValues(clients: [], values: [], weights: [])
    for row in rows {
      guard let client = try table.number(row: row, column: columns.client),
        let value = try table.number(row: row, column: columns.value),
        let examples = try table.number(row: row, column: columns.examples), examples > 0,
        // A file from elsewhere may say anything.
        let client = Int(exactly: client), value.isFinite, examples.isFinite
      else { continue }
      let weight: Double
      switch columns.weight {
      case .examples: weight = examples
      case .one: weight = 1
      case .seenExamples:
        guard let column = columns.unseen,
          let unseen = try table.number(row: row, column: column)
        else { continue }
        weight = examples - unseen
      }
      result.predictions.append(examples)
      result.clients.append(client)
      result.values.append(value)
      result.weights.append(weight)
    }
    if columns.weight != .one,
      let limits = ClientWeights.limited(result.predictions, to: largestWeight)
    {
      for position in limits.indices { result.weights[position] *= limits[position] }
    }
    return result.clients.isEmpty ? nil : result
  }

  private enum Weight { case examples, seenExamples, one }

  private static let parts: [String: (value: String, weight: Weight)] = [
    "accuracy_top1": ("sim_accuracy_top1", .examples),
    "accuracy_top3": ("sim_accuracy_top3", .examples),
    "accuracy_top5": ("sim_accuracy_top5", .examples),
    "mrr": ("sim_mrr", .examples),
    "cross_entropy": ("sim_cross_entropy", .seenExamples),
    "client_accuracy_mean": ("sim_accuracy_top1", .one),
  ]

  /// Where a metric's parts lie.
  private struct Columns {
    var client: Int
    var round: Int
    var value: Int
    var examples: Int
    var unseen: Int?
    var weight: Weight
    /// What the rows of the metric have in common.
    var own: [(column: Int, text: String)]

    init?(of metric: MetricName, in table: CSVTable) {
      guard let parts = ClientTable.parts[metric.column],
        let value = table.index(of: parts.value), let examples = table.index(of: "sim_examples"),
        let client = table.index(of: "client"), let round = table.index(of: "round"),
        let split = table.index(of: "split"), let predictor = table.index(of: "predictor")
      else { return nil }
      unseen = table.index(of: "sim_unseen")
      guard unseen != nil || parts.weight != .seenExamples else { return nil }
      (self.client, self.round, self.value, self.examples) = (client, round, value, examples)
      weight = parts.weight
      own = [(split, metric.split), (predictor, metric.predictor)]
    }
  }
}
