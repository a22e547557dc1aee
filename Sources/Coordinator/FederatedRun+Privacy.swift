import Federation
import Privacy

extension FederatedRun {
  /// The mean update that leaves the server's stages; nil where the model stays as it was.
  ///
  /// - Parameter aggregate: nil when secure aggregation abandoned the round, which noise of the server
  ///   is paid for all the same.
  mutating func release(
    _ aggregate: RoundSum?, of record: inout RoundRecord, cohort: [Int]
  ) throws -> [Double]? {
    guard aggregate != nil || plan.privacy != nil else { return nil }
    let reporting = aggregate.map { _ in
      plan.configuration.encodesUpdates ? record.cohortSize - record.dropped : record.reported
    }
    let norms = aggregate.map { _ in
      PrivacyState.NormCount(
        unclipped: record.reported - (record.clipped ?? 0), reported: record.reported)
    }
    var sum = aggregate ?? .lost(length: plan.layouts.report.count)
    record.release = try state.release(&sum, norms: norms, reporting: reporting, plan)
    guard let privacy = plan.privacy, let release = record.release else { return sum.mean }
    // Noise that is correlated goes on in a lost round, and whoever undoes it has to know it.
    if aggregate != nil || privacy.schedule.strategy != nil {
      lookForCanaries(
        in: sum.mean ?? [], of: aggregate == nil ? [] : cohort, bound: release.clippingBound,
        reporting: reporting ?? 0, privacy)
    }
    record.audit = findings
    return aggregate == nil ? nil : sum.mean
  }

  /// What the canaries have shown so far; nil without an audit, or before any took part.
  package var findings: CanaryFindings? {
    plan.privacy.flatMap { state.findings(configuration, $0) }
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
