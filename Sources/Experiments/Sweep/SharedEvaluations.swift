import Coordinator
import Federation
import Foundation
import Storage

/// What the predictors that no round changes got, measured once for all runs of a sweep.
///
/// Baselines, ceiling and `local_only` take longer than many rounds of training. They depend on
/// the population, the evaluated clients and local training, so runs that agree in those share
/// them: in memory for who is working on it, in files of one folder for who comes later.
package final class SharedEvaluations: Sendable {
  private let folder: String
  /// Guards `busy`; waited on by runs whose evaluations another run is measuring.
  private let condition = NSCondition()
  private nonisolated(unsafe) var busy = Set<String>()

  /// - Parameter folder: is made when there is something to keep.
  init(folder: String) { self.folder = folder }

  /// What two runs must agree in to share evaluations, as a name; nil when there is nothing to share.
  package static func key(of configuration: Configuration, contentHash: String?) -> String? {
    let evaluation = configuration.evaluation
    guard evaluation.every > 0 else { return nil }
    // What is selected with noise is another selection in every run.
    guard configuration.privacy.selection.noiseMultiplier.value == nil else { return nil }
    var aspects: Set<ConfigurationAspect> = [.testSet]
    if evaluation.localOnly { aspects.insert(.localModel) }
    if evaluation.pooledEpochs > 0 { aspects.insert(.pooledModel) }
    // A model that starts from a run's own secret key is that run's own.
    guard aspects.count == 1 || !configuration.needsSecret else { return nil }
    return RunFolder.hash(
      of: configuration.text(deciding: aspects) + (contentHash ?? "") + Manifest.currentVersion)
  }

  func constants(
    of configuration: Configuration, _ facts: PopulationFacts
  ) -> ConstantEvaluations? {
    guard let key = Self.key(of: configuration, contentHash: facts.contentHash) else {
      return nil
    }
    return { measure in
      self.claim(key)
      defer { self.release(key) }
      if let known = try self.read(key) { return known }
      let measured = try measure()
      try self.write(measured, key)
      return measured
    }
  }

  /// Whether a run that needs this will find it without measuring or waiting.
  ///
  /// Where that cannot be told it will not: it decides about the order of runs alone.
  func has(_ key: String) -> Bool { (try? FileKind.exists(path(key))) == true }

  /// What a file holds; one that was renamed is not taken for another.
  private struct Measured: Codable {
    var key: String
    var evaluations: [ClientEvaluation]
  }

  /// Waits until nobody else works on this key.
  private func claim(_ key: String) {
    condition.lock()
    while busy.contains(key) { condition.wait() }
    busy.insert(key)
    condition.unlock()
  }

  private func release(_ key: String) {
    condition.lock()
    busy.remove(key)
    condition.broadcast()
    condition.unlock()
  }

  private func path(_ key: String) -> String { "\(folder)/\(key).bin" }

  private func read(_ key: String) throws -> [ClientEvaluation]? {
    guard try FileKind.exists(path(key)) else { return nil }
    do {
      guard let known = try HashedFile.read(Measured.self, from: path(key)), known.key == key else {
        return nil
      }
      return known.evaluations
    } catch let error as ExperimentError where error.code != .inputOutput {
      // Scratch: what is no file of ours is measured anew.
      return nil
    }
  }

  private func write(_ evaluations: [ClientEvaluation], _ key: String) throws {
    try FileSystem.makeFolder(folder)
    try HashedFile.write(Measured(key: key, evaluations: evaluations), to: path(key))
  }
}
