import Glibc

/// Where in the releases the canaries of a run have shown so far; a part of its checkpoint.
///
/// Every canary that takes part has a twin that never does. Both are looked for in the same
/// releases, so whatever else these hold, the twins' scores show what chance alone gives.
package struct CanaryTally: Codable, Equatable, Sendable {
  /// By canary: Σ over the releases looked at of √dimension × cosine.
  private var observed: [Double]
  /// The same of its twin.
  private var unobserved: [Double]
  /// Releases looked at.
  private var looks: [Int]

  package init(canaries: Int) {
    precondition(canaries > 0)
    observed = [Double](repeating: 0, count: canaries)
    unobserved = observed
    looks = [Int](repeating: 0, count: canaries)
  }

  package var canaries: Int { observed.count }

  /// Canaries that were looked for at all.
  package var seen: Int { looks.count { $0 > 0 } }

  /// Looks for canaries in the released sum (or mean) of a round.
  ///
  /// - Parameters:
  ///   - release: what the server learnt; its length does not matter.
  ///   - indices: the canaries to look for. An attacker who knows the cohort looks for its
  ///     members; one who does not, and against whom sampling protects, for all in every round.
  ///   - seed: that of the run; canaries follow from it.
  package mutating func look(
    for indices: some Collection<Int>, in release: [Double], seed: UInt64
  ) {
    let length = release.reduce(0) { $0 + $1 * $1 }.squareRoot()
    guard length > 0, length.isFinite else { return }
    var canary = [Float](repeating: 0, count: release.count)
    let scale = Double(release.count).squareRoot() / length
    for index in indices {
      observed[index] +=
        scale
        * Canary.projection(
          of: release, on: index, twin: false, seed: seed, buffer: &canary)
      unobserved[index] +=
        scale
        * Canary.projection(
          of: release, on: index, twin: true, seed: seed, buffer: &canary)
      looks[index] += 1
    }
  }

  /// What the scores so far amount to; nil before any canary was looked for.
  package func estimate(delta: Double) -> CanaryEstimate? {
    let used = looks.indices.filter { looks[$0] > 0 }
    guard used.count > 1 else { return nil }
    let count = Double(used.count)
    let scores = used.map { observed[$0] / Double(looks[$0]).squareRoot() }
    let mean = scores.reduce(0, +) / count
    guard used.contains(where: { looks[$0] > 1 }) else {
      // Of one release each: the twins' scores are standard normal (a random direction).
      return CanaryEstimate(shift: mean, standardError: 1 / count.squareRoot(), delta: delta)
    }
    // Releases resemble each other, so their scores do not add up like independent ones: what
    // chance gives is measured, and its error counts.
    let chance = used.reduce(0) {
      $0 + unobserved[$1] * unobserved[$1] / Double(looks[$1])
    }
    let spread = max((chance / count).squareRoot(), .leastNormalMagnitude)
    let shift = mean / spread
    let variance =
      scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count * spread * spread)
    let error = ((variance + 0.5 * shift * shift) / count).squareRoot()
    return CanaryEstimate(shift: shift, standardError: error, delta: delta)
  }
}
