import Statistics

/// Runs that differ in their seed alone, and how they are compared: one rule for each question.
package struct MeasuredGroup: Sendable {
  package var runs: [MeasuredRun]

  package init(_ runs: [MeasuredRun]) { self.runs = runs }

  /// What clients of a split predict with; nil where nothing was evaluated.
  package func mainPredictor(_ split: String) throws -> String? {
    try runs.first?.mainPredictor(split)
  }

  /// Whether all seeds were judged on the same clients, so that intervals over seeds say nothing about
  /// others.
  package func hasFixedClients(_ split: String) throws -> Bool {
    guard runs.count > 1, try runs[0].testSet(split) != nil else { return false }
    return try runs[0].hasTestSet(of: runs[1], split: split)
  }

  /// Whether all of several seeds took their clients from one log.
  var isOfOneLog: Bool { runs.count > 1 && runs.allSatisfy(\.isOfLog) }

  // MARK: - What this setting gives

  /// A metric in the last evaluation: over seeds, or with one over clients.
  package func final(_ metric: MetricName) throws -> Estimate? {
    try estimate(metric) { try $0.final(metric) }
  }

  /// A metric at each run's best evaluation.
  package func best(_ metric: MetricName) throws -> Estimate? {
    try estimate(metric) { try $0.best(metric) }
  }

  /// A metric at every evaluation that all runs have.
  package func course(of metric: MetricName) throws -> [(round: Int, estimate: Estimate)] {
    try courses(of: metric).compactMap { round, values in
      try estimate(metric, values, round: round).map { (round, $0) }
    }
  }

  private func estimate(
    _ metric: MetricName, _ moment: (MeasuredRun) throws -> (round: Int?, value: Double)?
  ) throws -> Estimate? {
    let found = try runs.compactMap(moment)
    guard let first = found.first, found.count == runs.count else { return nil }
    return try estimate(metric, found.map(\.value), round: first.round)
  }

  private func estimate(
    _ metric: MetricName, _ values: [Double], round: Int?
  ) throws -> Estimate? {
    guard values.count == 1 else {
      return Interval(of: values).map {
        Estimate($0, .seeds, units: values.count, bounds: metric.bounds)
      }
    }
    let clients = try runs[0].clientValues(metric, round: round)
    return Estimate(
      value: values[0], margin: clients?.interval?.margin, method: .clients,
      units: clients?.clients.count, bounds: metric.bounds)
  }

  /// The values of all runs at each round that every run evaluated.
  private func courses(of metric: MetricName) throws -> [(round: Int, values: [Double])] {
    var values: [Int: [Double]] = [:]
    for run in runs {
      for (round, value) in try run.course(of: metric) { values[round, default: []].append(value) }
    }
    return values.filter { $0.value.count == runs.count }.sorted { $0.key < $1.key }
      .map { ($0.key, $0.value) }
  }

  // MARK: - Against another predictor of the same runs

  /// How much more one predictor's metric is than another's, on the same clients: over seeds, or with
  /// one over clients.
  package func difference(
    _ metric: MetricName, minus other: MetricName
  ) throws -> Estimate? {
    let values = try runs.compactMap { run -> Double? in
      guard let left = try run.final(metric), let right = try run.final(other) else { return nil }
      return left.value - right.value
    }
    guard values.count == runs.count, let run = runs.first else { return nil }
    guard values.count == 1 else {
      return Interval(of: values).map {
        Estimate($0, .seeds, units: values.count, bounds: metric.differenceBounds)
      }
    }
    let left = try run.clientValues(metric, round: run.final(metric)?.round)
    let right = try run.clientValues(other, round: run.final(other)?.round)
    guard let left, let right, left.clients == right.clients else {
      return Estimate(value: values[0], bounds: metric.differenceBounds)
    }
    return Estimate(
      value: values[0], margin: left.difference(minus: right)?.margin, method: .clients,
      units: left.clients.count, bounds: metric.differenceBounds)
  }

  // MARK: - Against other runs

  /// How much more this group's metric is at the end; nil when the two cannot be compared.
  ///
  /// Paired by seed when two or more are common, by client when one is, and unpaired otherwise.
  ///
  /// - Parameter other: the reference's metric; nil for the same one. Clients of one group may predict
  ///   with models of their own where those of the other have none.
  package func difference(
    _ metric: MetricName, minus reference: MeasuredGroup, itsMetric other: MetricName? = nil
  ) throws -> Estimate? {
    let other = other ?? metric
    return try difference(
      metric, minus: reference, other, { try $0.final(metric) }, { try $0.final(other) })
  }

  /// The same at every evaluation that all runs of both have.
  package func differences(
    _ metric: MetricName, minus reference: MeasuredGroup, itsMetric other: MetricName? = nil
  ) throws -> [(round: Int, estimate: Estimate)] {
    let other = other ?? metric
    // By seed and round; each table is gone through once.
    let (mine, theirs) = (try byRound(metric), try reference.byRound(other))
    let rounds = Set(try reference.courses(of: other).map(\.round))
    return try courses(of: metric).map(\.round).filter(rounds.contains).compactMap { round in
      func value(
        _ run: MeasuredRun, _ courses: [String: [Int: Double]]
      ) -> (round: Int?, value: Double)? {
        courses[run.seed]?[round].map { (round, $0) }
      }
      return try difference(
        metric, minus: reference, other, { value($0, mine) }, { value($0, theirs) }
      ).map { (round, $0) }
    }
  }

  private func byRound(_ metric: MetricName) throws -> [String: [Int: Double]] {
    Dictionary(
      try runs.map { run in
        let course = try run.course(of: metric).map { ($0.round, $0.value) }
        return (run.seed, Dictionary(course, uniquingKeysWith: { first, _ in first }))
      }, uniquingKeysWith: { first, _ in first })
  }

  private typealias Moment = (MeasuredRun) throws -> (round: Int?, value: Double)?

  private func difference(
    _ metric: MetricName, minus reference: MeasuredGroup, _ other: MetricName, _ mine: Moment,
    _ theirs: Moment
  ) throws -> Estimate? {
    let bounds = metric.differenceBounds
    let pairs = runs.compactMap { run in
      reference.runs.first { $0.seed == run.seed }.map { (run, $0) }
    }
    let values = try pairs.compactMap { own, other -> Double? in
      guard let left = try mine(own), let right = try theirs(other) else { return nil }
      return left.value - right.value
    }
    if values.count >= 2 {
      return Interval(of: values).map {
        Estimate($0, .seeds, units: values.count, bounds: bounds)
      }
    }
    if let (own, their) = pairs.first, let left = try mine(own), let right = try theirs(their),
      let ours = try own.clientValues(metric, round: left.round),
      let others = try their.clientValues(other, round: right.round),
      ours.isPaired(with: others), try own.hasTestSet(of: their, split: metric.split)
    {
      return Estimate(
        value: left.value - right.value, margin: ours.difference(minus: others)?.margin,
        method: .clients, units: ours.clients.count, bounds: bounds)
    }
    let own = try runs.compactMap { try mine($0)?.value }
    let their = try reference.runs.compactMap { try theirs($0)?.value }
    guard own.count >= 2, their.count >= 2 else { return nil }
    return Estimate(Interval(difference: own, minus: their), .unpairedSeeds, bounds: bounds)
  }
}
