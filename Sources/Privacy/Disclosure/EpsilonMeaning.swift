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
  /// How often an outcome makes the attacker surer than that; nil where only (ε, δ) is known.
  package var probabilityOfMore: Double?
  /// Whether that is a bound, which may be several times too large.
  package var probabilityIsBound: Bool?
  /// Of an attack that has to say for every person whether it took part, half of them having done so.
  package var largestShareOfRightGuesses: Double
  /// True where that and the next follow from a few points of the profile; nil otherwise.
  package var attackIsCoarse: Bool?
  package var falsePositiveRate = 0.01
  /// Of the participants, at that rate of false positives.
  package var largestTruePositiveRate: Double
  /// Of a person with two phones; nil where only (ε, δ) is known.
  package var twoClients: GroupPrivacy?
  /// Nil where secret cohorts do not count, and where only (ε, δ) is known.
  package var knownCohorts: KnownCohorts?

  /// What follows from one pair (ε, δ).
  ///
  /// - Parameter tail: of a privacy loss above ε, where that is known as well.
  package init(
    epsilon: Double, delta: Double, adjacency: Adjacency, tail: PrivacyLedger.LossTail? = nil,
    knownCohorts: KnownCohorts? = nil
  ) {
    self.init(
      epsilon: epsilon, delta: delta, adjacency: adjacency,
      points: [PrivacyProfile.Point(epsilon: epsilon, delta: delta)])
    (probabilityOfMore, probabilityIsBound) = (tail?.probability, tail?.isBound)
    self.knownCohorts = knownCohorts
  }

  /// What follows from all releases, which is more.
  ///
  /// - Parameters:
  ///   - beside: (ε, δ) of what is no event of the ledger.
  ///   - clients: of the population; nil where it is unknown.
  package init(
    _ guarantee: PrivacyGuarantee, of ledger: PrivacyLedger, accountant: Accountant = .automatic,
    beside: PrivacyProfile.Point = PrivacyProfile.Point(epsilon: 0, delta: 0), clients: Int? = nil
  ) {
    let profile =
      guarantee.epsilon < Self.largestTold
      ? try? PrivacyProfile(of: ledger, beside: beside, told: guarantee) : nil
    guard let profile else {
      self.init(
        epsilon: guarantee.epsilon, delta: guarantee.delta, adjacency: guarantee.adjacency)
      return
    }
    self.init(
      guarantee, of: ledger, beside: beside, profile: profile,
      twoClients: try? GroupPrivacy(
        clients: 2, of: ledger, accountant: accountant, beside: beside, delta: guarantee.delta),
      clients: clients)
    if !PrivacyProfile.isQuick(guarantee) { attackIsCoarse = true }
  }

  /// What follows from all releases, whose profile is there already.
  package init(
    _ guarantee: PrivacyGuarantee, of ledger: PrivacyLedger, beside: PrivacyProfile.Point,
    profile: PrivacyProfile, twoClients: GroupPrivacy?, clients: Int? = nil
  ) {
    self.init(
      epsilon: guarantee.epsilon, delta: guarantee.delta, adjacency: guarantee.adjacency,
      profile: profile, twoClients: twoClients)
    if let tail = PrivacyLedger.LossTail(guarantee, of: ledger, beside: beside),
      tail.probability <= probabilityOfMore ?? 1
    {
      (probabilityOfMore, probabilityIsBound) = (tail.probability, tail.isBound)
    }
    knownCohorts = KnownCohorts(
      of: ledger, beside: beside, delta: guarantee.delta, clients: clients)
  }

  /// What follows from a whole profile that is there already.
  package init(
    epsilon: Double, delta: Double, adjacency: Adjacency, profile: PrivacyProfile,
    twoClients: GroupPrivacy?
  ) {
    self.init(
      epsilon: epsilon, delta: delta, adjacency: adjacency,
      points: profile.points + [PrivacyProfile.Point(epsilon: epsilon, delta: delta)])
    (probabilityOfMore, probabilityIsBound) = (profile.probabilityOfLoss(above: epsilon), true)
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
  /// Beyond it e^ε is no number that anybody reads.
  static let largestFactor = 100.0
}

