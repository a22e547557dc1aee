import Coordinator
import Federation

/// What goes wrong in rounds: told once, and where nothing comes of a run its end.
extension ExperimentRun {
  private static let mostAbandonedInARow = 10

  mutating func note(_ record: RoundRecord) {
    guard let reason = record.abandonment else {
      checkpoint.abandonedInARow = 0
      return
    }
    checkpoint.abandonedInARow += 1
    let line = "Round \(record.round) was abandoned and the model left as it was: \(reason)."
    folder.log(line)
    observer.noted(line)
  }

  /// Whoever watches can stop a run that goes wrong; one sentence is enough.
  mutating func noteFirstTrouble(in record: RoundRecord) {
    guard !hasNotedTrouble, record.abandonment == nil, let diverged = record.diverged,
      diverged > record.learned
    else { return }
    hasNotedTrouble = true
    say(
      "Round \(record.round): the updates of \(diverged) of \(record.cohortSize) clients were not "
        + "finite or too large and were left out; if that goes on, "
        + "\(OutcomeCounts.fewerHostile(folder.configuration))lower "
        + "training.local.learning_rate (\(folder.configuration.training.local.learningRate)) or "
        + "training.server.learning_rate (\(folder.configuration.training.server.learningRate)).")
  }

  /// Availability is known for so long alone.
  mutating func noteRepetition(in record: RoundRecord) {
    guard !hasNotedRepetition, let virtual = record.virtual, let period = run.availabilityPeriod,
      virtual.end > period
    else { return }
    hasNotedRepetition = true
    say(
      "Warning: round \(record.round) ends \(virtual.end / 3_600_000_000) virtual hours after the start, and "
        + "availability is known for \(period / 3_600_000_000); it repeats itself from there on.")
  }

  private func say(_ line: String) {
    folder.log(line)
    observer.noted(line)
  }

  /// A run in which nobody learned anything has no result: it fails, with what stood in the way.
  mutating func failIfNothingWasTrained() throws {
    guard let failure = checkpoint.outcomes?.failure(folder.configuration) else {
      if let warning = checkpoint.outcomes?.warning(folder.configuration) {
        say("Warning: \(warning)")
      }
      if let warning = checkpoint.outcomes?.cutWarning(folder.configuration) {
        say("Warning: \(warning)")
      }
      return
    }
    if mayLearnNothing, run.isModelFinite {
      say(failure)
      return
    }
    try writeCheckpoint()
    throw ExperimentError(.invalidConfiguration, failure)
  }

  /// What the last evaluation should not be trusted without, in the log and for whoever watches.
  func noteEvaluation() {
    let largest = folder.configuration.evaluation.largestClientWeight.value
    for split in EvaluationSplit.allCases {
      let rows = checkpoint.rows.filter { $0.split == split }
      // The table on the terminal says the same.
      for note in EvaluationNotes.on(rows, largestWeight: largest) { folder.log(note) }
    }
    for caution in shrunkEvaluations { say("Warning: \(caution)") }
  }

  mutating func stopIfAbandonedTooOften() throws {
    let abandonedInARow = checkpoint.abandonedInARow
    guard abandonedInARow >= Self.mostAbandonedInARow, !run.isFinished else { return }
    // Whoever goes on all the same gives it as many rounds again.
    checkpoint.abandonedInARow = 0
    try writeCheckpoint()
    throw ExperimentError(
      .resumable,
      "Stopped after round \(run.state.round): "
        + (folder.configuration.secureAggregation.protocol == .none
          ? "\(abandonedInARow) rounds in a row were abandoned"
          : "secure aggregation abandoned \(abandonedInARow) rounds in a row")
        + "; go on with `fedsim resume \(folder.path)`, or start a run with larger "
        + "cohorts or fewer faults.")
  }
}
