import Glibc

/// Where in the releases the canaries of a run have shown so far; a part of its checkpoint.
///
/// Every canary has a twin that never takes part. Both are looked for in the same releases, so
/// whatever else these hold, the twins' scores show what chance alone gives. Correlated noise is
/// made white first (`NoiseWhitening`). Then the score of a canary is that of the matched filter:
/// the sum over the rounds of its own row of C times what was seen of it. Memory is a few numbers
/// for every canary, whatever the number of rounds.
package struct CanaryTally: Codable, Equatable, Sendable {
  package let canaries: Int
  /// Releases looked at.
  private(set) var rounds = 0
  /// Parameters.
  private(set) var dimension = 0
  private var whitening: NoiseWhitening?
  /// Against the canaries' own participations.
  private(set) var own: Products
  /// Against participation in all rounds: what an attacker looks for who knows no cohort, and the
  /// direction that all updates have in common.
  private(set) var common: Products
  /// Squared norm of the weights of participation in all rounds.
  private(set) var commonSquare = 0.0
  /// Sum of the squares of all that was seen of twins.
  private(set) var twinSquares = 0.0

  /// Sums over the rounds, by canary, of products with whitened weights.
  struct Products: Codable, Equatable, Sendable {
    /// With the weights of the canary's participations.
    var weights: [Double]
    /// With what was seen of the canary.
    var observed: [Double]
    /// With what was seen of its twin.
    var unobserved: [Double]

    init(canaries: Int) {
      weights = [Double](repeating: 0, count: canaries)
      observed = weights
      unobserved = weights
    }
  }

  /// What rounds have in common through their noise.
  package struct Correlation: Equatable, Sendable {
    package var strategy: NoiseStrategy
    /// Rounds after which the noise begins anew; nil for never.
    package var restart: Int?

    package init(_ strategy: NoiseStrategy, restart: Int? = nil) {
      self.strategy = strategy
      self.restart = restart
    }
  }

  package init(canaries: Int) {
    precondition(canaries > 0)
    self.canaries = canaries
    own = Products(canaries: canaries)
    common = own
  }

  /// By canary: what was seen of it in the rounds in which it took part.
  package var observed: [Double] { own.observed }

  /// Canaries that took part, whether planted or not.
  package var seen: Int { own.weights.count { $0 > 0 } }

  /// Looks for canaries in what a round released.
  ///
  /// - Parameters:
  ///   - members: the canaries that took part.
  ///   - release: what the server learnt.
  ///   - scale: turns the release into clipping bounds.
  ///   - weight: of one participation in a scaled release.
  ///   - round: 1, 2 …; rounds may be left out where noise is independent.
  ///   - correlation: nil where every round's noise is its own.
  package mutating func look(
    for members: some Sequence<Int>, in release: [Double], scale: Double, weight: Double = 1,
    round: Int, correlation: Correlation? = nil, using vectors: CanaryVectors
  ) {
    precondition(vectors.canaries == canaries)
    let seen = vectors.projections(of: release)
    // Side by side: weights, what was seen of canaries and of twins, and participation always.
    var values = [Double](repeating: 0, count: canaries)
    for member in members { values[member] = weight }
    values += seen.canaries.map { $0 * scale }
    values += seen.twins.map { $0 * scale }
    values.append(weight)
    guard values.allSatisfy(\.isFinite) else { return }
    rounds += 1
    dimension = release.count
    if let correlation {
      if whitening == nil || (round - 1).isMultiple(of: correlation.restart ?? .max) {
        whitening = NoiseWhitening(correlation.strategy, columns: values.count)
      }
      whitening?.next(&values)
    }
    let always = values[3 * canaries]
    commonSquare += always * always
    for index in 0..<canaries {
      let weight = values[index]
      let observed = values[canaries + index]
      let unobserved = values[2 * canaries + index]
      own.weights[index] += weight * weight
      own.observed[index] += weight * observed
      own.unobserved[index] += weight * unobserved
      common.weights[index] += always * weight
      common.observed[index] += always * observed
      common.unobserved[index] += always * unobserved
      twinSquares += unobserved * unobserved
    }
  }
}
