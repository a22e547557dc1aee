import Foundation
import RunResults
import Statistics
import Tables

extension Comparison {
  /// A row per group of runs and metric, as CSV.
  package func csv() -> String {
    let header =
      keyPaths + [
        "runs", "seeds", "metric", "final", "final_low", "final_high", "best", "best_low",
        "best_high", "interval", "difference", "difference_low", "difference_high",
        "difference_interval", "verdict", "epsilon", "delta", "bytes_to_clients",
        "bytes_from_clients", "seconds",
      ] + (isOfLaunch ? ["launch_epsilon", "launch_delta"] : [])
    let lines = rows.flatMap { row in
      row.metrics.map { metric in
        Self.line(row, metric)
          + (isOfLaunch
            ? [row.launchEpsilon, row.launchDelta].map { $0.map(CSVCell.number) ?? .empty } : [])
      }
    }
    return ([header.map(CSVCell.text)] + lines)
      .map { $0.map(\.rendered).joined(separator: ",") + "\r\n" }.joined()
  }

  private static func line(_ row: Row, _ metric: Metric) -> [CSVCell] {
    var cells = row.settings.map(CSVCell.text)
    cells += [
      .text(row.runs.joined(separator: " ")), .integer(row.seeds.count), .text(metric.name),
    ]
    cells += Self.cells(metric.final) + Self.cells(metric.best)
    cells.append(.text(metric.final.method.rawValue))
    cells += Self.cells(metric.difference)
    cells.append(.text(metric.difference?.method.rawValue ?? ""))
    cells.append(.text(metric.verdict.rawValue))
    cells += [
      row.epsilon, row.delta, row.bytesToClients, row.bytesFromClients, row.seconds,
    ].map(CSVCell.number)
    return cells
  }

  private static func cells(_ estimate: Estimate?) -> [CSVCell] {
    [estimate?.value, estimate?.low, estimate?.high].map { $0.map(CSVCell.number) ?? .empty }
  }
}

extension Comparison: Encodable {
  private enum CodingKeys: CodingKey { case metric, level, groups, leftOut, answer }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(metric, forKey: .metric)
    try container.encode(Statistics.Interval.level, forKey: .level)
    try container.encode(leftOut, forKey: .leftOut)
    try container.encode(rows.map { Group($0, keyPaths: keyPaths) }, forKey: .groups)
    try container.encodeIfPresent(answer, forKey: .answer)
  }

  private struct Group: Encodable {
    var settings: [String: String]
    var label: String
    /// The name of the metric that groups are compared by, in this one.
    var metric: String?
    var verdict: RunResults.Verdict
    var runs: [String]
    var seeds: [UInt64]
    /// Left out when infinite: nothing is claimed.
    var epsilon: Double?
    var delta: Double
    var bytesToClients: Double
    var bytesFromClients: Double
    var seconds: Double
    var launchEpsilon: Double?
    var launchDelta: Double?
    var metrics: [String: Value]

    init(_ row: Row, keyPaths: [String]) {
      settings = Dictionary(uniqueKeysWithValues: zip(keyPaths, row.settings))
      label = row.label
      metric = row.main?.name
      verdict = row.verdict
      runs = row.runs
      seeds = row.seeds
      epsilon = row.epsilon.isFinite ? row.epsilon : nil
      delta = row.delta
      bytesToClients = row.bytesToClients
      bytesFromClients = row.bytesFromClients
      seconds = row.seconds
      (launchEpsilon, launchDelta) = (row.launchEpsilon, row.launchDelta)
      // A file from elsewhere may hold a row twice.
      metrics = Dictionary(row.metrics.map { ($0.name, Value($0)) }) { first, _ in first }
    }
  }

  private struct Value: Encodable {
    var final: Interval
    var best: Interval
    var difference: Interval?
    var verdict: String

    init(_ metric: Metric) {
      final = Interval(metric.final)
      best = Interval(metric.best)
      difference = metric.difference.map(Interval.init)
      verdict = metric.verdict.rawValue
    }
  }

  private struct Interval: Encodable {
    var value: Double
    var low: Double?
    var high: Double?
    var interval: String

    init(_ estimate: Estimate) {
      value = estimate.value
      low = estimate.low
      high = estimate.high
      interval = estimate.method.rawValue
    }
  }
}
