import Federation
import Privacy

extension FederatedRun {
  /// The experiment with the clipping bound of the coming round.
  var roundConfiguration: Configuration {
    guard let privacy = state.privacy else { return configuration }
    var configuration = configuration
    configuration.privacy.clippingBound = Setting(privacy.clippingBound)
    configuration.privacy.noiseMultiplier = Setting(privacy.noiseMultiplier)
    return configuration
  }

  /// The mean update that leaves the mechanism: the clients' sum with its noise, over the public
  /// cohort size.
  ///
  /// - Parameters:
  ///   - sum: in steps of 2^-30; nil when secure aggregation abandoned the round, which noise of
  ///     the server is paid for all the same, and leaves no update.
  ///   - reporting: clients in the sum.
  mutating func release(
    _ sum: [Int64]?, of record: inout RoundRecord, _ plan: PrivacyPlan, reporting: Int?,
    cohort: [Int]
  ) throws -> [Double]? {
    let norms = sum.map { _ in
      PrivacyState.NormCount(
        unclipped: record.reported - (record.clipped ?? 0), reported: record.reported)
    }
    let zero = [Int64](repeating: 0, count: sum == nil ? state.parameters.count : 0)
    let (mean, release) = try state.release(
      sum ?? zero, norms: norms, reporting: reporting, configuration, plan)
    record.release = release
    // Noise that is correlated goes on in a lost round, and whoever undoes it has to know it.
    if sum != nil || plan.schedule.strategy != nil {
      lookForCanaries(
        in: mean, of: sum == nil ? [] : cohort, bound: release.clippingBound,
        reporting: reporting ?? 0, plan)
    }
    record.audit = findings
    return sum == nil ? nil : mean
  }

  /// What the canaries have shown so far; nil without an audit, or before any took part.
  package var findings: CanaryFindings? {
    privacy.flatMap { state.findings(configuration, $0) }
  }

  private mutating func lookForCanaries(
    in release: [Double], of cohort: [Int], bound: Double, reporting: Int, _ plan: PrivacyPlan
  ) {
    let canaries = configuration.privacy.audit.canaries
    guard canaries > 0 else { return }
    let vectors =
      canaryVectors
      ?? CanaryVectors(canaries: canaries, dimension: release.count, seed: configuration.seed)
    canaryVectors = vectors
    let present = cohort.filter { client in
      let point = configuration.vanishingPoint(of: client, round: state.round + 1)
      return point.map { $0 > .beforeUpload } ?? true
    }
    state.look(
      for: present.compactMap { configuration.canary($0, clients: registered) }, in: release,
      bound: bound, reporting: reporting, configuration, plan, using: vectors)
  }
}
