import Glibc
import Privacy
import SecureAggregation

/// Noise that clients add to their own updates.
extension Configuration {
  /// The integer noise of which every client adds a share; nil where others add the noise.
  package var distributedNoise: DistributedMechanism.Noise? {
    DistributedMechanism.Noise(rawValue: privacy.mechanism.rawValue)
  }

  /// Whether the server adds no noise because the clients have.
  package var addsNoiseAtClients: Bool {
    distributedNoise != nil || privacy.mechanism == .localGaussian
  }

  /// Clients of a cohort in league with the server, who know their own noise.
  var corruptClients: Int {
    Int(secureAggregation.corruptFraction * Double(training.cohortSize))
  }

  /// Survivors whose noise does not count: those who know their own, and those whose vectors an active
  /// server might leave out of the sum.
  var uncountedClients: Int {
    guard let scheme = secureAggregation.protocol.scheme,
      let leftOut = try? requirements(cohortSize: training.cohortSize).mostLeftOut(for: scheme)
    else { return corruptClients }
    return corruptClients + leftOut
  }

  /// Fewest clients whose sum is opened: below it, distributed noise would be too little.
  package var fewestReporting: Int { fewestReporting(of: training.cohortSize) }

  /// The same for a cohort whose size may be a matter of chance.
  ///
  /// Where it is not, the cohort that was configured counts and not the one that a server claims:
  /// a client refuses a session of fewer.
  package func fewestReporting(of cohort: Int) -> Int {
    let isFixed = [.fixedSize, .minSeparation].contains(training.sampling)
    let size = isFixed ? smallestGroup : cohort
    let remaining = size - Int(secureAggregation.dropoutFraction * Double(size))
    let minimum = secureAggregation.minimumSurvivors.value
    guard distributedNoise != nil else { return minimum ?? max(2, remaining) }
    return max(remaining, minimum ?? 2)
  }

  /// How the shares of noise add up; nil where clients add none.
  func distributedRange(parameterCount: Int) throws(PrivacyError) -> DistributedRange? {
    guard let noise = distributedNoise else { return nil }
    let encoding = secureAggregation.encoding
    let honest = fewestReporting - uncountedClients
    guard honest >= 1 else {
      throw .infeasible(
        "of \(training.cohortSize) clients, only \(fewestReporting) may remain after dropout, and "
          + "\(uncountedClients) may collude with the server or be left out by it, so no honest client's noise "
          + "would remain")
    }
    return try DistributedRange(
      noise, clippingBound: privacy.initialClippingBound ?? 1, cohortSize: training.cohortSize,
      smallestCohort: honest, dimension: HadamardRotation.paddedLength(parameterCount),
      bits: encoding.bits.value ?? encoding.modulusBits - EncodingConfiguration.spareBits,
      grid: encoding.fractionBits.value.map { scalbn(1, -$0) })
  }

  /// The mechanism of a run whose noise is settled; nil where clients add none.
  package func distributedMechanism(parameterCount: Int) throws(PrivacyError)
    -> DistributedMechanism?
  {
    // Sizes and messages do not depend on the noise, so they can be asked for before it is known.
    try distributedRange(parameterCount: parameterCount)?
      .mechanism(noiseMultiplier: privacy.noiseMultiplier.value ?? 1)
  }

  /// The experiment as its clients are told it: with the noise that each of them adds.
  package func settled(by plan: PrivacyPlan?) -> Configuration {
    guard let plan, addsNoiseAtClients else { return self }
    var configuration = self
    configuration.privacy.noiseMultiplier = Setting(plan.noiseMultiplier)
    return configuration
  }

  /// Refuses noise of clients that could not be accounted for or would not arrive.
  func validateClientNoise() throws(SettingError) {
    let name = privacy.mechanism.rawValue
    try require(
      privacy.clipping == .fixed, "privacy.clipping",
      "must be fixed with privacy.mechanism: \(name): clients make noise for one bound")
    try require(
      privacy.noiseMultiplier.value != 0, "privacy.noise_multiplier",
      "must be above 0 with privacy.mechanism: \(name); choose gaussian for a run without noise")
    try require(
      privacy.targetEpsilon.value?.isFinite ?? true, "privacy.target_epsilon",
      "must be finite with privacy.mechanism: \(name)")
    if privacy.mechanism == .localGaussian {
      try require(
        !encodesUpdates, "secure_aggregation.protocol",
        "must be none and encoding.clip be left out with privacy.mechanism: \(name): each update "
          + "is private by itself, and its noise would not fit the encoding")
      return
    }
    try require(
      [.fixedSize, .minSeparation].contains(training.sampling), "training.sampling",
      "must be fixed_size or min_separation with privacy.mechanism: \(name): how much noise each "
        + "client adds depends on how many there are")
    try require(
      training.cohortSize >= 2, "training.cohort_size",
      "must be at least 2 with privacy.mechanism: \(name): noise is shared")
    try validateFractions()
    let encoding = secureAggregation.encoding
    if let bits = encoding.bits.value {
      let most = encoding.modulusBits - EncodingConfiguration.spareBits
      try require(
        (2...max(2, most)).contains(bits), "secure_aggregation.encoding.bits",
        "must lie in 2…\(most) with modulus_bits: \(encoding.modulusBits), so that what wraps can "
          + "be counted")
    }
    do {
      _ = try distributedRange(parameterCount: reportLength)
    } catch {
      let key = encoding.fractionBits.value == nil ? "bits" : "fraction_bits"
      throw SettingError(
        keyPath: "secure_aggregation.encoding.\(key)", problem: "is not possible: \(error)")
    }
  }
}
