import SecureAggregation

extension Configuration {
  /// Largest vector that fits a message between processes, 8 bytes a residue.
  private static let longestVector = 1 << 26

  /// Refuses what no session could be agreed on for, with the module's own reason.
  func validateSecureAggregation() throws(SettingError) {
    try validateEncoding()
    guard let scheme = secureAggregation.protocol.scheme else { return }
    try validateFractions()
    do {
      _ = try requirements(cohortSize: smallestGroup).neighbourhood(for: scheme)
    } catch {
      throw SettingError(
        keyPath: "secure_aggregation.protocol", problem: "is not possible: \(error)")
    }
  }

  /// Who may be missing or in league with the server; noise of the clients counts on it as well.
  func validateFractions() throws(SettingError) {
    let group = "secure_aggregation"
    try require(
      secureAggregation.minimumSurvivors.value
        .map { (2...max(2, smallestGroup)).contains($0) } ?? true,
      "\(group).minimum_survivors",
      "must be at least 2, or the sum is one client's own update, and at most \(smallestGroup), the clients of a session"
    )
  }

  private func validateEncoding() throws(SettingError) {
    let encoding = secureAggregation.encoding
    let group = "secure_aggregation.encoding"
    guard encodesUpdates else { return }
    let parameters = reportLength
    let length = encoding.rotation ? HadamardRotation.paddedLength(parameters) : parameters
    try require(
      length <= Self.longestVector - 64, "\(group).rotation",
      "pads the model to \(length) coordinates, more than fit a message")
    guard distributedNoise == nil else { return }
    let ranges: FixedPointEncoding
    do {
      ranges = try Quantized.ranges(
        self, cohortSize: selectedClients, length: parameters,
        bound: RoundParameters(self).clippingBound)
      if repeatedSums != nil {
        _ = try WeiszfeldStep.ranges(
          length: parameters, cohortSize: training.cohortSize, modulus: ranges.modulus)
      }
    } catch {
      throw SettingError(keyPath: group, problem: "is not possible: \(error)")
    }
    guard privacy.mechanism != .none, let bound = privacy.initialClippingBound else { return }
    let rounding = Quantized.normGrowth(ranges, bound: bound)
    try require(
      rounding < 0.5 * bound, group,
      "has too few bits: rounding may add \(rounding) to the norm of an update that the clipping "
        + "bound holds to \(bound); use a 64-bit modulus or smaller cohorts")
  }
}
