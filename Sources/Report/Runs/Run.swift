import Foundation
import RunResults
import Storage
import Tables

/// One run: its configuration, its last metrics and where its files are.
package struct Run: Sendable {
  /// As a person can open it.
  package var path: String
  /// Whether the files of the run itself are there; a sweep may have been kept without them.
  package var hasFiles: Bool { files != nil }
  private let files: RecordedFolder?
  package var settings: Settings
  /// The last evaluation and the totals, named as in sweep.csv:
  /// `future_federated_accuracy_top1`, `epsilon`, `bytes_to_clients`.
  package var metrics: [String: Double]
  package var manifest: ManifestFacts?
  /// Whether the folder is that of a lifecycle, whose trainings lie below it.
  var isLifecycle = false

  /// What to know about a run whose files could not be checked.
  var note: String? { files?.note }

  package var seed: String { settings["seed"] ?? "" }

  /// Both directions; nil when the run has not finished.
  var bytes: Double? {
    guard let to = metrics["bytes_to_clients"], let from = metrics["bytes_from_clients"] else {
      return nil
    }
    return to + from
  }

  /// Of the launch, where the run has simulated one; finite, since a run without noise claims none.
  var epsilon: Double? {
    (metrics["launch_epsilon"] ?? metrics["epsilon"]).flatMap { $0.isFinite ? $0 : nil }
  }

  var delta: Double? { metrics["launch_delta"] ?? metrics["delta"] }

  /// Whether ε and δ are those of a launch that was simulated.
  var isOfLaunch: Bool { metrics["launch_epsilon"] != nil }

  /// A table of this run; nil where the run has none.
  func table(_ name: String) throws -> CSVTable? {
    guard let data = try files?.data(name) else { return nil }
    return try CSVTable([UInt8](data), path: "\(path)/\(name)")
  }

  /// config.yaml; nil where a sweep was kept without it.
  func configurationText() throws -> String? {
    try files?.data("config.yaml").map { String(decoding: $0, as: UTF8.self) }
  }

  /// Reads the folder of a run.
  package init(folder: String) throws {
    path = folder
    let files = try RecordedFolder(folder)
    self.files = files
    guard let yaml = try files.data("config.yaml") else {
      throw ReportError(
        .missingInput,
        "\(folder): is neither a run nor a sweep (it has no config.yaml and no sweep.csv); see "
          + "`fedsim list`.")
    }
    settings = Settings(yaml: String(decoding: yaml, as: UTF8.self))
    metrics = try Self.parsed { try SummaryFile(in: files)?.metrics ?? [:] }
    manifest = try Self.parsed { try ManifestFacts(folder: files) }
    isLifecycle = try FileKind.exists("\(folder)/lifecycle.csv")
  }

  /// What a file says; a damaged one is bad data.
  private static func parsed<Value>(_ read: () throws -> Value) throws -> Value {
    do {
      return try read()
    } catch let error as StorageError where error.kind == .damaged {
      throw ReportError(.badData, error.message)
    }
  }

  /// One row of sweep.csv.
  init(path: String, settings: Settings, metrics: [String: Double]) {
    self.path = path
    files = nil
    self.settings = settings
    self.metrics = metrics
  }
}
