import Tables

/// What the files of one run say of its metrics.
package struct MeasuredRun: Sendable {
  package let seed: String
  /// Whether its clients are the people of a log: another seed draws no others.
  let isOfLog: Bool
  /// Whether the clients are those of another program, which has no baselines.
  let isOfProgram: Bool
  /// The last evaluation by name, as summary.json and sweep.csv have it.
  private let last: [String: Double]
  private let evaluation: EvaluationTable?
  private let clients: ClientTable?

  /// - Parameters:
  ///   - last: what is known of a run of which a sweep kept nothing but its row.
  ///   - evaluation: evaluation.csv; nil where it was not kept.
  ///   - clients: clients.csv; nil where it was not kept.
  package init(
    seed: String, isOfLog: Bool = false, isOfProgram: Bool = false, last: [String: Double] = [:],
    evaluation: EvaluationTable?, clients: ClientTable?
  ) {
    self.seed = seed
    self.isOfLog = isOfLog
    self.isOfProgram = isOfProgram
    self.last = last
    self.evaluation = evaluation
    self.clients = clients
  }

  /// A metric at every evaluation.
  package func course(of metric: MetricName) throws -> [(round: Int, value: Double)] {
    try evaluation?.course(of: metric) ?? []
  }

  /// A metric in the last evaluation that has it; the round is nil where only the value was kept.
  package func final(_ metric: MetricName) throws -> (round: Int?, value: Double)? {
    if let found = try course(of: metric).last { return (found.round, found.value) }
    guard let value = last[metric.text], value.isFinite else { return nil }
    return (nil, value)
  }

  /// The best evaluation, the earliest of equals.
  package func best(_ metric: MetricName) throws -> (round: Int?, value: Double)? {
    var best: (round: Int?, value: Double)?
    for next in try course(of: metric) {
      guard let known = best?.value else {
        best = (next.round, next.value)
        continue
      }
      let isBetter = metric.isBetterLower ? next.value < known : next.value > known
      if isBetter { best = (next.round, next.value) }
    }
    return try best ?? final(metric)
  }

  /// What single clients add to a metric; nil where clients.csv does not tell.
  package func clientValues(_ metric: MetricName, round: Int?) throws -> ClientValues? {
    guard let round else { return try clients?.last(metric) }
    return try clients?.values(metric, round: round)
  }

  /// What clients of a split predict with: models of their own where they have some; nil where nothing
  /// was evaluated.
  package func mainPredictor(_ split: String) throws -> String? {
    try [PredictorRole.personalised, PredictorRole.federated].first { predictor in
      try final(MetricName(split: split, predictor: predictor, column: "accuracy_top1")) != nil
    }
  }

  /// Every predictor of the last evaluation of a split, in the order of the file.
  package func predictors(_ split: String) -> [String] {
    var seen = Set<String>()
    let found = evaluation?.last.filter { $0.metric.split == split }.map(\.metric.predictor) ?? []
    guard found.isEmpty else { return found.filter { seen.insert($0).inserted } }
    let known =
      [
        PredictorRole.federated, PredictorRole.personalised, PredictorRole.localOnly,
      ] + PredictorRole.simple + [PredictorRole.pooled, PredictorRole.ceiling]
    return known.filter { last["\(split)_\($0)_accuracy_top1"] != nil }
  }

  /// Whether another run judged the same clients on the same moments.
  ///
  /// The moments are known by how often each client opened what it opens most: other moments, other
  /// people or another limit of a client's weight give other numbers.
  func hasTestSet(of other: MeasuredRun, split: String) throws -> Bool {
    try testSet(split) == other.testSet(split)
  }

  /// What tells one test set from another; nil where clients.csv was not kept.
  func testSet(_ split: String) throws -> ClientValues? {
    try clients?.last(
      MetricName(split: split, predictor: PredictorRole.simple[0], column: "accuracy_top1"))
  }
}
