import Federation

/// model.safetensors of a run: the parameters, and what is needed to use them without the run.
package enum ModelFile {
  package static let name = "model.safetensors"
  package static func path(in folder: String) -> String { "\(folder)/\(name)" }

  static func metadata(of configuration: Configuration, configHash: String) -> [String: String] {
    meaning(of: configuration).merging(["config_hash": configHash]) { _, new in new }
  }

  /// What the parameters mean; models that agree in it can take each other's place.
  static func meaning(of configuration: Configuration) -> [String: String] {
    let model = configuration.model
    return [
      "format": "fedsim 1", "kind": model.kind.rawValue, "task": configuration.task.rawValue,
      "vocabulary": "\(model.vocabulary)", "sequence_length": "\(model.sequenceLength)",
      "embedding": "\(model.embedding)", "hidden": "\(model.hidden)",
    ]
  }
}
