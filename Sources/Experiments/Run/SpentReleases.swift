import Federation
import Privacy

/// All releases of a run and what they cost together.
package struct SpentReleases: Equatable, Sendable {
  var guarantee: PrivacyGuarantee
  var ledger: PrivacyLedger
  var accountant: Accountant
  /// (ε, δ) of what is no event of the ledger.
  var beside: PrivacyProfile.Point

  /// What they mean for one person; takes up to a second.
  package func meaning() -> EpsilonMeaning {
    EpsilonMeaning(guarantee, of: ledger, accountant: accountant, beside: beside)
  }
}
