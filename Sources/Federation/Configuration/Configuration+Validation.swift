import UsageData

/// A setting, or a combination of settings, with which nothing can run.
package struct SettingError: Error, Equatable, CustomStringConvertible {
  /// Where it is, in snake_case.
  package var keyPath: String
  package var problem: String

  package init(keyPath: String, problem: String) {
    self.keyPath = keyPath
    self.problem = problem
  }

  package var description: String { "\(keyPath) \(problem)" }
}

extension Configuration {
  /// Parameters whose exact sum, 8 bytes each, fits half the largest message between processes.
  private static let largestModel = 1 << 26

  /// Throws the first setting that cannot be; what passes, a worker can set up and train.
  ///
  /// The reader of experiment files calls this, and so does every worker on what it is sent.
  package func validate() throws(SettingError) {
    for key in Self.keys { try key.check(self) }
    try validateName()
    try validatePopulation()
    try validateProgram()
    try validateModel()
    try RoundPlan.check(self)
    try validateTraining()
    try validateSampling()
    try validatePrivacy()
    try validateEvaluation()
    try validateStop()
    try validateSecureAggregation()
    try validateWorkers()
    try lifecycle.validate()
  }

  private func validateName() throws(SettingError) {
    let isPlain = name.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0))
    }
    try require(
      isPlain && name.first?.isLetter == true, "name",
      "must be letters, digits, '-', '_' and '.', beginning with a letter")
  }

  private func validatePopulation() throws(SettingError) {
    switch population.source {
    case .file:
      try require(
        population.path.value != nil, "population.path",
        "is missing: `source: file` needs the file that `fedsim data import` wrote")
      if let date = population.trainingEnd.value {
        try require(
          LocalClock.day(named: date) != nil, "population.training_end",
          "('\(date)') must be a date, such as 2026-01-31")
      }
    case .synthetic:
      try require(
        evaluation.testDays < population.days, "evaluation.test_days",
        "must be at least 1 and below population.days (\(population.days))")
    case .benchmark:
      try require(
        [.softmax, .lstm].contains(model.kind), "model.kind",
        "must be softmax or lstm on a benchmark population, which has no candidates to rank")
      try require(
        evaluation.every == 0, "evaluation.every",
        "must be 0 on a benchmark population, which has no future to evaluate")
    case .worker: break
    }
  }

  private func validateModel() throws(SettingError) {
    let layouts = algorithmLayouts
    let parameters = max(layouts.report.count, layouts.broadcast.count)
    try require(
      parameters <= Self.largestModel, "model.vocabulary",
      "gives a model of \(parameters) parameters, more than the \(Self.largestModel) that fit a "
        + "message; make the model smaller")
  }

  private func validateTraining() throws(SettingError) {
    try requireStableSteps("training.local.weight_decay")
    try require(
      training.ignoredWeight == 1 || population.source != .benchmark, "training.ignored_weight",
      "has no effect on a benchmark population, which has no candidates to suggest")
    try require(
      training.windowDays.value == nil || population.source != .benchmark, "training.window_days",
      "has no effect on a benchmark population, which has no days")
    if population.source != .file {
      let partition = ClientPartition(
        seed: populationSeed, clients: population.clients, newClientShare: population.newClientShare
      )
      try require(
        selectedClients <= partition.trainingCount, "training.cohort_size",
        "(\(selectedInWords)) is larger than the \(partition.trainingCount) clients that train "
          + "(\(population.clients) clients, \(partition.newCount) of them held out)")
    }
    let heaviest = training.weighting == .examples ? training.maxExamples : 1
    try require(
      selectedClients < UpdateSum.largestWeight / 2 / heaviest, "training.cohort_size",
      "is too large to be summed exactly: cohort_size × the largest weight (\(heaviest)) must stay "
        + "below \(UpdateSum.largestWeight / 2)")
  }

  private func validateEvaluation() throws(SettingError) {
    try require(
      evaluation.seed.value == nil || evaluation.every > 0, "evaluation.seed",
      "has no effect without an evaluation; set evaluation.every above 0")
    try require(
      evaluation.seed.value == nil || population.seed.value != nil, "evaluation.seed",
      "needs population.seed: without it, seed decides who the clients are and which are held out, so "
        + "the evaluated ones are others with every seed")
    try require(
      evaluation.pooledEpochs == 0 || evaluation.every > 0, "evaluation.pooled_epochs",
      "has no effect without an evaluation; set evaluation.every above 0")
    try require(
      evaluation.testFraction.value == nil || population.source == .file,
      "evaluation.test_fraction",
      "is for populations with `source: file`; use evaluation.test_days")
  }

  /// Clients of a cohort, and those that are drawn for it where these are more.
  package var selectedInWords: String {
    selectedClients == training.cohortSize
      ? "\(training.cohortSize)"
      : "\(training.cohortSize), for which \(selectedClients) are drawn"
  }

  /// Refuses evaluations that would find nobody to evaluate.
  package func requireEvaluatedClients(_ partition: ClientPartition) throws(SettingError) {
    guard evaluation.every > 0 else { return }
    let evaluated =
      min(evaluation.clients, partition.trainingCount)
      + min(evaluation.newClients, max(0, partition.newCount - rootClients))
    try require(
      evaluated > 0, "evaluation.every",
      "(\(evaluation.every)) would evaluate nobody: evaluation.clients is \(evaluation.clients), and "
        + "evaluation.new_clients is \(evaluation.newClients) with \(partition.newCount) clients held "
        + "out; raise one of them, or set evaluation.every to 0")
  }

  func require(
    _ holds: Bool, _ keyPath: String, _ problem: @autoclosure () -> String
  ) throws(SettingError) {
    guard holds else { throw SettingError(keyPath: keyPath, problem: problem()) }
  }
}