extension PrivacyLedger.LossTail {
  /// Of a privacy loss above the ε of a guarantee; nil where nothing is known of it.
  package init?(
    _ guarantee: PrivacyGuarantee, of ledger: PrivacyLedger, beside: PrivacyProfile.Point
  ) {
    var ledger = ledger
    guard guarantee.delta > beside.delta,
      var tail = ledger.lossTail(
        above: guarantee.epsilon - beside.epsilon, delta: guarantee.delta - beside.delta)
    else { return nil }
    tail.probability = min(1, tail.probability + beside.delta)
    self = tail
  }
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
    guard epsilon <= Self.largestFactor else {
      return
        "\(change) may make an outcome certain that was next to impossible: so large an ε bounds nothing."
    }
    let factor =
      epsilon < Self.largestTold
      ? "e^ε = \(ShownBound.number(factor))" : "e^\(ShownBound.epsilon(epsilon))"
    return
      "\(change) raises the probability of any set of outcomes to at most \(factor) times what it "
      + "was, plus δ = \(ShownBound.delta(delta))."
  }

  /// What an attacker can become, in one sentence.
  package var belief: String {
    let person =
      adjacency == .replaceOne
      ? "which of two histories a client has" : "that a client's data were used"
    guard epsilon < Self.largestTold else {
      return "Someone who is 50 % sure \(person) can become practically certain."
    }
    return
      "Someone who is 50 % sure \(person) can become at most \(ShownBound.percent(posterior)) sure, "
      + "\(exception)."
  }

  /// In which outcomes an attacker becomes surer than that.
  package var exception: String {
    guard let probabilityOfMore else {
      return "except in outcomes whose probability is not bounded by (ε, δ)"
    }
    return "except with a probability of \(probabilityIsBound == false ? "" : "at most ")"
      + ShownBound.delta(max(delta, probabilityOfMore))
  }

  /// For a cell of a table.
  package var shownProbabilityOfMore: String {
    guard let probabilityOfMore, epsilon < Self.largestTold else { return "–" }
    return (probabilityIsBound == false ? "" : "≤ ")
      + ShownBound.delta(max(delta, probabilityOfMore))
  }

  /// What an attack can reach over all people, in one sentence.
  package var attack: String {
    let person =
      adjacency == .replaceOne ? "which of the two it is" : "whether a client's data were used"
    return
      "Over all outcomes the best attack guesses \(person) right at most "
      + "\(ShownBound.percent(largestShareOfRightGuesses)) of the time (50 % is chance); with "
      + "\(ShownBound.percent(falsePositiveRate)) false positives it finds at most "
      + "\(ShownBound.percent(largestTruePositiveRate)) of "
      + (adjacency == .replaceOne ? "them" : "the clients whose data were used")
      + (attackIsCoarse == true ? " (a coarse bound; the report of a run has a tighter one)." : ".")
  }

  /// The unit of privacy, and who is not covered by it.
  package var unit: String { unit(isJudged: true) }

  private func unit(isJudged: Bool) -> String {
    let one =
      "The unit is one client (one phone) with its entire history: user-level differential privacy. A "
      + "person with two phones is two clients"
    guard let twoClients else { return "\(one), and so protected less." }
    guard twoClients.epsilon.isFinite else {
      return "\(one), for which no finite ε is known at the same δ."
    }
    let own = EpsilonBand(epsilon: twoClients.epsilon)
    return "\(one): ε = \(ShownBound.epsilon(twoClients.epsilon)) at the same δ for both together"
      + (own == band || !isJudged
        ? "." : ", which for the person is \(own.name) and not \(band.name).")
  }

  /// All of it, one sentence each.
  package var sentences: [String] { sentences(isJudged: true) }

  /// - Parameter isJudged: whether δ is known to be small enough for ε to be called strong or weak.
  package func sentences(isJudged: Bool) -> [String] {
    // One pair says nothing of all outcomes, and where attackers may become certain nothing is left to say.
    let pair = PrivacyProfile.Point(epsilon: epsilon, delta: delta)
    let isKnown =
      largestShareOfRightGuesses < pair.largestShareOfRightGuesses && epsilon < Self.largestTold
    let judgement =
      isJudged
      ? band.sentence
      : "How strong that is depends on the number of clients: δ = \(ShownBound.delta(delta)) has to be far "
        + "below 1 / clients (--population)."
    return [promise, belief] + (isKnown ? [attack] : [])
      + [knownCohorts?.sentence].compactMap(\.self)
      + [judgement, unit(isJudged: isJudged)]
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
          + " Take more noise (larger cohorts make it affordable), fewer rounds or a larger population."
      )
    }
    if let clients, delta * Double(clients) >= 1 {
      lines.append(
        "Warning: δ = \(ShownBound.delta(delta)) is not below 1 / \(clients) clients: publishing the "
          + "data of \(max(1, Int(min(delta * Double(clients), 1e15)))) of them outright would keep it."
      )
    } else if let clients, delta * Double(clients) > 0.1 * (1 + 1e-9) {
      lines.append(
        "Warning: δ = \(ShownBound.delta(delta)) is more than a tenth of 1 / \(clients) clients: a mechanism "
          + "that gives away each client's data with probability δ would keep it, and expose "
          + "\(ShownBound.number(delta * Double(clients))) of them on average.")
    }
    return lines
  }
}
