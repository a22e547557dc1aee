import Foundation

/// What an (ε, δ) means for one person: what an attacker can learn who knows everything else.
package struct EpsilonMeaning: Encodable, Equatable, Sendable {
  package var epsilon: Double
  package var delta: Double
  package var adjacency: Adjacency
  package var band: EpsilonBand
  /// e^ε.
  package var factor: Double
  /// Of an attacker who was 50 % sure before: e^ε ÷ (1 + e^ε).
  package var posterior: Double
  /// How often an outcome makes the attacker surer than that, at most; nil where only (ε, δ) is known.
  package var probabilityOfMore: Double?
  /// Of an attack that has to say for every person whether it took part, half of them having done so.
  package var largestShareOfRightGuesses: Double
  package var falsePositiveRate = 0.01
  /// Of the participants, at that rate of false positives.
  package var largestTruePositiveRate: Double
  /// Of a person with two phones; nil where only (ε, δ) is known.
  package var twoClients: GroupPrivacy?

  /// What follows from one pair (ε, δ).
  package init(epsilon: Double, delta: Double, adjacency: Adjacency) {
    self.init(
      epsilon: epsilon, delta: delta, adjacency: adjacency,
      points: [PrivacyProfile.Point(epsilon: epsilon, delta: delta)])
  }

  /// What follows from all releases, which is more.
  ///
  /// - Parameter beside: (ε, δ) of what is no event of the ledger.
  package init(
    _ guarantee: PrivacyGuarantee, of ledger: PrivacyLedger, accountant: Accountant = .automatic,
    beside: PrivacyProfile.Point = PrivacyProfile.Point(epsilon: 0, delta: 0)
  ) {
    let profile =
      guarantee.epsilon < Self.largestTold
      ? try? PrivacyProfile(of: ledger, beside: beside, coarseTo: guarantee.delta) : nil
    guard let profile else {
      self.init(
        epsilon: guarantee.epsilon, delta: guarantee.delta, adjacency: guarantee.adjacency)
      return
    }
    self.init(
      epsilon: guarantee.epsilon, delta: guarantee.delta, adjacency: guarantee.adjacency,
      profile: profile,
      twoClients: try? GroupPrivacy(
        clients: 2, of: ledger, accountant: accountant, beside: beside, delta: guarantee.delta))
  }

  /// What follows from a whole profile that is there already.
  package init(
    epsilon: Double, delta: Double, adjacency: Adjacency, profile: PrivacyProfile,
    twoClients: GroupPrivacy?
  ) {
    self.init(
      epsilon: epsilon, delta: delta, adjacency: adjacency,
      points: profile.points + [PrivacyProfile.Point(epsilon: epsilon, delta: delta)])
    probabilityOfMore = profile.probabilityOfLoss(above: epsilon)
    self.twoClients = twoClients
  }

  /// - Parameter points: pairs that all hold.
  private init(
    epsilon: Double, delta: Double, adjacency: Adjacency, points: [PrivacyProfile.Point]
  ) {
    (self.epsilon, self.delta, self.adjacency) = (epsilon, delta, adjacency)
    band = EpsilonBand(epsilon: epsilon)
    factor = exp(epsilon)
    posterior = 1 / (1 + exp(-epsilon))
    largestShareOfRightGuesses = points.map(\.largestShareOfRightGuesses).reduce(1, min)
    largestTruePositiveRate = points.reduce(1) { best, point in
      min(best, point.largestTruePositiveRate(falsePositiveRate: 0.01))
    }
  }

  /// Beyond it an attacker may become certain: curves and attacks are not worth a text.
  package static let largestTold = 50.0
  /// A looser bound says nothing that is worth reading.
  private static let largestRest = 0.05
}

// MARK: - Words

extension EpsilonMeaning {
  /// ε and δ as a text has them.
  package var claim: String {
    "ε = \(ShownBound.epsilon(epsilon)) at δ = \(ShownBound.delta(delta))"
  }

  /// What is promised, in one sentence; what outcomes are is said elsewhere.
  package var promise: String {
    let change =
      switch adjacency {
      case .addOrRemove: "Adding or removing one client"
      case .zeroOut: "One client that sends zeros instead of its updates"
      case .replaceOne: "Replacing one client's data by other data"
      }
    let bound =
      epsilon < Self.largestTold
      ? "e^ε = \(ShownBound.number(factor))" : "e^\(ShownBound.epsilon(epsilon))"
    return "\(change) changes the probability of any outcome by at most a factor \(bound), except "
      + "with probability δ = \(ShownBound.delta(delta))."
  }

  /// What an attacker can become, in one sentence.
  package var belief: String {
    let person =
      adjacency == .replaceOne
      ? "which of two histories a person has" : "that a person took part"
    guard epsilon < Self.largestTold else {
      return "Someone who is 50 % sure \(person) can become practically certain."
    }
    let rest = max(delta, probabilityOfMore ?? 1)
    return
      "Someone who is 50 % sure \(person) can become at most \(ShownBound.percent(posterior)) sure, "
      + (rest > Self.largestRest
        ? "except in the outcomes that δ allows."
        : "except with a probability of at most \(ShownBound.delta(rest)).")
  }

  /// What an attack can reach over all people, in one sentence.
  package var attack: String {
    let person = adjacency == .replaceOne ? "which of the two it is" : "whether a person took part"
    return
      "Over all outcomes the best attack guesses \(person) right at most "
      + "\(ShownBound.percent(largestShareOfRightGuesses)) of the time (50 % is chance); with "
      + "\(ShownBound.percent(falsePositiveRate)) false positives it finds at most "
      + "\(ShownBound.percent(largestTruePositiveRate)) of "
      + (adjacency == .replaceOne ? "them." : "the participants.")
  }

  /// The unit of privacy, and who is not covered by it.
  package var unit: String {
    let one =
      "The unit is one client (one device) with its entire history: user-level differential privacy. A "
      + "person with two phones is two clients"
    guard let twoClients else { return "\(one), and so protected less." }
    return twoClients.epsilon.isFinite
      ? "\(one): ε = \(ShownBound.epsilon(twoClients.epsilon)) at the same δ for both together."
      : "\(one), for which no finite ε is known at the same δ."
  }

  /// All of it, one sentence each.
  package var sentences: [String] {
    // One pair says nothing of all outcomes, and where attackers may become certain nothing is left to say.
    let isKnown = probabilityOfMore != nil && epsilon < Self.largestTold
    return [promise, belief] + (isKnown ? [attack] : []) + [band.sentence, unit]
  }

  /// What a plain reader must not miss; empty for what is usual.
  ///
  /// - Parameter clients: of the population; nil where it is unknown.
  package func warnings(clients: Int? = nil) -> [String] {
    var lines: [String] = []
    if epsilon > EpsilonBand.warningLimit {
      lines.append(
        "Warning: ε = \(ShownBound.epsilon(epsilon)) "
          + (epsilon < 20
            ? "is above 10: by itself it promises little to any one person."
            : "promises nothing: an attacker may learn practically everything about any one person.")
          + " Take more noise, fewer rounds or larger cohorts.")
    }
    if let clients, delta * Double(clients) >= 1 {
      lines.append(
        "Warning: δ = \(ShownBound.delta(delta)) is not below 1 / \(clients) clients: publishing the "
          + "data of \(max(1, Int(min(delta * Double(clients), 1e15)))) of them outright would keep it."
      )
    }
    return lines
  }
}
