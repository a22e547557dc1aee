import RunResults
import Statistics

/// How much more accurate the model of one group of runs is than that of another.
///
/// The rule is that of `fedsim compare`: paired by seed where two or more are common, by client where
/// one is, and unpaired otherwise.
struct GroupDifference {
  private let group: RunGroup
  private let reference: RunGroup
  private let metric: MetricName

  init(_ group: RunGroup, minus reference: RunGroup, split: String) {
    self.group = group
    self.reference = reference
    metric = MetricName(split: split, predictor: "federated", column: "accuracy_top1")
  }

  /// In the last evaluation; nil where the two cannot be compared.
  func final() throws -> Interval? {
    try difference({ $0.metrics[metric.text] }) { own, other in
      guard let mine = try own.clients()?.last(metric),
        let theirs = try other.clients()?.last(metric)
      else { return nil }
      return Self.paired(mine, theirs)
    }
  }

  /// After each round that every run of both evaluated.
  func course() throws -> [(round: Double, interval: Interval)] {
    func courses(_ runs: [Run]) throws -> [[Double: Double]] {
      try runs.map { run in
        let values = try run.evaluation()?.course(of: metric) ?? []
        return Dictionary(values.map { (Double($0.round), $0.value) }) { _, last in last }
      }
    }
    let (own, other) = (try courses(group.runs), try courses(reference.runs))
    let rounds = (own + other).map { Set($0.keys) }.reduce(nil as Set<Double>?) {
      $0?.intersection($1) ?? $1
    }
    let places = (group.runs + reference.runs).map(\.path)
    let values = Dictionary(zip(places, own + other)) { first, _ in first }
    return try (rounds ?? []).sorted().compactMap { round in
      try difference({ values[$0.path]?[round] }) { own, other in
        guard let mine = try own.clients()?.values(metric, round: Int(round)),
          let theirs = try other.clients()?.values(metric, round: Int(round))
        else { return nil }
        return Self.paired(mine, theirs)
      }
      .map { (round, $0) }
    }
  }

  /// Over the same clients with the same test data; nil for others.
  private static func paired(_ mine: ClientValues, _ theirs: ClientValues) -> Interval? {
    guard mine.clients == theirs.clients, mine.weights == theirs.weights else { return nil }
    return mine.difference(minus: theirs)
  }

  private func difference(
    _ value: (Run) -> Double?, ofClients: (Run, Run) throws -> Interval?
  ) throws -> Interval? {
    let pairs = group.runs.compactMap { run in
      reference.runs.first { $0.seed == run.seed }.map { (run, $0) }
    }
    let differences = pairs.compactMap { own, other -> Double? in
      guard let left = value(own), let right = value(other) else { return nil }
      return left - right
    }
    if differences.count >= 2 { return Interval(of: differences) }
    if let (own, other) = pairs.first, let difference = differences.first,
      let interval = try ofClients(own, other)
    {
      return Interval(mean: difference, margin: interval.margin)
    }
    let own = group.runs.compactMap(value)
    let other = reference.runs.compactMap(value)
    guard own.count >= 2, other.count >= 2 else { return nil }
    return Interval(difference: own, minus: other)
  }
}

extension RunSet {
  /// The group of the first run, with which the others are compared.
  func referenceIndex(of groups: [RunGroup]) -> Int {
    groups.firstIndex { group in group.runs.contains { $0.path == runs[0].path } } ?? 0
  }
}
