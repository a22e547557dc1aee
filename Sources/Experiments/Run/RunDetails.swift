import Federation
import Foundation
import Storage

/// What a registry of models wants to know of a finished run.
package struct RunDetails: Equatable, Sendable {
  package var name: String
  /// SHA-256 of the resolved configuration.
  package var configHash: String
  /// Content hash of the imported log, or what the synthetic population follows from.
  package var dataVersion: String
  /// Of the federated model in the last evaluation, such as `future_accuracy_top1`.
  package var metrics: [String: Double] = [:]
  /// Nil where nothing is claimed.
  package var epsilon: Double?
  package var delta: Double
  /// What to know about a run whose files could not be checked.
  package var note: String?

  /// Reads a run folder.
  package init(of folder: String) throws {
    guard try FileKind.of(folder) != .file else {
      throw ExperimentError(
        .missingInput,
        "\(folder): is a file, and a registry takes the last model of a run (\(ModelFile.name)) with what "
          + "belongs to it; give the run's folder.")
    }
    // Loading says what is wrong with a model that nobody could use.
    let run = try TrainedRun.load(folder)
    let configuration = run.configuration
    note = run.note
    let manifest = try Manifest.read(from: folder)
    guard manifest.exitReason == .finished else {
      throw manifest.reasonForNoModel(in: folder)
    }
    let data = try RecordedFolder(folder).required(Summary.name)
    let summary = (try? JSONSerialization.jsonObject(with: data)) as? [String: Any]
    guard let summary, let delta = summary["delta"] as? Double else {
      throw ExperimentError(
        .badData, "\(Summary.path(in: folder)): is damaged; this is no folder of a run.")
    }
    name = manifest.name
    configHash = manifest.configHash
    let population = configuration.population
    dataVersion =
      manifest.contentHash
      ?? "synthetic \(population.ways.joined(separator: ", ")), seed \(configuration.populationSeed), "
      + "\(population.clients) clients, \(population.days) days"
    epsilon = summary["epsilon"] as? Double
    self.delta = delta
    for split in EvaluationSplit.allCases {
      let predictors = summary[split.rawValue] as? [String: [String: Any]]
      for (metric, value) in predictors?[Predictor.federated.name] ?? [:] {
        if let value = value as? Double { metrics["\(split.rawValue)_\(metric)"] = value }
      }
    }
  }
}
