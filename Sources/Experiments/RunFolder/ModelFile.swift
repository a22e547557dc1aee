import Federation
import Foundation

/// model.safetensors of a run: the parameters, and what is needed to use them without the run.
package enum ModelFile {
  package static let name = "model.safetensors"
  package static func path(in folder: String) -> String { "\(folder)/\(name)" }
  /// The model of the best evaluation, with `evaluation.keep_best`.
  package static let bestName = "model-best.safetensors"

  static func metadata(
    of configuration: Configuration, configHash: String, published: PublishedFacts?
  ) -> [String: String] {
    var metadata = meaning(of: configuration)
    metadata["config_hash"] = configHash
    if let published, published != PublishedFacts() {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      metadata[publishedKey] = (try? encoder.encode(published)).map {
        String(decoding: $0, as: UTF8.self)
      }
    }
    return metadata
  }

  private static let publishedKey = "published"

  /// What the model's clients were told of all of them; nil where the file says nothing.
  static func published(in metadata: [String: String]) -> PublishedFacts? {
    metadata[publishedKey].flatMap {
      try? JSONDecoder().decode(PublishedFacts.self, from: Data($0.utf8))
    }
  }

  /// What the parameters mean; models that agree in it can take each other's place.
  static func meaning(of configuration: Configuration) -> [String: String] {
    let keys = Configuration.keys.filter { $0.decides([.modelMeaning]) }
    return keys.reduce(into: ["format": "fedsim 1"]) { meaning, key in
      meaning[key.name] = key.value(configuration).description
    }
  }
}
