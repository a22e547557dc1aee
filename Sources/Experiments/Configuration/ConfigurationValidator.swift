import Federation

/// Finds combinations that cannot run, before anything does.
struct ConfigurationValidator {
  let configuration: Configuration
  let source: ConfigurationLoader

  func validate() throws {
    try checkName()
    try checkPopulation()
    try checkModel()
    try checkTraining()
    try checkEvaluation()
    try checkRest()
  }

  private func checkName() throws {
    let allowed = configuration.name.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0))
    }
    guard allowed, configuration.name.first?.isLetter == true else {
      throw invalid("name", "must be letters, digits, '-', '_' and '.', beginning with a letter")
    }
  }

  private func checkPopulation() throws {
    let population = configuration.population
    try require(population.clients >= 1, "population.clients", "must be at least 1")
    try require(
      population.clients <= 1 << 40, "population.clients", "must be at most 2^40")
    try require((1...3_650).contains(population.days), "population.days", "must lie in 1…3650")
    try require(
      (0..<1).contains(population.newClientShare), "population.new_client_share",
      "must be at least 0 and below 1")
    switch population.source {
    case .file:
      try require(
        population.path.value != nil, "population.path",
        "is missing: `source: file` needs the file that `fedsim data import` wrote")
      try refuse(["clients", "days", "preset"], of: "population", because: "source: file")
    case .synthetic:
      try refuse(["path"], of: "population", because: "source: synthetic")
    case .benchmark:
      try refuse(["path", "days", "preset"], of: "population", because: "source: benchmark")
      try require(
        [.softmax, .lstm].contains(configuration.model.kind), "model.kind",
        "must be softmax or lstm on a benchmark population, which has no candidates to rank")
    }
  }

  private func checkModel() throws {
    let model = configuration.model
    try require((2...65_536).contains(model.vocabulary), "model.vocabulary", "must lie in 2…65536")
    try require(
      (1...256).contains(model.sequenceLength), "model.sequence_length", "must lie in 1…256")
    try require((1...1_024).contains(model.embedding), "model.embedding", "must lie in 1…1024")
    try require((1...1_024).contains(model.hidden), "model.hidden", "must lie in 1…1024")
    switch model.kind {
    case .logistic:
      try refuse(["sequence_length", "embedding", "hidden"], of: "model", because: "kind: logistic")
    case .softmax:
      try refuse(["embedding", "hidden"], of: "model", because: "kind: softmax")
    case .lstm, .lstmRanker:
      break
    }
  }

  private func checkTraining() throws {
    let training = configuration.training
    try require(training.rounds >= 1, "training.rounds", "must be at least 1")
    try require(training.cohortSize >= 1, "training.cohort_size", "must be at least 1")
    try require(training.maxExamples >= 1, "training.max_examples", "must be at least 1")
    if configuration.population.source != .file {
      try checkCohort(
        clients: configuration.population.clients, keyPath: "training.cohort_size")
    }
    let heaviest = training.weighting == .examples ? training.maxExamples : 1
    try require(
      training.cohortSize < UpdateSum.largestWeight / 2 / heaviest, "training.cohort_size",
      "is too large to be summed exactly: cohort_size × the largest weight (\(heaviest)) must stay "
        + "below \(UpdateSum.largestWeight / 2)")
    let local = training.local
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
    try checkServer(training.server)
  }

  private func checkServer(_ server: ServerConfiguration) throws {
    try require(
      server.learningRate > 0 && server.learningRate.isFinite, "training.server.learning_rate",
      "must be above 0")
    try require(
      (0..<1).contains(server.beta1), "training.server.beta1", "must be at least 0 and below 1")
    try require(
      (0..<1).contains(server.beta2), "training.server.beta2", "must be at least 0 and below 1")
    try require(server.epsilon > 0, "training.server.epsilon", "must be above 0")
    let unused: [String] =
      switch server.optimizer {
      case .sgd: ["beta1", "beta2", "epsilon"]
      case .momentum: ["beta2", "epsilon"]
      case .adagrad: ["beta1", "beta2"]
      case .adam, .yogi: []
      }
    try refuse(unused, of: "training.server", because: "optimizer: \(server.optimizer.rawValue)")
  }

  private func checkCohort(clients: Int, keyPath: String) throws {
    let partition = ClientPartition(
      seed: configuration.seed, clients: clients,
      newClientShare: configuration.population.newClientShare)
    try require(
      configuration.training.cohortSize <= partition.trainingCount, keyPath,
      "(\(configuration.training.cohortSize)) is larger than the \(partition.trainingCount) "
        + "clients that train (\(clients) clients, \(partition.newCount) of them held out)")
  }

  private func checkEvaluation() throws {
    let evaluation = configuration.evaluation
    try require(evaluation.every >= 0, "evaluation.every", "must be at least 0 (0 evaluates nothing)")
    try require(evaluation.clients >= 0, "evaluation.clients", "must be at least 0")
    try require(evaluation.newClients >= 0, "evaluation.new_clients", "must be at least 0")
    try require(
      evaluation.localOnlyEpochs >= 1, "evaluation.local_only_epochs", "must be at least 1")
    if let fraction = evaluation.testFraction.value {
      try require(
        fraction > 0 && fraction < 1, "evaluation.test_fraction", "must lie between 0 and 1")
      try refuse(["test_days"], of: "evaluation", because: "test_fraction, which replaces it")
      try require(
        configuration.population.source == .file, "evaluation.test_fraction",
        "is for populations with `source: file`; use evaluation.test_days")
    }
    if configuration.population.source == .synthetic {
      try require(
        (1..<configuration.population.days).contains(evaluation.testDays), "evaluation.test_days",
        "must be at least 1 and below population.days (\(configuration.population.days))")
    }
    if configuration.population.source == .benchmark {
      try require(
        evaluation.every == 0, "evaluation.every",
        "must be 0 on a benchmark population, which has no future to evaluate")
    }
  }

  private func checkRest() throws {
    if let bound = configuration.privacy.clippingBound.value {
      try require(bound > 0 && bound.isFinite, "privacy.clipping_bound", "must be above 0")
    }
    try require(
      (0...1).contains(configuration.faults.dropoutRate), "faults.dropout_rate",
      "must lie in 0…1")
    try require(configuration.checkpoint.every >= 1, "checkpoint.every", "must be at least 1")
    let workers = configuration.workers
    try require(
      workers.deadlineSeconds > 0 && workers.deadlineSeconds < 1e6, "workers.deadline_seconds",
      "must be above 0 and below a million")
    try require(workers.maxFailures >= 1, "workers.max_failures", "must be at least 1")
  }

  // MARK: -

  private func require(_ holds: Bool, _ keyPath: String, _ problem: String) throws {
    guard holds else { throw invalid(keyPath, problem) }
  }

  /// A key that would be ignored is a misunderstanding: say so.
  private func refuse(_ keys: [String], of group: String, because reason: String) throws {
    for key in keys where try source.changes("\(group).\(key)") {
      throw invalid("\(group).\(key)", "has no effect with \(reason); remove it")
    }
  }

  private func invalid(_ keyPath: String, _ problem: String) -> ExperimentError {
    ExperimentError(
      .invalidConfiguration, "\(source.place(of: keyPath)): \(keyPath) \(problem).")
  }
}
