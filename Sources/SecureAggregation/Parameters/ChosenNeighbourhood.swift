import Foundation

/// (k, t) for participants that choose k neighbours each, uniformly, and seal shares for them.
///
/// Bell et al. 2020, section 4: what an honest participant chooses, the server cannot. It sees all
/// choices before it decides who drops out, so the bounds below are unions over every set of
/// survivors it could choose; it has one try, since no message of its own enters a choice.
///
/// Secrets: more than c of the k holders are corrupt with probability below 2^−(σ+1) ÷ n, and t > c.
///
/// Sums: at least g honest participants signed the survivors, and each checked that it has masked
/// against all its chosen neighbours among them and that t − 1 or more of these are. If the sum of
/// only a part of them could be opened, the signers would split into a and b ≥ g − a ≥ a without a
/// choice from one side to the other. For every a this is unlikely over all splits; for small a
/// because a signer's w = t − 1 − c honest neighbours among the survivors are on its own side, and no
/// signer of the other side chose any of these.
///
/// That is so where everybody sees who chose it. Of a signer whose vector is left out the server may
/// hide that, so a few can be left out: `mostLeftOut`.
struct ChosenNeighbourhood {
  private let size: Int
  private let honest: Int
  private let corrupt: Int
  private let survivors: Int
  /// g.
  private let signers: Int
  private let securityBits: Double
  private let correctnessBits: Double
  /// Over the n − 1 others, from whom a participant chooses.
  private let others: HypergeometricTail
  private let everybody: HypergeometricTail

  init(_ requirements: AggregationRequirements, corrupt: Int, survivors: Int, signers: Int) {
    size = requirements.cohortSize
    self.corrupt = corrupt
    self.survivors = survivors
    honest = size - corrupt
    self.signers = signers - corrupt
    securityBits = requirements.securityBits
    correctnessBits = requirements.correctnessBits
    others = HypergeometricTail(population: size - 1)
    everybody = HypergeometricTail(population: size)
  }

  /// The smallest even k that will do, with the largest t that dropouts leave.
  func smallest() -> Neighbourhood? {
    for neighbours in stride(from: 4, to: size - 1, by: 2) {
      let mostCorrupt = others.upperQuantile(
        marked: corrupt, sampled: neighbours,
        probability: exp2(-(securityBits + 1)) / Double(size))
      let threshold = others.lowerQuantile(
        marked: survivors - 1, sampled: neighbours,
        probability: exp2(-correctnessBits) / Double(size))
      let surelyHonest = threshold - 1 - mostCorrupt
      if surelyHonest >= 1, staysWhole(neighbours, surelyHonest) {
        return Neighbourhood(neighbours: neighbours, threshold: threshold)
      }
    }
    return nil
  }

  /// The most honest signers whose vectors the sum that is opened may lack.
  ///
  /// Let a of the g signers be left out. The others have chosen none of them, since they refuse
  /// survivors among whom somebody they chose is hidden; and more than w of them are left, the honest
  /// holders of any one. So b = g − a honest participants chose none of a others, for some choice of
  /// both sets: beyond this a that is less likely than 2^−(σ+2) over all of them.
  func mostLeftOut(_ neighbourhood: Neighbourhood) -> Int {
    let neighbours = neighbourhood.neighbours
    let mostCorrupt = others.upperQuantile(
      marked: corrupt, sampled: neighbours,
      probability: exp2(-(securityBits + 1)) / Double(size))
    let surelyHonest = neighbourhood.threshold - 1 - mostCorrupt
    let budget = exp2(-(securityBits + 2))
    var likelihood = 0.0
    for part in stride(from: signers - surelyHonest - 1, to: 0, by: -1) {
      let rest = signers - part
      let logLikelihood =
        everybody.choose(honest, part) + everybody.choose(honest - part, rest)
        + Double(rest) * avoidance(of: part, neighbours)
      likelihood += exp(min(logLikelihood, 50))
      if likelihood > budget { return part }
    }
    return 0
  }

  /// Whether all splits together are less likely than 2^−(σ+1).
  private func staysWhole(_ neighbours: Int, _ surelyHonest: Int) -> Bool {
    let budget = exp2(-(securityBits + 2))
    var likelihood = 0.0
    // From the largest a down, until the parts are so small that the other bound has to hold.
    var smallPart = 0
    for part in stride(from: signers / 2, to: 0, by: -1) {
      let rest = signers - part
      let logLikelihood =
        everybody.choose(honest, part) + everybody.choose(honest - part, rest)
        + Double(part) * avoidance(of: rest, neighbours)
        + Double(rest) * avoidance(of: part, neighbours)
      likelihood += exp(min(logLikelihood, 50))
      if likelihood > budget {
        smallPart = part
        break
      }
    }
    guard smallPart > 0 else { return true }
    let rest = signers - smallPart
    let logLikelihood =
      log(Double(honest)) + everybody.choose(neighbours, surelyHonest)
      + everybody.choose(honest - 1 - surelyHonest, rest)
      + Double(rest) * avoidance(of: surelyHonest + 1, neighbours)
    return logLikelihood <= log(budget)
  }

  /// ln of the chance that a participant chooses none of so many others.
  private func avoidance(of count: Int, _ neighbours: Int) -> Double {
    others.choose(size - 1 - count, neighbours) - others.choose(size - 1, neighbours)
  }
}
