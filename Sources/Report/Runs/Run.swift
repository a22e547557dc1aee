import Foundation
import Tables

/// One run: its configuration, its last metrics and where its files are.
package struct Run: Sendable {
  /// As a person can open it.
  package var path: String
  /// Whether the files of the run itself are there; a sweep may have been kept without them.
  package var hasFiles: Bool
  package var settings: Settings
  /// The last evaluation and the totals, named as in sweep.csv:
  /// `future_federated_accuracy_top1`, `epsilon`, `bytes_to_clients`.
  package var metrics: [String: Double]
  package var manifest: Manifest?

  package var seed: String { settings["seed"] ?? "" }

  /// Both directions; nil when the run has not finished.
  var bytes: Double? {
    guard let to = metrics["bytes_to_clients"], let from = metrics["bytes_from_clients"] else {
      return nil
    }
    return to + from
  }

  /// Finite: a run without noise claims none.
  var epsilon: Double? { metrics["epsilon"].flatMap { $0.isFinite ? $0 : nil } }

  /// A table of this run; nil where the run has none.
  func table(_ name: String) throws -> CSVTable? {
    guard hasFiles, FileManager.default.fileExists(atPath: "\(path)/\(name)") else { return nil }
    return try CSVTable(path: "\(path)/\(name)")
  }

  /// Reads the folder of a run.
  package init(folder: String) throws {
    path = folder
    hasFiles = true
    guard let yaml = FileManager.default.contents(atPath: "\(folder)/config.yaml") else {
      throw ReportError(
        .missingInput,
        "\(folder): is neither a run nor a sweep (it has no config.yaml and no sweep.csv); see "
          + "`fedsim list`.")
    }
    settings = Settings(yaml: String(decoding: yaml, as: UTF8.self))
    metrics = try Summary.metrics(in: folder)
    manifest = try Manifest(folder: folder)
  }

  /// One row of sweep.csv.
  init(path: String, settings: Settings, metrics: [String: Double]) {
    self.path = path
    self.hasFiles = false
    self.settings = settings
    self.metrics = metrics
  }
}
