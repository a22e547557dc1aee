import Federation
import Privacy

/// All releases of a run and what they cost together.
package struct SpentReleases: Equatable, Sendable {
  var guarantee: PrivacyGuarantee
  var ledger: PrivacyLedger
  var accountant: Accountant
  /// (ε, δ) of what is no event of the ledger.
  var beside: PrivacyProfile.Point
  /// Of the population; nil where it is unknown.
  var clients: Int?

  /// Nil where it is not known.
  var tail: PrivacyLedger.LossTail? {
    guard guarantee.epsilon < EpsilonMeaning.largestTold else { return nil }
    return PrivacyLedger.LossTail(guarantee, of: ledger, beside: beside)
  }

  var knownCohorts: KnownCohorts? {
    KnownCohorts(of: ledger, beside: beside, delta: guarantee.delta, clients: clients)
  }

  /// What they mean for one person; takes up to some seconds where there is little noise.
  package func meaning() -> EpsilonMeaning {
    EpsilonMeaning(
      guarantee, of: ledger, accountant: accountant, beside: beside, clients: clients)
  }

  /// The same without what takes long, which is what attacks reach over all outcomes.
  package func briefMeaning() -> EpsilonMeaning {
    var meaning = EpsilonMeaning(
      epsilon: guarantee.epsilon, delta: guarantee.delta, adjacency: guarantee.adjacency)
    if guarantee.epsilon < EpsilonMeaning.largestTold {
      meaning = EpsilonMeaning(
        epsilon: guarantee.epsilon, delta: guarantee.delta, adjacency: guarantee.adjacency,
        tail: tail, knownCohorts: knownCohorts)
      meaning.twoClients = try? GroupPrivacy(
        clients: 2, of: ledger, accountant: accountant, beside: beside, delta: guarantee.delta)
    }
    return meaning
  }
}
