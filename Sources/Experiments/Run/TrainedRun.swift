import Federation
import Foundation
import Storage

/// A finished run, ready to predict for the clients of its population.
package struct TrainedRun {
  /// The run folder.
  package let folder: String
  package let parameters: [Float]
  /// What a worker would be told: configuration, end of training, numbering of apps.
  package let setup: WorkerSetup
  /// What to know about a run whose files could not be checked.
  package let note: String?

  package var configuration: Configuration { setup.configuration }

  /// Reads a run.
  ///
  /// - Parameter path: the run folder, or the model.safetensors or model-best.safetensors in it.
  package static func load(_ path: String) throws -> TrainedRun {
    guard let kind = try FileKind.of(path) else {
      throw ExperimentError(
        .missingInput, "\(path): does not exist; give a run folder, `fedsim list` shows them.")
    }
    let folder =
      kind == .folder ? path : URL(fileURLWithPath: path).deletingLastPathComponent().path
    let model = kind == .folder ? ModelFile.path(in: folder) : path
    guard try FileKind.exists("\(folder)/config.yaml") else {
      throw ExperimentError(
        .missingInput,
        "\(folder): has no config.yaml, which says what the model reads; give the folder of a run.")
    }
    let files = try RecordedFolder(folder)
    let configuration = try RunFolder.configuration(in: files)
    guard ![.benchmark, .worker].contains(configuration.population.source) else {
      throw ExperimentError(
        .badData,
        "\(folder): was trained on population.source: \(configuration.population.source.rawValue), which has no phones; give a run on "
          + "a synthetic population or a log.")
    }
    try RunFolder.requireSingleRun(folder)
    try requireWholeModel(configuration, folder)
    guard try files.digest(of: ModelFile.name) != nil || FileKind.exists(model) else {
      guard try kind == .folder && FileKind.exists(Manifest.path(in: folder)) else {
        throw ExperimentError(
          .missingInput, "\(model): does not exist; give the folder of a finished run.")
      }
      throw try Manifest.read(from: folder).reasonForNoModel(in: folder)
    }
    let isManifestHere = try FileKind.exists(Manifest.path(in: folder))
    let manifest = isManifestHere ? try Manifest.read(from: folder) : nil
    let file = try modelFile(model, in: files, manifest, of: configuration)
    let facts = try PopulationFacts(
      configuration, published: ModelFile.published(in: file.metadata))
    if let manifest, manifest.contentHash != facts.contentHash {
      throw ExperimentError(
        .badData,
        "\(configuration.population.path.value ?? ""): is not the log this model was trained on; put "
          + "the old file back, or train again.")
    }
    return TrainedRun(
      folder: folder, parameters: file.parameters, setup: facts.setup(configuration),
      note: note(files.note, configuration))
  }

  /// A model of which a part stays on the phones is none that anybody could predict with.
  private static func requireWholeModel(_ configuration: Configuration, _ folder: String) throws {
    guard configuration.personalisation.method?.keepsPartLocal == true else { return }
    throw ExperimentError(
      .badData,
      "\(folder): was trained with personalisation.method: \(configuration.personalisation.name), so a part of "
        + "its model is on each phone and model.safetensors holds an untrained one in its place; give a "
        + "run without it, or with ditto, apfl or fine_tune.")
  }

  /// Joins what is to be known of the files with whose model it is.
  private static func note(_ files: String?, _ configuration: Configuration) -> String? {
    guard configuration.personalisation.method != nil else { return files }
    let shared =
      "This is the model that all phones share, and not one that personalisation.method: "
      + "\(configuration.personalisation.name) makes of it for a phone."
    return files.map { "\($0) \(shared)" } ?? shared
  }

  /// The bytes of a model, which are those that the run wrote.
  private static func model(_ path: String, in files: RecordedFolder) throws -> Data {
    let name = URL(fileURLWithPath: path).lastPathComponent
    guard ![ModelFile.name, ModelFile.bestName].contains(name) else {
      return try files.required(name)
    }
    let data = try FileSystem.read(path, limit: StorageLimit.table)
    guard !files.isRecorded || files.digest(of: ModelFile.name) == Digest.of(data) else {
      throw ExperimentError(
        .badData,
        "\(path): is not the model of the run whose config.yaml lies beside it; give the folder of its "
          + "own run.")
    }
    return data
  }

  private static func modelFile(
    _ path: String, in files: RecordedFolder, _ manifest: Manifest?, of configuration: Configuration
  ) throws -> Safetensors.File {
    let file = try Safetensors.decode(
      try model(path, in: files), layout: configuration.makeModel().layout, path: path)
    // Tensors of one shape may mean different things: next_app is not first_app.
    for (key, expected) in ModelFile.meaning(of: configuration).sorted(by: { $0.key < $1.key })
    where file.metadata[key] != expected {
      throw ExperimentError(
        .badData,
        "\(path): says \(key) '\(file.metadata[key] ?? "nothing")' where config.yaml beside it says "
          + "'\(expected)'; the two do not belong together.")
    }
    // A configuration that an older version wrote has fewer keys than this one would write.
    let hashes = [
      try RunFolder.writtenHash(in: files.path), manifest?.configHash,
      try RunFolder.hash(of: configuration),
    ]
    guard hashes.contains(file.metadata["config_hash"]) else {
      throw ExperimentError(
        .badData,
        "\(path): is the model of a run with another configuration or seed than config.yaml beside it; "
          + "put the model of this run back, or give the folder of the other.")
    }
    guard file.parameters.allSatisfy(\.isFinite) else {
      throw ExperimentError(
        .badData, "\(path): holds numbers that are not finite; the training has diverged.")
    }
    return file
  }
}
