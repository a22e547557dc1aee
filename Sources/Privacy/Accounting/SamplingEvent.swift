/// How the cohorts of a run come about: what a sampler tells the accountant.
///
/// Whoever draws a cohort hands this over with it, so that the accounting cannot be of another
/// sampling than the one that happened.
package enum SamplingEvent: Codable, Equatable, Sendable {
  /// Every client joins every round by itself with this probability.
  case poisson(rate: Double)
  /// As `poisson`, but of more than `capacity` clients a random subset of that size is kept.
  case truncatedPoisson(rate: Double, population: Int, capacity: Int)
  /// A fresh random set of rate × population clients every round.
  case fixedSize(rate: Double)
  /// A client that took part sits out until `minimumSeparation` rounds have passed.
  case separated(Participation)
  /// Groups take turns, one per round, and each member of the one whose turn it is joins by itself
  /// with this probability.
  case cyclicPoisson(rate: Double, Participation)

  /// Every client takes part in one round of every block of `minimumSeparation` rounds, which it
  /// draws by itself: anew for every block, or once for all.
  case randomAllocation(Participation, isKept: Bool)

  package var sampler: String {
    switch self {
    case .poisson: "poisson"
    case .truncatedPoisson: "truncated_poisson"
    case .fixedSize: "fixed_size"
    case .separated: "min_separation"
    case .cyclicPoisson: "cyclic"
    case .randomAllocation: "random_allocation"
    }
  }

  /// Probability that a client takes part in a round in which it may; nil where none is used.
  package var rate: Double? {
    switch self {
    case .poisson(let rate), .truncatedPoisson(let rate, _, _), .fixedSize(let rate),
      .cyclicPoisson(let rate, _):
      rate
    case .separated: nil
    case .randomAllocation(let participation, _): 1 / Double(participation.minimumSeparation)
    }
  }

  /// What must be true of the cohorts beside what a release rests on.
  package var assumption: String? {
    switch self {
    case .poisson, .truncatedPoisson, .fixedSize, .randomAllocation: nil
    case .separated(let participation):
      "minimum separation: a client takes part at most once in any \(participation.minimumSeparation) "
        + "consecutive rounds"
    case .cyclicPoisson(_, let participation):
      "groups in turn: each client belongs to one of \(participation.minimumSeparation) groups, fixed "
        + "beforehand without looking at its data, and is eligible only in its group's turn"
    }
  }

  /// How often and how soon a client may return; nil without such a limit.
  package var participation: Participation? {
    switch self {
    case .separated(let participation), .cyclicPoisson(_, let participation),
      .randomAllocation(let participation, isKept: true):
      participation
    case .poisson, .truncatedPoisson, .fixedSize, .randomAllocation: nil
    }
  }
}
