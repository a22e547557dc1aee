import Tables
import Federation
import Foundation
import Storage

/// One finished run as a comparison sees it: its configuration and its files.
struct ComparedRun {
  let folder: String
  let seed: UInt64
  /// Every key path with its value, in the order of config.yaml.
  let settings: [(keyPath: String, value: String)]
  let epsilon: Double
  let delta: Double
  let bytesToClients: Double
  let bytesFromClients: Double
  let seconds: Double
  /// What decides which clients are evaluated on what.
  let evaluated: String
  /// What to know about its files.
  let note: String?
  private let evaluation: CSVTable
  private let clients: ClientTable

  init(_ folder: String) throws {
    self.folder = folder
    try RunFolder.requireSingleRun(folder)
    let files = try RecordedFolder(folder)
    let configuration = try RunFolder.configuration(in: files)
    seed = configuration.seed
    settings = ConfigurationTree.settings(of: try ConfigurationTree.node(from: configuration))
    let totals = try FinishedRun(files).totals
    epsilon = totals.epsilon ?? .infinity
    delta = totals.delta
    bytesToClients = Double(totals.bytes_to_clients)
    bytesFromClients = Double(totals.bytes_from_clients)
    let system = try files.table("system.csv")
    seconds = try system.has("seconds") ? system.numbers("seconds").reduce(0) { $0 + ($1 ?? 0) } : 0
    var essence = Configuration()
    essence.seed = configuration.seed
    essence.task = configuration.task
    essence.population = configuration.population
    essence.evaluation = configuration.evaluation
    essence.evaluation.every = 1
    essence.evaluation.localOnly = false
    essence.evaluation.localOnlyEpochs = 1
    essence.evaluation.pooledEpochs = 0
    evaluated = try ConfigurationTree.text(of: essence)
    evaluation = try files.table("evaluation.csv")
    clients = ClientTable(
      try files.table("clients.csv"),
      largestWeight: configuration.evaluation.largestClientWeight.value)
    note = files.note
  }

  /// The metrics that were evaluated, in the order of evaluation.csv.
  var metrics: [MetricName] {
    let counts = ["clients", "examples", "unseen"]
    return evaluation.lastEvaluation.filter {
      !counts.contains($0.metric.column) && !$0.cell.isEmpty
    }
    .map(\.metric)
  }

  /// A metric at every evaluation, in order.
  func course(of metric: MetricName) -> [(round: Int, value: Double)] {
    guard let value = evaluation.index(of: metric.column),
      let round = evaluation.index(of: "round"), let split = evaluation.index(of: "split"),
      let predictor = evaluation.index(of: "predictor")
    else { return [] }
    let own = [(column: split, text: metric.split), (column: predictor, text: metric.predictor)]
    return evaluation.rows(where: own).compactMap { row in
      guard let round = Int(evaluation.text(row: row, column: round)),
        let value = Double(evaluation.text(row: row, column: value)), value.isFinite
      else { return nil }
      return (round, value)
    }
  }

  func final(_ metric: MetricName) -> (round: Int, value: Double)? { course(of: metric).last }

  /// The best evaluation, the earliest of equals.
  func best(_ metric: MetricName) -> (round: Int, value: Double)? {
    course(of: metric).reduce(nil) { best, next in
      guard let best else { return next }
      let isBetter = metric.isBetterLower ? next.value < best.value : next.value > best.value
      return isBetter ? next : best
    }
  }

  /// What a pooled metric of this run should not be read without.
  func caution(about metric: MetricName) -> String? {
    guard let round = final(metric)?.round,
      let (share, clients) = self.clients.unusualShare(metric, round: round)
    else { return nil }
    return "\(folder): \(metric.text): \(EvaluationNotes.largestShare(share, clients: clients))"
  }

  func clientValues(_ metric: MetricName, round: Int) -> ClientValues? {
    clients.values(metric, round: round)
  }
}
