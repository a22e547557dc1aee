import Coordinator
import Federation
import Foundation

/// How a run ends: with its results, or with the reason and a state that can be resumed.
extension ExperimentRun {
  /// Writes the results first, then the last checkpoint, SHA256SUMS and the manifest: whatever moment the
  /// process is killed at, the checkpoint says finished only where all results were there, and the manifest
  /// only where all files are recorded.
  ///
  /// Results that a finished run has lost since are made again from its checkpoint.
  ///
  /// - Parameter keepingUnrecorded: the run was finished by a version that wrote no checksums.
  mutating func finish(keepingUnrecorded: Bool) throws {
    if checkpoint.state.round < run.state.round {
      for (name, data) in try results() {
        try FileSystem.writeAtomically(data, to: "\(folder.path)/\(name)")
      }
      // Nobody can take the noise out of a finished run.
      checkpoint.secret = nil
      try writeCheckpoint()
    } else {
      folder.log("The run was finished already.")
      try renewResults(keepingUnrecorded: keepingUnrecorded)
    }
    try recordFiles()
    try settleOnLedger()
    manifest.exitReason = .finished
    manifest.exitMessage = budgetMessage ?? stopMessage
    try writeManifest()
    folder.log("Finished after round \(run.state.round).")
    if let message = manifest.exitMessage {
      folder.log(message)
      observer.noted(message)
    }
    if let note = bestModelNote {
      folder.log(note)
      observer.noted(note)
    }
    for line in manifest.privacy?.lines() ?? [] { folder.log("Privacy: \(line)") }
    var worked = folder.configuration
    worked.training.rounds = run.state.round
    folder.log(
      try ExperimentPlan(
        worked, privacy: nil, virtualSeconds: facts.virtualSeconds(worked)
      ).comparison(
        bytesToClients: checkpoint.bytesToClients, bytesFromClients: checkpoint.bytesFromClients,
        masks: checkpoint.masks,
        virtualSeconds: run.state.clock.map { Double($0.now) / 1e6 }))
  }

  /// The error to report: of an interrupted round it says where `resume` goes on.
  func stop(from error: any Error) -> any Error {
    guard case CoordinatorError.interrupted = error else { return error }
    return ExperimentError(
      .interrupted,
      "Interrupted in a round or an evaluation that takes long\(lastAccuracy); continue after round "
        + "\(checkpoint.state.round) with `fedsim resume \(folder.path)`.")
  }

  mutating func end(after error: any Error) throws {
    let isInterruption = (error as? ExperimentError)?.code == .interrupted
    manifest.exitReason = isInterruption ? .interrupted : .failed
    manifest.exitMessage = "\(error)"
    folder.log("Stopped: \(error)")
    // The first error is the one to report; on a full disk these writes fail as well.
    try? files.settle()
    try? writeManifest()
  }

  /// Of the coordinator and all running workers together, in bytes.
  var peakMemory: Int { OwnUsage.peakMemoryBytes + pool.peakMemoryBytes }

  private mutating func writeManifest() throws {
    manifest.end = Date()
    manifest.roundsFinished = run.state.round
    manifest.privacy = claim
    manifest.peakMemoryBytes = max(manifest.peakMemoryBytes, peakMemory)
    manifest.workerRestarts += pool.restarts
    try manifest.write(to: folder.path)
  }
}
