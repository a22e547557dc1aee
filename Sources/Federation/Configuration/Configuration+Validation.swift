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
    try validateName()
    try validatePopulation()
    try validateModel()
    try validateTraining()
    try validateSampling()
    try validatePrivacy()
    try validateEvaluation()
    try validateRest()
    try validateSecureAggregation()
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
    try require(population.clients >= 1, "population.clients", "must be at least 1")
    try require(population.clients <= 1 << 40, "population.clients", "must be at most 2^40")
    try require((1...3_650).contains(population.days), "population.days", "must lie in 1…3650")
    try require(
      (0..<1).contains(population.newClientShare), "population.new_client_share",
      "must be at least 0 and below 1")
    if let day = population.drift.day.value {
      try require(day >= 1, "population.drift.day", "must be at least 1")
    }
    try require(
      (0...1).contains(population.drift.share), "population.drift.share", "must lie in 0…1")
    try require(
      (0...1).contains(population.arrivals.share), "population.arrivals.share", "must lie in 0…1")
    try require(
      (1...3_650).contains(population.arrivals.days), "population.arrivals.days",
      "must lie in 1…3650")
    switch population.source {
    case .file:
      try require(
        population.path.value != nil, "population.path",
        "is missing: `source: file` needs the file that `fedsim data import` wrote")
    case .synthetic:
      try require(
        (1..<max(1, population.days)).contains(evaluation.testDays), "evaluation.test_days",
        "must be at least 1 and below population.days (\(population.days))")
    case .benchmark:
      try require(
        [.softmax, .lstm].contains(model.kind), "model.kind",
        "must be softmax or lstm on a benchmark population, which has no candidates to rank")
      try require(
        evaluation.every == 0, "evaluation.every",
        "must be 0 on a benchmark population, which has no future to evaluate")
    }
  }

  private func validateModel() throws(SettingError) {
    try require((2...65_536).contains(model.vocabulary), "model.vocabulary", "must lie in 2…65536")
    try require(
      (1...256).contains(model.sequenceLength), "model.sequence_length", "must lie in 1…256")
    try require((1...1_024).contains(model.embedding), "model.embedding", "must lie in 1…1024")
    try require((1...1_024).contains(model.hidden), "model.hidden", "must lie in 1…1024")
    let parameters = makeModel().layout.count
    try require(
      parameters <= Self.largestModel, "model.vocabulary",
      "gives a model of \(parameters) parameters, more than the \(Self.largestModel) that fit a "
        + "message; make the model smaller")
  }

  private func validateTraining() throws(SettingError) {
    try require(training.rounds >= 1, "training.rounds", "must be at least 1")
    try require(training.cohortSize >= 1, "training.cohort_size", "must be at least 1")
    try require(
      (1...1 << 20).contains(training.maxExamples), "training.max_examples",
      "must lie in 1…1048576")
    try require(
      (1...100).contains(training.ignoredWeight), "training.ignored_weight", "must lie in 1…100")
    try require(
      training.ignoredWeight == 1 || population.source != .benchmark, "training.ignored_weight",
      "has no effect on a benchmark population, which has no candidates to suggest")
    if let days = training.windowDays.value {
      try require(days >= 1, "training.window_days", "must be at least 1")
      try require(
        population.source != .benchmark, "training.window_days",
        "has no effect on a benchmark population, which has no days")
    }
    if population.source != .file {
      let partition = ClientPartition(
        seed: populationSeed, clients: population.clients, newClientShare: population.newClientShare
      )
      try require(
        training.cohortSize <= partition.trainingCount, "training.cohort_size",
        "(\(training.cohortSize)) is larger than the \(partition.trainingCount) clients that train "
          + "(\(population.clients) clients, \(partition.newCount) of them held out)")
    }
    let heaviest = training.weighting == .examples ? training.maxExamples : 1
    try require(
      training.cohortSize < UpdateSum.largestWeight / 2 / heaviest, "training.cohort_size",
      "is too large to be summed exactly: cohort_size × the largest weight (\(heaviest)) must stay "
        + "below \(UpdateSum.largestWeight / 2)")
    try validate(training.local)
    try validate(training.server)
  }

  private func validate(_ local: LocalConfiguration) throws(SettingError) {
    try require(local.epochs >= 1, "training.local.epochs", "must be at least 1")
    try require(
      (1...4_096).contains(local.batchSize), "training.local.batch_size", "must lie in 1…4096")
    try require(
      local.learningRate > 0 && local.learningRate.isFinite, "training.local.learning_rate",
      "must be above 0")
    try require(
      (0..<1).contains(local.momentum), "training.local.momentum", "must be at least 0 and below 1")
    try require(
      (0..<1).contains(local.weightDecay), "training.local.weight_decay",
      "must be at least 0 and below 1")
  }

  private func validate(_ server: ServerConfiguration) throws(SettingError) {
    try require(
      server.learningRate > 0 && server.learningRate.isFinite, "training.server.learning_rate",
      "must be above 0")
    try require(
      (0..<1).contains(server.beta1), "training.server.beta1", "must be at least 0 and below 1")
    try require(
      (0..<1).contains(server.beta2), "training.server.beta2", "must be at least 0 and below 1")
    try require(
      server.epsilon > 0 && server.epsilon.isFinite, "training.server.epsilon", "must be above 0")
  }

  private func validateEvaluation() throws(SettingError) {
    try require(
      evaluation.every >= 0, "evaluation.every", "must be at least 0 (0 evaluates nothing)")
    try require(evaluation.clients >= 0, "evaluation.clients", "must be at least 0")
    try require(evaluation.newClients >= 0, "evaluation.new_clients", "must be at least 0")
    try require(
      evaluation.localOnlyEpochs >= 1, "evaluation.local_only_epochs", "must be at least 1")
    try require(
      (0...1_000).contains(evaluation.pooledEpochs), "evaluation.pooled_epochs",
      "must lie in 0…1000 (0 leaves pooled training out)")
    try require(
      evaluation.pooledEpochs == 0 || evaluation.every > 0, "evaluation.pooled_epochs",
      "has no effect without an evaluation; set evaluation.every above 0")
    if let fraction = evaluation.testFraction.value {
      try require(
        fraction > 0 && fraction < 1, "evaluation.test_fraction", "must lie between 0 and 1")
      try require(
        population.source == .file, "evaluation.test_fraction",
        "is for populations with `source: file`; use evaluation.test_days")
    }
  }

  private func validateRest() throws(SettingError) {
    let rates: [(name: String, rate: Double)] = [
      ("dropout_rate", faults.dropoutRate), ("before_keys_rate", faults.beforeKeysRate),
      ("after_shares_rate", faults.afterSharesRate), ("after_upload_rate", faults.afterUploadRate),
      ("before_unmask_rate", faults.beforeUnmaskRate),
      ("shuffled_label_rate", faults.shuffledLabelRate),
    ]
    for (name, rate) in rates {
      try require((0...1).contains(rate), "faults.\(name)", "must lie in 0…1")
    }
    try require(checkpoint.every >= 1, "checkpoint.every", "must be at least 1")
    try require(
      workers.deadlineSeconds > 0 && workers.deadlineSeconds < 1e6, "workers.deadline_seconds",
      "must be above 0 and below a million")
    try require(workers.maxFailures >= 1, "workers.max_failures", "must be at least 1")
  }

  func require(
    _ holds: Bool, _ keyPath: String, _ problem: @autoclosure () -> String
  ) throws(SettingError) {
    guard holds else { throw SettingError(keyPath: keyPath, problem: problem()) }
  }
}
