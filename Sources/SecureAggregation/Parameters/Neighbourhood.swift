import Foundation

/// How many neighbours a participant masks against and how many shares open a secret.
package struct Neighbourhood: Equatable, Sendable {
  /// k: cohort − 1 in the complete graph.
  package let neighbours: Int
  /// t, of the k + 1 shares of a secret (its owner holds one).
  package let threshold: Int

  package init(neighbours: Int, threshold: Int) {
    self.neighbours = neighbours
    self.threshold = threshold
  }
}

/// What a cohort has to withstand, and from it the neighbourhoods that do.
package struct AggregationRequirements: Equatable, Sendable {
  package var cohortSize: Int
  package var adversary: Adversary
  /// Fraction of the cohort that colludes with the server.
  package var corruptFraction: Double
  /// Fraction of the cohort that may drop out.
  package var dropoutFraction: Double
  /// Participants without which nothing is opened; nil for those that the fractions leave.
  package var minimumSurvivors: Int?
  /// The server learns about less than the whole sum with probability below 2^−securityBits.
  package var securityBits = 40.0
  /// A round fails although no more than the fraction dropped out with probability below this.
  package var correctnessBits = 20.0

  /// Below this size a sparse graph saves nothing that matters.
  static let smallestSparseCohort = 60
  static let largestCohort = 1_000_000
  /// Keeps rounding errors of fraction × cohort from crossing a whole number.
  private static let slack = 1e-14

  package init(
    cohortSize: Int, adversary: Adversary, corruptFraction: Double, dropoutFraction: Double,
    minimumSurvivors: Int? = nil
  ) {
    self.minimumSurvivors = minimumSurvivors
    self.cohortSize = cohortSize
    self.adversary = adversary
    self.corruptFraction = corruptFraction
    self.dropoutFraction = dropoutFraction
  }

  /// The neighbourhood for a scheme; small cohorts always use the complete graph.
  package func neighbourhood(
    for scheme: AggregationScheme
  ) throws(SecureAggregationError) -> Neighbourhood {
    try validate()
    if scheme == .secaggPlus, cohortSize >= Self.smallestSparseCohort,
      let sparse = sparseNeighbourhood()
    {
      return sparse
    }
    return try completeNeighbourhood()
  }

  /// The smallest even k that is safe and recoverable.
  ///
  /// Nil when no k below the complete graph is.
  ///
  /// Against a curious adversary on a random k-regular Harary graph: Bell et al. 2020 with the exact
  /// tails of Google's federated-compute, whose published results are the test vectors. Against an
  /// active one with neighbours that participants choose: `ChosenNeighbourhood`.
  package func sparseNeighbourhood() -> Neighbourhood? {
    if adversary == .active { return chosen.smallest() }
    let tail = HypergeometricTail(population: cohortSize)
    for neighbours in stride(from: 2, to: cohortSize - 1, by: 2) {
      if let threshold = threshold(for: neighbours, tail) {
        return Neighbourhood(neighbours: neighbours, threshold: threshold)
      }
    }
    return nil
  }

  /// The most honest survivors that the sum which is opened may lack.
  ///
  /// None where the server follows the protocol or everybody is everybody's neighbour.
  package func mostLeftOut(
    for scheme: AggregationScheme
  ) throws(SecureAggregationError) -> Int {
    let neighbourhood = try neighbourhood(for: scheme)
    guard adversary == .active, neighbourhood.neighbours < cohortSize - 1 else { return 0 }
    return chosen.mostLeftOut(neighbourhood)
  }

  private var chosen: ChosenNeighbourhood {
    ChosenNeighbourhood(
      self, corrupt: corrupt, survivors: survivors,
      signers: max(minimumSurvivors ?? (cohortSize - dropouts), (cohortSize + corrupt) / 2 + 1))
  }

  /// The complete graph with a threshold of two thirds, or fewer where dropouts call for it.
  package func completeNeighbourhood() throws(SecureAggregationError) -> Neighbourhood {
    let size = Double(cohortSize)
    let remaining = cohortSize - dropouts
    let smallest: Int
    switch adversary {
    case .curious: smallest = max(2, Int((corruptFraction * size - Self.slack).rounded(.up)) + 1)
    case .active: smallest = Int(((1 + corruptFraction) * size / 2 - Self.slack).rounded(.up)) + 1
    }
    guard smallest <= remaining else {
      throw .infeasible(
        "a cohort of \(cohortSize) with \(corrupt) corrupt and \(dropouts) dropped participants"
          + " would need \(smallest) shares to be safe, and only \(remaining) remain;"
          + " enlarge the cohort or lower corrupt_fraction or dropout_fraction")
    }
    return Neighbourhood(
      neighbours: cohortSize - 1,
      threshold: max(smallest, min(2 * cohortSize / 3 + 1, remaining)))
  }

  /// Participants that may collude with the server.
  package var corrupt: Int { Int(((corruptFraction + Self.slack) * Double(cohortSize))) }
  /// Participants that may drop out.
  package var dropouts: Int { Int(((dropoutFraction + Self.slack) * Double(cohortSize))) }

  private func validate() throws(SecureAggregationError) {
    guard cohortSize >= 2, cohortSize <= Self.largestCohort else {
      throw .infeasible(
        "secure aggregation needs a cohort of 2 to \(Self.largestCohort), not \(cohortSize)")
    }
    guard corruptFraction >= 0, corruptFraction < 1, dropoutFraction >= 0, dropoutFraction < 1
    else {
      throw .infeasible("corrupt_fraction and dropout_fraction must lie in [0, 1)")
    }
    let (sum, name) =
      adversary == .curious
      ? (corruptFraction + dropoutFraction, "corrupt_fraction + dropout_fraction")
      : (corruptFraction + 2 * dropoutFraction, "corrupt_fraction + 2 × dropout_fraction")
    guard sum <= 0.9 else {
      throw .infeasible(
        "\(name) must be at most 0.9 against a \(adversary.rawValue) adversary, not \(sum)")
    }
  }

  /// The threshold that makes `neighbours` enough, or nil when none does.
  private func threshold(for neighbours: Int, _ tail: HypergeometricTail) -> Int? {
    let size = Double(cohortSize)
    // Two ways to fail share the security budget: a graph in pieces, and too many corrupt neighbours.
    let securityBudget = exp2(-(securityBits + 1))
    guard disconnectionProbability(neighbours, tail) < securityBudget else { return nil }
    let corruptNeighbours = tail.upperQuantile(
      marked: corrupt, sampled: neighbours, probability: securityBudget / size)
    let survivingNeighbours = tail.lowerQuantile(
      marked: survivors, sampled: neighbours, probability: exp2(-correctnessBits) / size)
    guard corruptNeighbours < survivingNeighbours else { return nil }
    return max(corruptNeighbours + 1, 2)
  }

  private var survivors: Int {
    Int(((1 - dropoutFraction - Self.slack) * Double(cohortSize)).rounded(.up))
  }

  /// Bounds the chance that two runs of k/2 corrupt or dropped participants cut the ring.
  private func disconnectionProbability(_ neighbours: Int, _ tail: HypergeometricTail) -> Double {
    let lost = corrupt + dropouts
    guard neighbours <= lost else { return 0 }
    let pairsOfGaps = Double(cohortSize) * Double(cohortSize - neighbours - 1) / 2
    return pairsOfGaps
      * exp(
        tail.logFactorial(lost) + tail.logFactorial(cohortSize - neighbours)
          - tail.logFactorial(cohortSize) - tail.logFactorial(lost - neighbours))
  }
}
