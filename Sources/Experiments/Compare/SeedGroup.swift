import RunResults
import Statistics

/// Runs that differ in their seed alone.
struct SeedGroup {
  var runs: [ComparedRun]

  /// A metric at the end, and at its best round.
  func estimate(
    _ metric: MetricName, _ moment: (ComparedRun) throws -> (round: Int, value: Double)?
  ) throws -> Estimate? {
    let found = try runs.compactMap { run in try moment(run).map { (run, $0) } }
    guard let (run, first) = found.first, found.count == runs.count else { return nil }
    guard runs.count == 1 else {
      return Interval(of: found.map(\.1.value)).map { Estimate($0, .seeds) }
    }
    return Estimate(
      value: first.value,
      margin: try run.clientValues(metric, round: first.round)?.interval?.margin, method: .clients)
  }

  /// How much more this group's metric is at the end; nil when the two cannot be compared.
  ///
  /// Paired by seed when two or more are common, by client when one is, and unpaired otherwise.
  func difference(_ metric: MetricName, minus reference: SeedGroup) throws -> Estimate? {
    let pairs = runs.compactMap { run in
      reference.runs.first { $0.seed == run.seed }.map { (run, $0) }
    }
    let values = try pairs.compactMap { own, other -> Double? in
      guard let left = try own.final(metric), let right = try other.final(metric) else {
        return nil
      }
      return left.value - right.value
    }
    if values.count >= 2 { return Interval(of: values).map { Estimate($0, .seeds) } }
    if let (own, other) = pairs.first, own.evaluated == other.evaluated,
      let left = try own.final(metric), let right = try other.final(metric),
      let mine = try own.clientValues(metric, round: left.round),
      let theirs = try other.clientValues(metric, round: right.round),
      mine.clients == theirs.clients
    {
      return Estimate(
        value: left.value - right.value, margin: mine.difference(minus: theirs)?.margin,
        method: .clients)
    }
    let own = try runs.compactMap { try $0.final(metric)?.value }
    let other = try reference.runs.compactMap { try $0.final(metric)?.value }
    guard own.count >= 2, other.count >= 2 else { return nil }
    return Estimate(Interval(difference: own, minus: other), .unpairedSeeds)
  }

  func mean(_ value: (ComparedRun) -> Double) -> Double {
    runs.map(value).reduce(0, +) / Double(runs.count)
  }
}
