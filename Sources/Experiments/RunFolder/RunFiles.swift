import Coordinator
import Federation
import Foundation
import Privacy
import Tables
import Threads

/// The CSV files of a run, in the columns that scripts depend on.
///
/// Everything but system.csv and secure_aggregation_seconds.csv is the same for the same configuration and seed.
///
/// The rows of a round are written while the next one goes on: with small models that takes a tenth of
/// it. What went wrong comes out at the next call.
final class RunFiles: @unchecked Sendable {
  private let writing: SerialThread
  /// Read and written on `writing`.
  private var failure: (any Error)?
  private let rounds: CSVFile
  private let evaluation: CSVFile
  private let clients: CSVFile
  private let segments: CSVFile
  private let privacy: CSVFile
  private let system: CSVFile
  /// Only with secure aggregation.
  private var aggregation: CSVFile?
  private var aggregationSeconds: CSVFile?
  /// Only with a client program.
  private var metrics: CSVFile?
  private let configuration: Configuration
  /// What clients keep; nil where they keep nothing.
  let states: ClientStore?

  /// Cuts the files back to a checkpoint, after checking that they are those it remembers; nil starts
  /// them.
  init(folder: String, configuration: Configuration, from checkpoint: Checkpoint?) throws {
    do {
      writing = try SerialThread()
    } catch {
      throw ExperimentError(.inputOutput, "\(folder): \(error).")
    }
    func beginning(of name: String) throws -> FileBeginning? {
      guard let checkpoint else { return nil }
      guard let beginning = checkpoint.beginning(of: name) else {
        throw ExperimentError(
          .badData,
          "\(Checkpoint.path(in: folder)): knows no \(name), so it is not of this run; restore it from a "
            + "copy, or start again.")
      }
      return beginning
    }
    func open(_ name: String, _ columns: [String]) throws -> CSVFile {
      try CSVFile(path: "\(folder)/\(name)", columns: columns, from: beginning(of: name))
    }
    self.configuration = configuration
    let kept = configuration.algorithmLayouts.clientState.count
    states =
      kept > 0
      ? try ClientStore(
        folder: folder, count: kept, from: beginning(of: ClientStore.name))
      : nil
    rounds = try open("rounds.csv", RoundRecord.columns(configuration))
    evaluation = try open("evaluation.csv", MeasuredRow.columns(configuration))
    clients = try open("clients.csv", EvaluationRecord.Client.columns)
    segments = try open("segments.csv", SegmentRow.columns(configuration))
    privacy = try open("privacy.csv", RoundRecord.privacyColumns(configuration))
    system = try open("system.csv", SystemRow.columns)
    if configuration.hasProgram { metrics = try open("metrics.csv", MetricRow.columns) }
    guard configuration.secureAggregation.protocol != .none else { return }
    aggregation = try open("secure_aggregation.csv", AggregationRow.columns)
    aggregationSeconds = try open(
      "secure_aggregation_seconds.csv", AggregationTimingRow.columns)
  }

  /// - Parameter sampling: how the round's cohort was drawn; nil without a mechanism.
  func append(
    _ record: RoundRecord, configuration: Configuration, sampling: SamplingEvent?
  ) throws {
    try settle()
    later { try self.write(record, configuration, sampling) }
  }

  private func write(
    _ record: RoundRecord, _ configuration: Configuration, _ sampling: SamplingEvent?
  ) throws {
    try rounds.append(record.cells(configuration))
    try privacy.append(record.privacyCells(configuration, sampling: sampling))
    guard let taken = record.aggregation else { return }
    try aggregation?.append(AggregationRow(record: record, aggregation: taken).cells)
    try aggregationSeconds?.append(
      AggregationTimingRow(round: record.round, stages: record.timing.stages).cells)
  }

  func append(_ record: EvaluationRecord) throws {
    try evaluation.append(
      rows: record.rows.map { $0.cells(round: record.round, configuration) })
    try clients.append(rows: record.clients.flatMap { $0.rows(round: record.round) })
    try segments.append(rows: record.segments.map { $0.cells(round: record.round, configuration) })
    try metrics?.append(rows: record.metrics.map { $0.cells(round: record.round) })
  }

  func append(_ row: SystemRow) { later { try self.system.append(row.cells) } }

  private func later(_ write: @escaping @Sendable () throws -> Void) {
    writing.async {
      guard self.failure == nil else { return }
      do { try write() } catch { self.failure = error }
    }
  }

