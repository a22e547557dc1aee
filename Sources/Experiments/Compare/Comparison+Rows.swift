import RunResults

extension Comparison.Row {
  init(
    _ group: SeedGroup, _ reference: SeedGroup?, keyPaths: [String], metrics: [MetricName]
  ) throws {
    let identity = group.identity(keyPaths: keyPaths)
    settings = identity.settings
    label = ""
    verdict = try RunResults.Verdict(group.measured)
    runs = identity.runs
    seeds = group.runs.map(\.seed)
    self.metrics = try metrics.compactMap {
      try Comparison.Metric($0, of: group, against: reference)
    }
    epsilon = group.mean(\.epsilon)
    delta = group.mean(\.delta)
    launchEpsilon = group.runs.first?.launchEpsilon
    launchDelta = group.runs.first?.launchDelta
    bytesToClients = group.mean(\.bytesToClients)
    bytesFromClients = group.mean(\.bytesFromClients)
    seconds = group.mean(\.seconds)
  }
}

extension Comparison.Row {
  /// Of the launch, where there is one; nil where nothing is claimed.
  package var shownEpsilon: Double? {
    let epsilon = launchEpsilon ?? epsilon
    return epsilon.isFinite ? epsilon : nil
  }
}

extension Comparison {
  /// What rows are compared by where nothing else is asked for: the top-1 accuracy of what clients predict
  /// with.
  static func mainMetric(of group: SeedGroup) throws -> MetricName? {
    for split in RunResults.Verdict.splits {
      guard let predictor = try group.measured.mainPredictor(split) else { continue }
      return MetricName(split: split, predictor: predictor, column: "accuracy_top1")
    }
    return nil
  }
}

extension Comparison.Metric {
  /// The metric that rows are compared by; nil where this row has none.
  init?(main given: MetricName?, of group: SeedGroup, against reference: SeedGroup?) throws {
    guard let metric = try given ?? Comparison.mainMetric(of: group) else { return nil }
    let other = try reference.flatMap { try given ?? Comparison.mainMetric(of: $0) }
    try self.init(metric, of: group, against: reference, itsMetric: other)
  }

  init?(
    _ metric: MetricName, of group: SeedGroup, against reference: SeedGroup?,
    itsMetric other: MetricName? = nil
  ) throws {
    let measured = group.measured
    guard let final = try measured.final(metric), let best = try measured.best(metric) else {
      return nil
    }
    name = metric.text
    isBetterLower = metric.isBetterLower
    isShare = metric.isShare
    self.final = final
    self.best = best
    difference = try reference.flatMap {
      try measured.difference(metric, minus: $0.measured, itsMetric: other)
    }
    if reference == nil {
      verdict = .reference
    } else if let difference {
      verdict = difference.includesZero ? .none : difference.value > 0 ? .higher : .lower
    } else {
      verdict = .incomparable
    }
  }
}
