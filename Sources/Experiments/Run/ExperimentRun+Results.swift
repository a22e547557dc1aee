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
      beside: SpentPrivacy.beside(folder.configuration, delta: guarantee.delta))
  }

  var summary: Summary {
    Summary(
      rounds: run.state.round, guarantee: run.state.privacy?.guarantee,
      audit: run.findings, participation: run.state.participation,
      bytesToClients: checkpoint.bytesToClients, bytesFromClients: checkpoint.bytesFromClients,
      rows: checkpoint.rows)
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
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let rounds = folder.configuration.training.rounds
    let rate = Double(run.state.round - firstRound) / max(seconds, 1e-9)
    return RunProgress(
      round: run.state.round, rounds: rounds, roundsPerSecond: rate,
      secondsLeft: Double(rounds - run.state.round) / rate, trainLoss: lastLoss,
      epsilon: run.state.privacy?.guarantee?.epsilon,
      accuracy: checkpoint.rows.first { $0.split == .future && $0.predictor == .federated }?
        .metrics.accuracyTop1)
  }
}
