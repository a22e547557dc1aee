import Experiments
import Foundation
import ModelRegistry
import Storage

/// The versions of a lifecycle as its registry has them, which nobody else may change until its last day.
extension LifecycleRun {
  /// Each change of the registry is made once, also when a killed process had made it already.
  func register(_ number: Int, from path: String, parent: Int?, epsilon: Double?) throws {
    if let known = try registry.versions().last, known.version >= number {
      guard known.version == number, try registry.holds(known, from: path) else {
        throw changedByHand(known.version)
      }
      return
    }
    let details = try RunDetails(of: path)
    let added = try registry.add(
      ModelDetails(
        name: details.name, run: path, configHash: details.configHash,
        dataVersion: details.dataVersion, metrics: details.metrics,
        epsilon: epsilon,
        delta: plan.delta ?? details.delta), parent: parent)
    guard added.version == number else { throw changedByHand(added.version) }
  }

  mutating func setStage(of number: Int, to stage: Stage, on day: Int) throws {
    let before = state.versions[number - 1].stage
    state.versions[number - 1].stage = stage
    let registered = try registry.version(named: "\(number)").stage
    // A killed process may have been further than the checkpoint it left.
    guard registered != stage else { return }
    guard registered == before else { throw changedByHand(number) }
    if stage == .retired {
      _ = try registry.rollBackCanary(reason: "day \(day): worse than the version in production")
    } else {
      _ = try registry.promote(number, to: stage, reason: "day \(day)")
    }
  }

  /// Throws unless the registry is as the checkpoint has it, or one decision further.
  func requireOwnRegistry() throws {
    let registered = try registry.versions()
    guard registered.count <= state.versions.count + 1 else {
      throw changedByHand(state.versions.count + 2)
    }
    if let last = registered.last, last.version > state.versions.count {
      let path = trainingFolder(last.version)
      guard try FileKind.exists(path), try registry.holds(last, from: path)
      else { throw changedByHand(last.version) }
    }
    for version in state.versions {
      guard registered.count >= version.number else { throw changedByHand(version.number) }
      let stage = registered[version.number - 1].stage
      let isFurther =
        version.stage == .canary && [.production, .retired].contains(stage)
        || version.stage == .production && stage == .retired && state.candidate != nil
      guard stage == version.stage || isFurther else { throw changedByHand(version.number) }
    }
  }

  func changedByHand(_ version: Int) -> ExperimentError {
    ExperimentError(
      .badData,
      "\(folder.path)/registry: version \(version) is not as the lifecycle left it; until its last day a "
        + "lifecycle keeps its registry to itself, so start a new one, or put a copy of the registry back."
    )
  }

  func storedModel(_ number: Int) throws -> [Float] {
    let path = try registry.verifiedFolder(of: registry.version(named: "\(number)"))
    return try TrainedRun.load(path).parameters
  }
}
