import Federation
import SecureAggregation

extension FederatedRun {
  /// A rule that is several sums of the same clients (RFA): first their mean, then so many times the server
  /// sends a point, every client weighs its own update by it, and the sum says where the next point is.
  ///
  /// Who is missing in the first sum is not asked again; who is missing in a later one is missing there alone.
  /// Every sum is of the cohort of the round, for which ranges, neighbours and the fewest survivors are made. If
  /// any of them is abandoned the round is: else a client that spoils a later sum would have the mean
  /// of the first, which one hostile client moves as far as it likes.
  func repeated(
    _ scheme: AggregationScheme, _ told: RoundParameters, _ cohort: [Int],
    _ record: inout RoundRecord, _ kept: inout [Int: [Float]]
  ) throws -> RoundSum {
    let start = try masked(scheme, told, cohort, &record, &kept)
    let first = start.sum
    let steps = plan.configuration.repeatedSums?.steps ?? 0
    guard var point = first.realMean, steps > 0 else {
      record.count(first.numbers)
      return first
    }
    let pointBytes = MemoryLayout<Float>.size * plan.layouts.report.count
    for step in 1...steps {
      var told = plan.parameters(
        round: record.round, cohort: cohort, state.privacy, part: step)
      told.session?.step = step
      told.session?.point = point.map { Float($0) }
      // Phones have the model already.
      var own = RoundRecord(
        round: record.round, cohortSize: cohort.count,
        bytesToClients: (cohort.count - start.missing.count) * pointBytes)
      // What clients keep went with the first sum.
      var none: [Int: [Float]] = [:]
      defer { record.add(session: own) }
      do {
        let sum = try masked(
          scheme, told, cohort, part: step, after: start, &own, &none
        ).sum
        if case .real(let next) = sum.values { point = next }
      } catch let error as SecureAggregationError {
        pool.log(
          "Round \(record.round): sum \(step + 1) of \(steps + 1) is missing, and the round with it: "
            + "\(error).")
        throw error
      }
    }
    record.count(first.numbers)
    return RoundSum(.real(point), weight: 1, count: first.count)
  }
}