  /// Waits for what is being written.
  func settle() throws {
    if let failure = writing.sync(execute: { self.failure }) { throw failure }
  }

  /// The files that may differ between two runs of the same configuration.
  static let differing: Set<String> = ["system.csv", "secure_aggregation_seconds.csv"]

  /// How every file is now, for a checkpoint; after this they are safely on the disk.
  func synchronized() throws -> [String: FileBeginning] {
    try settle()
    let files = [
      ("rounds.csv", rounds), ("evaluation.csv", evaluation), ("clients.csv", clients),
      ("segments.csv", segments), ("privacy.csv", privacy), ("system.csv", system),
      ("secure_aggregation.csv", aggregation),
      ("secure_aggregation_seconds.csv", aggregationSeconds), ("metrics.csv", metrics),
    ]
    var beginnings: [String: FileBeginning] = [:]
    for (name, file) in files {
      guard let file else { continue }
      beginnings[name] = try file.synchronized()
    }
    if let states { beginnings[ClientStore.name] = try states.synchronized() }
    return beginnings
  }
}

extension RoundRecord {
  static let columns = [
    "round", "cohort_size", "reported", "dropped", "update_norm", "clipping_bound",
    "noise_multiplier", "epsilon", "delta", "server_learning_rate", "bytes_to_clients",
    "bytes_from_clients", "sim_train_loss", "sim_examples", "sim_idle", "sim_diverged",
    "sim_clipped", "sim_wrapped_coordinates", "status",
  ]

  /// Those of an experiment: a rule of aggregation that leaves out clients has one of its own, and so has
  /// an attack.
  static func columns(_ configuration: Configuration) -> [String] {
    columns + (configuration.aggregator.aggregator.rejectsClients ? ["suspected"] : [])
      + (configuration.attack.attack == nil ? [] : ["sim_hostile"])
      + VirtualRecord.columns(configuration)
  }

  fileprivate func cells(_ configuration: Configuration) -> [CSVCell] {
    let suspected: [CSVCell] =
      configuration.aggregator.aggregator.rejectsClients
      ? [self.suspected.map(CSVCell.integer) ?? .empty] : []
    let hostile: [CSVCell] =
      configuration.attack.attack == nil ? [] : [self.hostile.map(CSVCell.integer) ?? .empty]
    return ownCells(configuration) + suspected + hostile
      + (virtual?.cells ?? [])
  }

  private func ownCells(_ configuration: Configuration) -> [CSVCell] {
    [
      .integer(round), .integer(cohortSize), .integer(reported), .integer(dropped),
      .number(updateNorm),
      (release?.clippingBound ?? RoundParameters(configuration).clippingBound)
        .map(CSVCell.number) ?? .empty,
      .number(release?.noiseMultiplier ?? 0), .number(epsilon), .number(delta),
      .number(configuration.training.server.learningRate), .integer(bytesToClients),
      .integer(bytesFromClients), trainLoss.map(CSVCell.number) ?? .empty,
      examples.map(CSVCell.integer) ?? .empty, idle.map(CSVCell.integer) ?? .empty,
      diverged.map(CSVCell.integer) ?? .empty, clipped.map(CSVCell.integer) ?? .empty,
      wrapped.map(CSVCell.integer) ?? .empty, .text(status),
    ]
  }
}

/// What may differ between two runs of the same configuration.
struct SystemRow {
  var round: Int
  var seconds: Double
  var timing: RoundTiming
  var peakMemoryBytes: Int
  var coordinatorPeakMemoryBytes: Int
  /// CPU time of the coordinator process in this round.
  var coordinatorSeconds: Double
  var workerRestarts: Int
  var bytes: PipeBytes

  static let columns = [
    "round", "seconds", "train_seconds", "aggregate_seconds", "evaluate_seconds",
    "peak_memory_bytes", "worker_restarts", "pipe_bytes_to_workers", "pipe_bytes_from_workers",
    "coordinator_peak_memory_bytes", "coordinator_cpu_seconds",
  ]

  var cells: [CSVCell] {
    [
      .integer(round), .number(seconds), .number(timing.train), .number(timing.aggregate),
      .number(timing.evaluate), .integer(peakMemoryBytes), .integer(workerRestarts),
      .integer(bytes.toWorkers), .integer(bytes.fromWorkers),
      .integer(coordinatorPeakMemoryBytes), .number(coordinatorSeconds),
    ]
  }
}
