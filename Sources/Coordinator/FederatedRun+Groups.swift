import Federation
import SecureAggregation

extension FederatedRun {
  /// Random groups of the cohort, each behind secure aggregation by itself: the rule of aggregation takes
  /// their means for single updates.
  ///
  /// A group whose session is abandoned is missing; without any the round is abandoned.
  mutating func groups(
    _ scheme: AggregationScheme, _ cohort: [Int], _ record: inout RoundRecord,
    _ kept: inout [Int: [Float]]
  ) throws -> RoundSum {
    record.aggregation = AggregationRecord()
    record.timing.stages = [StageTiming](
      repeating: StageTiming(), count: AggregationStage.allCases.count)
    record.bytesToClients = 0
    var means: [[Float]] = []
    var numbers = CohortNumbers()
    var abandonment: SecureAggregationError?
    let groups = plan.configuration.buckets(of: cohort.count, round: record.round)
    for (index, group) in groups.enumerated() {
      let members = group.map { cohort[$0] }
      let told = plan.parameters(
        round: record.round, cohort: members, state.privacy, part: index)
      var own = RoundRecord(
        round: record.round, cohortSize: members.count,
        bytesToClients: members.count * MemoryLayout<Float>.size * plan.layouts.broadcast.count)
      var ownKept: [Int: [Float]] = [:]
      do {
        let sum = try masked(scheme, told, members, part: index, &own, &ownKept).sum
        if let mean = sum.plainMean { means.append(mean) }
        if let told = sum.numbers { numbers += told }
        kept.merge(ownKept) { $1 }
      } catch let error as SecureAggregationError {
        pool.log(
          "Round \(record.round): group \(index + 1) of \(groups.count) is missing: \(error).")
        abandonment = error
      }
      record.add(group: own)
    }
    if means.isEmpty, let abandonment { throw abandonment }
    record.count(numbers)
    return state.aggregate(means, of: Int(numbers.reported), plan).sum
  }
}

extension RoundSum {
  /// The mean of a group, in single precision; nil where nobody reported.
  fileprivate var plainMean: [Float]? { realMean?.map { Float($0) } }

  /// The mean in double precision; nil where nobody reported.
  var realMean: [Double]? {
    guard weight > 0, case .real(let sums) = values else { return nil }
    return sums.map { $0 / Double(weight) }
  }
}

extension RoundRecord {
  /// Adds what the session of a group took.
  fileprivate mutating func add(group own: RoundRecord) {
    dropped += own.dropped
    noiseOnly += own.noiseOnly
    cut += own.cut
    if let taken = own.aggregation { aggregation?.survivors += taken.survivors }
    add(session: own)
  }

  /// Adds what another session of the round took, of whichever clients.
  mutating func add(session own: RoundRecord) {
    bytesToClients += own.bytesToClients
    bytesFromClients += own.bytesFromClients
    if let taken = own.aggregation { aggregation?.add(session: taken) }
    timing.train += own.timing.train
    timing.aggregate += own.timing.aggregate
    for (stage, taken) in own.timing.stages.enumerated() {
      timing.stages[stage].clients += taken.clients
      timing.stages[stage].server += taken.server
    }
  }
}
