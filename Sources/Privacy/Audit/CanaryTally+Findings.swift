import Glibc

extension CanaryTally {
  /// Rounds from which on the direction that all updates have in common can be told.
  private static let fewestRounds = 4
  /// Guesses cost time, and more of them show no more.
  private static let mostGuesses = 1_000

  /// What the releases so far amount to; nil before two planted canaries have taken part.
  package func findings(_ claim: AuditedClaim, seed: UInt64) -> CanaryFindings? {
    let planted = (0..<canaries).filter { Canary.isPlanted($0, seed: seed) }
    guard planted.count(where: { own.weights[$0] > 0 }) > 1 else { return nil }
    let scores = bestScores(planted)
    let information = planted.reduce(0) { $0 + scores.weights[$1] }
    let amplitude = planted.reduce(0) { $0 + scores.observed[$1] } / information
    // Canaries hide each other, each pair twice: √(2/d) of the mean at most.
    let shared = 2 * amplitude * amplitude / Double(dimension)
    let amplitudeVariance = scores.spread * scores.spread / information + shared
    let floor = noiseFloor
    let most = own.weights.reduce(0, max)
    let squareOfClaim =
      claim.squaredSensitivity.map {
        $0 * claim.adjacency.sensitivity * claim.adjacency.sensitivity
      } ?? 0
    let sensitivity = max(most, squareOfClaim).squareRoot()
    let error =
      (amplitudeVariance + amplitude * amplitude * floor.relativeVariance).squareRoot()
    let bound = guesses(scores, seed: seed)
    return CanaryFindings(
      canaries: seen,
      knownCohort: CanaryEstimate(
        shift: sensitivity * amplitude / floor.deviation,
        standardError: sensitivity * error / floor.deviation, delta: claim.delta),
      knownCohortClaim: claim.squaredSensitivity == nil
        ? CanaryEstimate(
          shift: most.squareRoot() / claim.noiseMultiplier, standardError: 0, delta: claim.delta
        ).epsilon : claim.epsilon,
      hiddenCohort: claim.squaredSensitivity == nil ? hiddenCohort(planted, claim.delta) : nil,
      claim: claim.epsilon, lowerBound: bound.epsilon(delta: claim.delta),
      gaussianLowerBound: bound.gaussianEpsilon(delta: claim.delta), amplitude: amplitude,
      amplitudeError: amplitudeVariance.squareRoot(),
      noise: claim.noiseMultiplier > 0 ? floor.deviation / claim.noiseMultiplier : nil,
      noiseError: claim.noiseMultiplier > 0
        ? floor.deviation / claim.noiseMultiplier * floor.relativeVariance.squareRoot() : 0)
  }

  /// Scores of a linear filter, by canary.
  private struct Scores {
    var weights: [Double]
    var observed: [Double]
    /// Deviation of the scores of twins ÷ √weight.
    var spread: Double

    init(_ products: Products) {
      weights = products.weights
      observed = products.observed
      let total = weights.reduce(0, +)
      let square = products.unobserved.reduce(0) { $0 + $1 * $1 }
      spread = total > 0 ? max((square / total).squareRoot(), .leastNormalMagnitude) : .infinity
    }
  }

  /// The matched filter, or the one that also takes out what is the same in every round.
  ///
  /// Whichever tells more; the canaries themselves have no say in it.
  private func bestScores(_ planted: [Int]) -> Scores {
    let plain = Scores(own)
    guard rounds >= Self.fewestRounds, commonSquare > 0 else { return plain }
    var products = own
    for index in 0..<canaries {
      let share = common.weights[index] / commonSquare
      let weight = own.weights[index] - share * common.weights[index]
      guard weight > 1e-9 * own.weights[index] else {
        products.weights[index] = 0
        products.observed[index] = 0
        products.unobserved[index] = 0
        continue
      }
      products.weights[index] = weight
      products.observed[index] -= share * common.observed[index]
      products.unobserved[index] -= share * common.unobserved[index]
    }
    let contrasted = Scores(products)
    func error(_ scores: Scores) -> Double {
      scores.spread / planted.reduce(0) { $0 + scores.weights[$1] }.squareRoot()
    }
    return error(contrasted) < error(plain) ? contrasted : plain
  }

  /// The deviation of one number seen of a twin, without what is the same in every round.
  ///
  /// Noise, and whatever of real updates looks like it.
  private var noiseFloor: (deviation: Double, relativeVariance: Double) {
    var square = twinSquares
    var count = Double(rounds)
    if rounds >= Self.fewestRounds, commonSquare > 0 {
      square -= common.unobserved.reduce(0) { $0 + $1 * $1 } / commonSquare
      count -= 1
    }
    let numbers = count * Double(canaries)
    return (
      max((max(square, 0) / numbers).squareRoot(), .leastNormalMagnitude),
      // Of the twins' directions, and of the releases themselves.
      0.5 / numbers + 0.5 / (count * Double(dimension))
    )
  }

  /// Looks for every planted canary as if it had taken part in every round.
  private func hiddenCohort(_ planted: [Int], _ delta: Double) -> CanaryEstimate? {
    let count = Double(planted.count)
    let square = common.unobserved.reduce(0) { $0 + $1 * $1 } / Double(canaries)
    let spread = max(square.squareRoot(), .leastNormalMagnitude)
    let mean = planted.reduce(0) { $0 + common.observed[$1] } / count
    let shift = mean / spread
    let variance =
      planted.reduce(0) {
        $0 + (common.observed[$1] - mean) * (common.observed[$1] - mean)
      } / (count * spread * spread)
    let error = ((variance + 0.5 * shift * shift) / count).squareRoot()
    return CanaryEstimate(shift: shift, standardError: error, delta: delta)
  }

  /// Guesses of which canaries were planted, a quarter of them: those whose scores say most.
  ///
  /// Scores do not depend on the coins but through the releases, and neither does their number.
  private func guesses(_ scores: Scores, seed: UInt64) -> OneRunBound {
    // The logarithm of how much likelier the score is of a planted canary.
    let likelihoods = (0..<canaries).filter { scores.weights[$0] > 0 }.map { index in
      (
        index,
        (scores.observed[index] - 0.5 * scores.weights[index]) / (scores.spread * scores.spread)
      )
    }
    let count = min((likelihoods.count + 3) / 4, Self.mostGuesses)
    let surest = likelihoods.sorted {
      ($0.1.magnitude, $1.0) > ($1.1.magnitude, $0.0)
    }.prefix(count)
    return OneRunBound(
      canaries: likelihoods.count, guesses: count,
      correct: surest.count { ($0.1 > 0) == Canary.isPlanted($0.0, seed: seed) })
  }
}
