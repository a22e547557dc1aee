import Federation

extension FederatedRun {
  /// The experiment with the clipping bound of the coming round.
  var roundConfiguration: Configuration {
    guard let bound = state.privacy?.clippingBound else { return configuration }
    var configuration = configuration
    configuration.privacy.clippingBound = Setting(bound)
    return configuration
  }

  /// The mean update that leaves the mechanism: the clients' sum with its noise, over the public
  /// cohort size.
  ///
  /// - Parameter sum: in steps of 2^-30; nil when secure aggregation abandoned the round, which
  ///   is paid for all the same and leaves no update.
  mutating func release(
    _ sum: [Int64]?, of record: inout RoundRecord, _ plan: PrivacyPlan
  ) throws -> [Double]? {
    let norms = sum.map { _ in
      PrivacyState.NormCount(
        unclipped: record.reported - record.clipped, reported: record.reported)
    }
    let zero = [Int64](repeating: 0, count: sum == nil ? state.parameters.count : 0)
    let (mean, release) = try state.release(sum ?? zero, norms: norms, configuration, plan)
    record.release = release
    return sum == nil ? nil : mean
  }
}
