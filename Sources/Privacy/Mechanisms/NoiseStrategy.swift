import Glibc

/// How often and how far apart one client may take part in a run.
package struct Participation: Codable, Equatable, Sendable {
  /// Rounds from one participation to the next, at least.
  package var minimumSeparation: Int
  package var maximumParticipations: Int

  package init(minimumSeparation: Int, maximumParticipations: Int) {
    precondition(minimumSeparation > 0 && maximumParticipations > 0)
    self.minimumSeparation = minimumSeparation
    self.maximumParticipations = maximumParticipations
  }

  /// At most one participation of a client in the whole run.
  package static let single = Participation(minimumSeparation: 1, maximumParticipations: 1)
}

/// A factorisation A = BC of the prefix sums: released is A(x + C⁻¹z) with z white.
///
/// Correlated noise cancels in later prefixes. The run is exactly one Gaussian mechanism whose
/// sensitivity is that of C under the participation schedule.
package enum NoiseStrategy: Codable, Equatable, Sendable {
  /// Binary tree: Kairouz et al. 2021 (https://arxiv.org/abs/2103.00039). With `isCombined` each
  /// node also uses its children (Honaker 2015): less noise, the same privacy.
  case tree(isCombined: Bool)
  /// A banded Toeplitz C with these coefficients, positive and not rising: Choquette-Choo et al.
  /// 2023 (https://arxiv.org/abs/2306.08153).
  case banded([Double])
  case bufferedToeplitz(BufferedToeplitz)

  /// The first `bands` coefficients of 1/√(1−x), the best Toeplitz strategy without bands.
  ///
  /// Fichtenberger, Henzinger and Upadhyay 2023 (https://arxiv.org/abs/2202.11205).
  package static func squareRoot(bands: Int) -> NoiseStrategy {
    var coefficients = [1.0]
    for k in 1..<max(bands, 2) {
      coefficients.append(coefficients[k - 1] * Double(2 * k - 1) / Double(2 * k))
    }
    return .banded(Array(coefficients.prefix(bands)))
  }

  /// The same strategy with columns of norm 1, where all columns are alike.
  ///
  /// One participation then costs what one Gaussian with the same noise multiplier does.
  package var normalized: NoiseStrategy {
    guard case .banded(let coefficients) = self else { return self }
    let norm = coefficients.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return .banded(coefficients.map { $0 / norm })
  }

  /// Largest norm of C applied to one client's unit contributions, over all schedules.
  ///
  /// Exact, but for trees with very many participations or of very many rounds, where it is an upper
  /// bound.
  package func sensitivity(rounds: Int, participation: Participation) -> Double {
    squaredSensitivities(rounds: rounds, participation: participation)[rounds - 1].squareRoot()
  }

  /// The squared sensitivity of the first 1, 2 … `rounds` rounds.
  package func squaredSensitivities(rounds: Int, participation: Participation) -> [Double] {
    precondition(rounds > 0)
    let separation = participation.minimumSeparation
    let most = participation.maximumParticipations
    switch self {
    case .tree where TreeSensitivity.isFeasible(rounds: rounds, participation: participation):
      return TreeSensitivity.squares(rounds: rounds, participation: participation).map(Double.init)
    case .tree:
      // A node of 2^d rounds meets a client at most ⌈2^d/b⌉ times: no level can weigh more than
      // when as many nodes as possible do.
      return (1...rounds).map { round in
        let participations = min(most, (round - 1) / separation + 1)
        var square = 0
        for level in 0..<Self.levels(round) {
          let inNode = min(participations, ((1 << level) + separation - 1) / separation)
          let rest = participations % inNode
          square += participations / inNode * inNode * inNode + rest * rest
        }
        return Double(square)
      }
    case .banded, .bufferedToeplitz:
      // With falling coefficients the worst schedule starts at once and returns as often and as
      // early as allowed: https://arxiv.org/abs/2405.13763, Theorem 2.
      let coefficients = coefficients(count: rounds)
      let sums = Self.columnSums(coefficients, separation: separation, most: most)
      var total = 0.0
      return sums.map { sum in
        total += sum * sum
        return total
      }
    }
  }

  /// The same where noise of its own begins after every `restart` rounds.
  package func squaredSensitivities(
    rounds: Int, participation: Participation, restart: Int
  ) -> [Double] {
    if case .tree = self, restart < rounds,
      TreeSensitivity.isFeasible(rounds: rounds, restart: restart, participation: participation)
    {
      return TreeSensitivity.squares(
        rounds: rounds, restart: restart, participation: participation
      ).map(Double.init)
    }
    // The worst of every stretch, as if nobody had to wait from one to the next.
    let stretch = squaredSensitivities(rounds: min(restart, rounds), participation: participation)
    return (0..<rounds).map { round in
      Double(round / stretch.count) * stretch[stretch.count - 1] + stretch[round % stretch.count]
    }
  }

  /// By distance: the largest scalar product of what C makes of two places of a block, whose clients
  /// take part there in every block.
  ///
  /// The earlier the first of the two places, the more rounds follow: it is the block's first.
  func placeProducts(rounds: Int, blockRounds: Int) -> [Double] {
    let sums = Self.columnSums(
      coefficients(count: rounds), separation: blockRounds,
      most: (rounds + blockRounds - 1) / blockRounds)
    return (0..<blockRounds).map { distance in
      var product = 0.0
      for round in distance..<max(distance, rounds) {
        product += sums[round] * sums[round - distance]
      }
      return product
    }
  }

  /// Participations × rounds beyond which one pass over all pairs takes seconds within a search.
  private static let mostPairs = 1 << 22

  /// By round: the coefficients of all participations so far, added from the latest of them on.
  private static func columnSums(
    _ coefficients: [Double], separation: Int, most: Int
  ) -> [Double] {
    let rounds = coefficients.count
    let participations = min(most, (rounds - 1) / separation + 1)
    if participations > 1,
      participations.multipliedReportingOverflow(by: rounds).partialValue > mostPairs
    {
      return recurrentSums(coefficients, separation: separation, most: most)
    }
    var sums = [Double](repeating: 0, count: rounds)
    sums.withUnsafeMutableBufferPointer { sums in
      coefficients.withUnsafeBufferPointer { coefficients in
        guard let sums = sums.baseAddress, let coefficients = coefficients.baseAddress else {
          return
        }
        // Each sum grows in the same order whichever loop is the inner one; this one is fast.
        for start in stride(from: 0, to: participations * separation, by: separation) {
          let own = sums + start
          for index in 0..<(rounds - start) { own[index] += coefficients[index] }
        }
      }
    }
    return sums
  }

  /// The same sums but for rounding, each from the one a separation earlier.
  private static func recurrentSums(
    _ coefficients: [Double], separation: Int, most: Int
  ) -> [Double] {
    var sums = coefficients
    for round in stride(from: separation, to: sums.count, by: 1) {
      sums[round] += sums[round - separation]
      let first = round - most * separation
      if first >= 0 { sums[round] -= coefficients[first] }
    }
    return sums
  }

  /// One release per round, whose composition is the run so far.
  package func releases(
    rounds: Int, noiseMultiplier: Double, participation: Participation
  ) -> [PrivacyRelease] {
    var before = 0.0
    return squaredSensitivities(rounds: rounds, participation: participation).map { square in
      defer { before = square }
      return .correlatedGaussian(
        noiseMultiplier: noiseMultiplier, sensitivity: max(0, square - before).squareRoot())
    }
  }

  /// Largest standard deviation of a prefix sum's noise, for white noise of deviation 1.
  package func worstPrefixError(rounds: Int) -> Double {
    if case .tree(let isCombined) = self {
      let variances = Self.nodeVariances(levels: Self.levels(rounds), isCombined: isCombined)
      let worst = (1...rounds).map { round in
        variances.indices.reduce(0) { round >> $1 & 1 == 1 ? $0 + variances[$1] : $0 }
      }
      return worst.reduce(0, max).squareRoot()
    }
    if case .bufferedToeplitz(let strategy) = self {
      return strategy.worstPrefixError(rounds: rounds)
    }
    // Row t of A C⁻¹ holds the first t sums of the coefficients of C⁻¹.
    var sum = 0.0
    var square = 0.0
    for coefficient in inverse(count: rounds) {
      sum += coefficient
      square += sum * sum
    }
    return square.squareRoot()
  }

  /// Standard deviation of each round's own noise, for white noise of deviation 1; nil for trees.
  ///
  /// Row t of C⁻¹ holds the first t of its coefficients.
  package func roundErrors(rounds: Int) -> [Double]? {
    if case .tree = self { return nil }
    var square = 0.0
    return inverse(count: rounds).map {
      square += $0 * $0
      return square.squareRoot()
    }
  }

  /// Levels of the smallest tree over `rounds` leaves: ⌈log₂(rounds + 1)⌉.
  static func levels(_ rounds: Int) -> Int { Int.bitWidth - rounds.leadingZeroBitCount }

  /// Variance of a finished node of each level.
  static func nodeVariances(levels: Int, isCombined: Bool) -> [Double] {
    (0..<levels).map { isCombined ? 1 / (2 - pow(0.5, Double($0))) : 1 }
  }

  private func coefficients(count: Int) -> [Double] {
    switch self {
    case .tree: []
    case .banded(let bands):
      Array(bands.prefix(count)) + [Double](repeating: 0, count: max(0, count - bands.count))
    case .bufferedToeplitz(let strategy): strategy.coefficients(count: count)
    }
  }

  private func inverse(count: Int) -> [Double] {
    switch self {
    case .tree: return []
    case .bufferedToeplitz(let strategy): return strategy.inverse(count: count)
    case .banded(let bands):
      var result: [Double] = []
      for round in 0..<count {
        var value = round == 0 ? 1.0 : 0.0
        for j in 1..<max(min(bands.count, round + 1), 1) { value -= bands[j] * result[round - j] }
        result.append(value / bands[0])
      }
      return result
    }
  }
}
