import Coordinator
import Federation

/// What a run has to say about itself.
extension ExperimentRun {
  /// Why a run ended before its last round.
  var budgetMessage: String? {
    guard run.state.privacy?.isSpent == true,
      let budget = folder.configuration.privacy.budget.epsilon.value,
      let spent = run.state.privacy?.guarantee?.epsilon
    else { return nil }
    return "Ended after round \(run.state.round) of \(folder.configuration.training.rounds), at "
      + "epsilon \(spent): another round would exceed privacy.budget.epsilon (\(budget))."
  }

  /// What the rounds so far allow to claim.
  var claim: PrivacyClaim? {
    guard let sampling = run.sampling, let privacy = run.state.privacy,
      let guarantee = privacy.guarantee
    else { return nil }
    return PrivacyClaim(
      folder.configuration, sampling: sampling, noiseMultiplier: privacy.noiseMultiplier,
      guarantee: guarantee)
  }

  var summary: Summary {
    Summary(
      rounds: run.state.round, guarantee: run.state.privacy?.guarantee,
      audit: run.findings, participation: run.state.participation,
      bytesToClients: checkpoint.bytesToClients, bytesFromClients: checkpoint.bytesFromClients,
      rows: checkpoint.rows)
  }

  func progress(
    since start: ContinuousClock.Instant, firstRound: Int
  ) -> RunProgress {
    let seconds = (ContinuousClock.now - start) / .seconds(1) - evaluationSeconds
    let rounds = folder.configuration.training.rounds
    let rate = Double(run.state.round - firstRound) / max(seconds, 1e-9)
    let evaluations = evaluationsLeft
    return RunProgress(
      round: run.state.round, rounds: rounds, roundsPerSecond: rate,
      secondsLeft: Double(rounds - run.state.round) / rate
        + Double(evaluations) * (lastEvaluationSeconds ?? 0),
      untimedEvaluations: lastEvaluationSeconds == nil ? evaluations : 0, trainLoss: lastLoss,
      epsilon: run.state.privacy?.guarantee?.epsilon,
      accuracy: checkpoint.rows.first { $0.split == .future && $0.predictor == .federated }?
        .metrics.accuracyTop1)
  }

  /// Evaluations until the last round, which ends with one as well.
  private var evaluationsLeft: Int {
    let every = folder.configuration.evaluation.every
    let (round, rounds) = (run.state.round, folder.configuration.training.rounds)
    guard every > 0, round < rounds else { return 0 }
    return rounds / every - round / every + (rounds.isMultiple(of: every) ? 0 : 1)
  }
}
