import Coordinator
import Federation
import Foundation
import Tables

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

  /// Why an evaluation ended the training before its last round.
  var stopMessage: String? {
    let stop = folder.configuration.training.stop
    guard let watch = run.state.watch, let ending = watch.ending, let best = watch.best else {
      return nil
    }
    let value = String(format: "%.4g", best)
    let reason =
      switch ending {
      case .target:
        "\(stop.metric.rawValue) on \(stop.split.rawValue) is \(value), which reaches training.stop.target "
          + "(\(stop.target.value ?? best))"
      case .patience:
        "\(stop.metric.rawValue) on \(stop.split.rawValue) has not gained in \(watch.withoutGain) "
          + "evaluations (training.stop.patience); its best is \(value), in round \(watch.bestRound)"
      }
    return
      "Ended after round \(run.state.round) of \(folder.configuration.training.rounds): \(reason)."
  }

  /// What to know of model-best.safetensors; nil where it is not kept.
  var bestModelNote: String? {
    let stop = folder.configuration.training.stop
    guard let watch = run.state.watch, watch.bestParameters != nil, let best = watch.best else {
      return nil
    }
    return "\(ModelFile.bestName) is the model of round \(watch.bestRound), whose "
      + "\(stop.metric.rawValue) on \(stop.split.rawValue) is the best (\(String(format: "%.4g", best))); "
      + "it was chosen by test data, so that number is optimistically biased."
  }

  /// What the rounds so far allow to claim.
  var claim: PrivacyClaim? {
    guard let sampling = run.sampling, let privacy = run.state.privacy,
      let guarantee = privacy.guarantee
    else { return nil }
    var claim = PrivacyClaim(
      folder.configuration, sampling: sampling, noiseMultiplier: privacy.noiseMultiplier,
      guarantee: guarantee,
      launch: (try? LaunchClaim(self.privacy, rounds: run.state.round)) ?? nil)
    if run.isFinished {
      // What a run that simulates a launch promises by itself is nothing to be told at length.
      if claim.launch == nil {
        (claim.tail, claim.knownCohorts) = (spent?.tail, spent?.knownCohorts)
      }
      claim.noise = NoiseAgainstSignal(
        folder.configuration, self.privacy,
        rounds: try? CSVTable(path: "\(folder.path)/rounds.csv"))
    }
    return claim
  }

  /// What the claim is computed from.
  var spent: SpentReleases? {
    guard let privacy = run.state.privacy, let guarantee = privacy.guarantee else { return nil }
    return SpentReleases(
      guarantee: guarantee, ledger: privacy.ledger,
      accountant: folder.configuration.privacy.accountant,
      beside: SpentPrivacy.beside(folder.configuration, delta: guarantee.delta),
      clients: folder.configuration.knownClients)
  }

  /// The same of the launch; nil where there is none.
  var launchSpent: SpentReleases? {
    (try? SpentReleases(launchOf: privacy, rounds: run.state.round)) ?? nil
  }

  var summary: Summary {
    Summary(
      rounds: run.state.round, guarantee: run.state.privacy?.guarantee,
      launch: (try? privacy?.launch?.guarantee(rounds: run.state.round)) ?? nil,
      audit: run.findings, participation: run.state.participation,
      bytesToClients: checkpoint.bytesToClients, bytesFromClients: checkpoint.bytesFromClients,
      clock: run.state.clock, rows: checkpoint.rows,
      isRanking: !folder.configuration.hasProgram)
  }

  /// The top-1 accuracy of the last evaluation in brackets, for a run that stops early; empty before the
  /// first.
  var lastAccuracy: String {
    for split in EvaluationSplit.allCases {
      for predictor in [Predictor.personalised, .federated] {
        let found = checkpoint.rows.first {
          $0.split == split && $0.predictor == predictor && !$0.isLost
        }
        guard let found else { continue }
        let percent = String(format: "%.1f", 100 * found.metrics.accuracyTop1)
        return " (\(predictor.name) top-1 \(percent) % in the last evaluation)"
      }
    }
    return ""
  }

  func progress(
    since start: ContinuousClock.Instant, firstRound: Int
  ) -> RunProgress {
    let seconds = (ContinuousClock.now - start) / .seconds(1) - evaluationSeconds
    let rounds = folder.configuration.training.rounds
    let rate = Double(run.state.round - firstRound) / max(seconds, 1e-9)
    let evaluations = folder.configuration.evaluationsLeft(after: run.state.round)
    let evaluated = checkpoint.rows.first { $0.split == .future && $0.predictor == .federated }
    let every = folder.configuration.evaluation.every
    return RunProgress(
      round: run.state.round, rounds: rounds, roundsPerSecond: rate,
      secondsLeft: Double(rounds - run.state.round) / rate
        + Double(evaluations) * (lastEvaluationSeconds ?? 0),
      untimedEvaluations: lastEvaluationSeconds == nil ? evaluations : 0, trainLoss: lastLoss,
      // What a run that simulates a launch spends itself is not what it is about.
      epsilon: privacy?.launch == nil ? run.state.privacy?.guarantee?.epsilon : nil,
      accuracy: evaluated?.metrics.accuracyTop1,
      evaluatedRound: run.state.round == rounds || every == 0
        ? run.state.round : run.state.round / every * every)

  }
}
