import Federation
import Foundation
import Privacy
import RunResults
import Statistics
import Storage
import Tables

/// One finished run as a comparison sees it: its configuration and its files.
struct ComparedRun {
  let folder: String
  let seed: UInt64
  /// Every key path with its value, in the order of config.yaml.
  let settings: [(keyPath: String, value: String)]
  let epsilon: Double
  let delta: Double
  /// Of the launch that was simulated; nil where there is none.
  let launchEpsilon: Double?
  let launchDelta: Double?
  let bytesToClients: Double
  let bytesFromClients: Double
  let seconds: Double
  /// That its ε is stated under; nil without a claim.
  let adjacency: Adjacency?
  /// What to know about its files.
  let note: String?
  let measured: MeasuredRun
  private let evaluation: EvaluationTable

  init(_ folder: String) throws {
    self.folder = folder
    try RunFolder.requireSingleRun(folder)
    let files = try RecordedFolder(folder)
    let configuration = try RunFolder.configuration(in: files)
    seed = configuration.seed
    settings = ConfigurationTree.settings(of: try ConfigurationTree.node(from: configuration))
    let totals = try SummaryFile(ofFinished: files).totals()
    epsilon = totals.epsilon ?? .infinity
    delta = totals.delta
    (launchEpsilon, launchDelta) = (totals.launchEpsilon, totals.launchDelta)
    bytesToClients = Double(totals.bytesToClients)
    bytesFromClients = Double(totals.bytesFromClients)
    adjacency = try? Manifest.read(from: folder).privacy?.adjacency
    let system = try files.table("system.csv")
    seconds = try system.has("seconds") ? system.numbers("seconds").reduce(0) { $0 + ($1 ?? 0) } : 0
    evaluation = try EvaluationTable(files.table("evaluation.csv"))
    measured = MeasuredRun(
      seed: "\(seed)", isOfLog: configuration.population.source == .file,
      isOfProgram: configuration.hasProgram, evaluation: evaluation,
      clients: ClientTable(
        try files.table("clients.csv"),
        largestWeight: configuration.evaluation.largestClientWeight.value))
    note = files.note
  }

  /// The metrics that were evaluated, in the order of evaluation.csv.
  var metrics: [MetricName] {
    let counts = ["clients", "examples", "unseen"]
    return evaluation.lastMetrics.filter {
      !counts.contains($0.metric.column) && !$0.cell.isEmpty
    }
    .map(\.metric)
  }

  /// What a pooled metric of this run should not be read without.
  func caution(about metric: MetricName) throws -> String? {
    guard let final = try measured.final(metric), metric.isOverPredictions,
      let values = try measured.clientValues(metric, round: final.round),
      let share = ClientWeights.unusualShare(values.weights)
    else { return nil }
    let clients = values.clients.count
    return "\(folder): \(metric.text): \(EvaluationNotes.largestShare(share, clients: clients))"
  }
}
