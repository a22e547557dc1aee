import Experiments
import Federation
import Foundation
import Privacy
import Storage

extension LifecycleRun {
  /// What a reviewer of the claim of a finished lifecycle asks for.
  package static func disclosure(of folder: String) throws -> Disclosure {
    let files = try Disclosure.recorded(folder)
    let configuration = try RunFolder.configuration(in: files)
    let manifest = try Manifest.read(from: folder)
    try Disclosure.requireClaim(configuration, manifest, in: folder)
    _ = try files.required(LifecycleState.name)
    var state = try LifecycleState.read(from: folder)
    // The first training had the same cohorts, noise and neighbours as all.
    guard let ledger = state.ledger,
      var claim = try Manifest.read(from: "\(folder)/trainings/1").privacy,
      let epsilon = try state.epsilon(delta: claim.delta)
    else {
      throw ExperimentError(
        .badData,
        "\(folder): has trained no version with noise yet, so there is nothing to report; go on with "
          + "`fedsim resume \(folder)`.")
    }
    guard manifest.exitReason == .finished else {
      throw ExperimentError(
        .badData,
        "\(folder): has not come to its last day, with epsilon \(epsilon) at delta \(claim.delta) spent so "
          + "far; the report is of a finished lifecycle, so go on with `fedsim resume \(folder)`.")
    }
    claim.epsilon = epsilon
    (claim.tail, claim.knownCohorts) = (nil, nil)
    claim.covers =
      "every version of the model, after each round of its training, and the monitor's nightly sums"
    claim.doesNotCover =
      "what phones report to the comparison of two versions, which decides which one is promoted and "
      + "trained on: this epsilon is of the noised releases, given those decisions; how many take part in a "
      + "training, with status and bytes (rounds.csv of a training); evaluations (evaluation.csv, "
      + "clients.csv and segments.csv of a training, metrics in the registry, the summary) and whatever is "
      + "chosen by them; columns that begin with sim_; messages, log.txt, exit codes, times and memory; the "
      + "states of the lifecycle and of its trainings, which are to be kept secret"
    let tuning = Tuning(
      ledger: try LedgerTotals(of: manifest, folder),
      isSimulated: configuration.population.source != .file)
    return try Disclosure(
      Disclosure.Source(
        folder: folder, kind: "lifecycle", note: files.note, configuration: configuration,
        manifest: manifest, claim: claim, ledger: ledger, rounds: state.rounds, tuning: tuning))
  }
}
