/// Runs that differ in their seed alone.
struct RunGroup {
  var runs: [ComparedRun]

  /// A metric at the end, and at its best round.
  func estimate(
    _ metric: MetricName, _ moment: (ComparedRun) -> (round: Int, value: Double)?
  ) -> Estimate? {
    let found = runs.compactMap { run in moment(run).map { (run, $0) } }
    guard let (run, first) = found.first, found.count == runs.count else { return nil }
    guard runs.count == 1 else { return .mean(found.map(\.1.value)) }
    return run.clientValues(metric, round: first.round)?.estimate()
      ?? Estimate(value: first.value, method: .none)
  }

  /// How much more this group's metric is at the end; nil when the two cannot be compared.
  ///
  /// Paired by seed when two or more are common, by client when one is, and unpaired otherwise.
  func difference(_ metric: MetricName, minus reference: RunGroup) -> Estimate? {
    let pairs = runs.compactMap { run in
      reference.runs.first { $0.seed == run.seed }.map { (run, $0) }
    }
    let values = pairs.compactMap { own, other -> Double? in
      guard let left = own.final(metric), let right = other.final(metric) else { return nil }
      return left.value - right.value
    }
    if values.count >= 2 { return .mean(values) }
    if let (own, other) = pairs.first, own.evaluated == other.evaluated,
      let left = own.final(metric), let right = other.final(metric),
      let mine = own.clientValues(metric, round: left.round),
      let theirs = other.clientValues(metric, round: right.round), mine.clients == theirs.clients
    {
      return mine.difference(minus: theirs)
    }
    let own = runs.compactMap { $0.final(metric)?.value }
    let other = reference.runs.compactMap { $0.final(metric)?.value }
    guard own.count >= 2, other.count >= 2 else { return nil }
    return .difference(own, minus: other)
  }

  func mean(_ value: (ComparedRun) -> Double) -> Double {
    runs.map(value).reduce(0, +) / Double(runs.count)
  }
}
