import Federation
import Foundation
import Privacy

/// What a run writes on the ledger of its people.
extension ExperimentRun {
  /// Before its first round: what it may spend at most, once.
  mutating func reserveOnLedger() throws {
    guard let ledger, !run.isFinished, let mark = manifest.ledger, let privacy else { return }
    manifest.ledger = try ledger.reserve(
      SpentPrivacy.planned(folder.configuration, privacy), for: mark, run: absolutePath,
      name: manifest.name, configHash: manifest.configHash)
    guard manifest.ledger != mark else { return }
    try manifest.write(to: folder.path)
    folder.log("Reserved on the ledger \(mark.file) what this run may spend at most.")
  }

  /// After its last round: what it has spent.
  ///
  /// With noise of clients that is what it was allowed: fewer, as those who dropped out happened to be
  /// few, would be no bound for what is chosen afterwards. So it is where evaluations may end the
  /// training.
  func settleOnLedger() throws {
    guard let ledger, let mark = manifest.ledger, let privacy else { return }
    let configuration = folder.configuration
    let part =
      configuration.distributedNoise == nil && !configuration.training.stop.isActive
      ? try SpentPrivacy.settled(configuration, run.state.privacy)
      : try SpentPrivacy.planned(configuration, privacy)
    if let part { try ledger.settle(part, for: mark, run: absolutePath) }
  }

  private var absolutePath: String {
    URL(fileURLWithPath: folder.path).standardizedFileURL.path
  }
}

extension PreparedExperiment {
  /// What it may spend at most; throws for one without noise.
  func ledgerPart() throws -> Composition.Part {
    guard let privacy else {
      throw ExperimentError(
        .invalidConfiguration, "privacy.ledger: has no effect without privacy.mechanism; remove it."
      )
    }
    return try SpentPrivacy.planned(configuration, privacy)
  }
}

extension LedgerUse {
  init?(_ configuration: Configuration, _ facts: PopulationFacts) {
    self.init(configuration, clients: facts.clients, contentHash: facts.contentHash)
  }
}
