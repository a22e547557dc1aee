/// What is to be done with a new version after a day.
package enum RolloutDecision: String, Codable, Sendable {
  /// Go on; the share may have grown.
  case proceed
  /// No worse than production, within the margin: it becomes production.
  case promote
  /// Worse: the phones that have it go back to production.
  case rollBack = "roll_back"
}

/// Brings a new version to more and more phones, as long as nothing speaks against it.
///
/// Each phone counts once: how much better than usual for it its predictions have been since it takes
/// part, so that the days of one phone need not be independent. Error rates, with phones independent of
/// one another and their means normal: a version equal to production is rolled back with a probability
/// of at most `rollBackErrorRate`; one that is worse by more than the last stage's margin is promoted
/// with at most `promotionErrorRate`; however often one looks. What is still undecided after
/// `longestDays` is rolled back.
package struct Rollout: Codable, Equatable, Sendable {
  /// A share of the phones, and how much worse the version may still be to get beyond it.
  package struct Stage: Codable, Equatable, Sendable {
    package var share: Double
    package var margin: Double

    package init(share: Double, margin: Double) {
      self.share = share
      self.margin = margin
    }
  }

  /// Few phones must rule out a disaster, many a small loss.
  package static let standardStages = [
    Stage(share: 0.01, margin: 0.10), Stage(share: 0.05, margin: 0.05),
    Stage(share: 0.25, margin: 0.02),
  ]

  package let stages: [Stage]
  package let rollBackErrorRate: Double
  package let promotionErrorRate: Double
  /// Phones with the version that have reported before anything is decided.
  package let minimumPhones: Int
  package let longestDays: Int
  package private(set) var days = 0
  package private(set) var stage = 0
  package private(set) var comparison: SequentialComparison
  package private(set) var decision = RolloutDecision.proceed

  package init(
    stages: [Stage] = Rollout.standardStages, rollBackErrorRate: Double = 0.01,
    promotionErrorRate: Double = 0.05, minimumPhones: Int = 3, longestDays: Int = 30,
    mixtureDeviation: Double = 0.05
  ) {
    precondition(!stages.isEmpty, "a rollout has at least one stage")
    self.stages = stages
    self.rollBackErrorRate = rollBackErrorRate
    self.promotionErrorRate = promotionErrorRate
    self.minimumPhones = minimumPhones
    self.longestDays = longestDays
    comparison = SequentialComparison(mixtureDeviation: mixtureDeviation)
  }

  /// Share of the phones that have the version now.
  package var share: Double {
    switch decision {
    case .proceed: stages[stage].share
    case .promote: 1
    case .rollBack: 0
    }
  }

  /// Whether a phone has the version now; those that had it keep it as the share grows.
  ///
  /// - Parameter position: of the phone among all, drawn once, 0 ≤ position < 1.
  package func includes(_ position: Double) -> Bool { position < share }

  /// Begins the reports of a day, which take the place of those before.
  package mutating func beginDay() {
    comparison = SequentialComparison(mixtureDeviation: comparison.mixtureDeviation)
  }

  /// Takes a phone's report: its accuracy since it takes part minus what it had before the rollout.
  package mutating func report(_ gain: Double, isTreated: Bool) {
    comparison.add(gain, isTreated: isTreated)
  }

  /// Decides after the reports of a day.
  package mutating func endDay() {
    guard decision == .proceed else { return }
    days += 1
    decide()
    if decision == .proceed, days >= longestDays { decision = .rollBack }
  }

  /// Whether it was rolled back because nothing was shown for too long.
  package var isUndecided: Bool { decision == .rollBack && !isShownWorse }

  private var isShownWorse: Bool {
    comparison.treated.count >= minimumPhones && comparison.difference < 0
      && comparison.likelihoodRatio >= 1 / rollBackErrorRate
  }

  private mutating func decide() {
    guard comparison.treated.count >= minimumPhones else { return }
    if isShownWorse {
      decision = .rollBack
      return
    }
    // One-sided: half of the two-sided interval's error lies below it.
    let lowest = comparison.difference - comparison.margin(errorRate: 2 * promotionErrorRate)
    guard lowest > -stages[stage].margin else { return }
    if stage + 1 < stages.count { stage += 1 } else { decision = .promote }
  }
}
