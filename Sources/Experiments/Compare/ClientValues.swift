import Federation
import Statistics
import Tables

/// What single clients contribute to one metric of one evaluation: values and their weights.
package struct ClientValues: Equatable {
  var clients: [Int]
  var values: [Double]
  var weights: [Double]

  package init(clients: [Int], values: [Double], weights: [Double]) {
    self.clients = clients
    self.values = values
    self.weights = weights
  }

  /// The pooled metric of these positions: the weighted mean.
  package func pooled(_ positions: [Int]) -> Double {
    var sum = 0.0
    var weight = 0.0
    for position in positions {
      sum += values[position] * weights[position]
      weight += weights[position]
    }
    return sum / weight
  }

  package func estimate() -> Estimate { .bootstrap(clients: values.count, pooled) }

  /// The difference of the pooled metric when both are measured on the same drawn clients.
  package func difference(minus other: ClientValues) -> Estimate {
    precondition(clients == other.clients, "paired clients are the same clients")
    return .bootstrap(clients: values.count) { self.pooled($0) - other.pooled($0) }
  }
}

/// clients.csv of a run.
struct ClientTable {
  private let table: CSVTable

  /// As `evaluation.largest_client_weight` of the run.
  private let largestWeight: Double?

  init(_ table: CSVTable, largestWeight: Double?) {
    self.table = table
    self.largestWeight = largestWeight
  }

  /// The metric's parts; nil when the file does not have them.
  func values(_ metric: MetricName, round: Int) -> ClientValues? {
    guard let parts = Self.parts[metric.column],
      let value = table.index(of: parts.value), let examples = table.index(of: "sim_examples"),
      let unseen = table.index(of: "sim_unseen"), let client = table.index(of: "client"),
      let rounds = table.index(of: "round"), let split = table.index(of: "split"),
      let predictor = table.index(of: "predictor")
    else { return nil }
    var result = ClientValues(clients: [], values: [], weights: [])
    var predictions: [Double] = []
    // Predictors that no round changes are written once, with the first evaluation.
    let own = [(split, metric.split), (predictor, metric.predictor)]
    var rows = table.rows(where: own + [(rounds, "\(round)")])
    if rows.isEmpty, let first = table.rows(where: own).first {
      rows = table.rows(where: own + [(rounds, table.text(row: first, column: rounds))])
    }
    for row in rows {
      func cell(_ column: Int) -> String { table.text(row: row, column: column) }
      guard let client = Int(cell(client)), let value = Double(cell(value)),
        let count = Int(cell(examples)), count > 0, let unseen = Double(cell(unseen))
      else { continue }
      let examples = Double(count)
      predictions.append(examples)
      let weight: Double =
        switch parts.weight {
        case .examples: examples
        case .seenExamples: examples - unseen
        case .one: 1
        }
      result.clients.append(client)
      result.values.append(value)
      result.weights.append(weight)
    }
    if parts.weight != .one,
      let limits = ClientWeights.limited(predictions, to: largestWeight)
    {
      for position in limits.indices { result.weights[position] *= limits[position] }
    }
    return result.clients.isEmpty ? nil : result
  }

  /// The part of all weight in a pooled metric that one client has, and of how many; nil where it is not
  /// unusual.
  func unusualShare(_ metric: MetricName, round: Int) -> (share: Double, clients: Int)? {
    guard Self.parts[metric.column]?.weight == .examples, let own = values(metric, round: round),
      let share = ClientWeights.unusualShare(own.weights)
    else { return nil }
    return (share, own.clients.count)
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
}

/// A metric by the name that sweep.csv gives it: `<split>_<predictor>_<column>`.
struct MetricName: Hashable, Sendable {
  var split: String
  var predictor: String
  /// Of evaluation.csv.
  var column: String

  var text: String { "\(split)_\(predictor)_\(column)" }

  /// Losses are better when they are lower.
  var isBetterLower: Bool {
    column == "cross_entropy" || column == "expected_calibration_error"
  }

  var isShare: Bool {
    column.contains("accuracy") || column.hasSuffix("_macro")
      || column == "expected_calibration_error"
  }
}
