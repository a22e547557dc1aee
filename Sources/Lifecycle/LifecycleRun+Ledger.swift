import Experiments
import Federation
import Foundation
import Privacy

/// What a lifecycle writes on the ledger of its people: its budget, whatever it spends of it.
///
/// How often it trains follows from what earlier models did, so that what it has spent is no bound that
/// was fixed beforehand; the budget is one.
extension PreparedLifecycle {
  var ledgerUse: LedgerUse? {
    LedgerUse(configuration, clients: configuration.population.clients, contentHash: nil)
  }

  /// - Parameter spent: its releases; nil before they are known.
  func ledgerPart(_ spent: PrivacyLedger? = nil) -> Composition.Part? {
    guard let ledger, let delta, let budget = configuration.privacy.budget.epsilon.value else {
      return nil
    }
    return Composition.Part(
      epsilon: budget, delta: delta, adjacency: ledger.adjacency,
      accountant: configuration.privacy.accountant, events: spent?.events, isFixed: false,
      noiseSeed: SpentPrivacy.noiseSeed(configuration))
  }
}

extension LifecycleRun {
  /// Before its first training, once.
  mutating func reserveOnLedger() throws {
    guard let use = plan.ledgerUse, let mark = manifest.ledger, let part = plan.ledgerPart(),
      state.day < configuration.population.days
    else { return }
    manifest.ledger = try use.reserve(
      part, for: mark, run: absolutePath, name: manifest.name, configHash: manifest.configHash)
    guard manifest.ledger != mark else { return }
    try manifest.write(to: folder.path)
    folder.log("Reserved privacy.budget.epsilon on the ledger \(mark.file).")
  }

  /// After its last day.
  func settleOnLedger() throws {
    guard let use = plan.ledgerUse, let mark = manifest.ledger,
      let part = plan.ledgerPart(state.ledger)
    else { return }
    try use.settle(part, for: mark, run: absolutePath)
  }

  private var absolutePath: String {
    URL(fileURLWithPath: folder.path).standardizedFileURL.path
  }
}
