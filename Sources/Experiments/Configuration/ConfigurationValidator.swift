import Federation

/// Finds settings that cannot run or would be ignored, before anything runs.
struct ConfigurationValidator {
  let configuration: Configuration
  let source: ConfigurationLoader
  /// Takes the key paths of inherited settings that have no effect; nil refuses them like all others.
  var leaveOut: ((String) -> Void)?
  private var problems: [(keyPath: String, error: ExperimentError)] = []

  init(configuration: Configuration, source: ConfigurationLoader) {
    self.configuration = configuration
    self.source = source
  }

  /// Throws all that is wrong, in the order in which it was found.
  mutating func validate() throws {
    do {
      try configuration.validate()
    } catch {
      add(error.keyPath, error.problem)
    }
    refuseIgnoredSettings()
    if let all = ExperimentError(all: problems.map(\.error)) { throw all }
  }

  mutating func refuseIgnoredSettings() {
    let source = configuration.population.source
    if source != .synthetic {
      refuse(
        ["drift.day", "drift.share", "drift.preset", "arrivals.share", "arrivals.days"],
        of: "population",
        because: "source: \(source.rawValue)")
    } else {
      if configuration.population.drift.day.value == nil {
        refuse(["share", "preset"], of: "population.drift", because: "no population.drift.day")
      }
      if configuration.population.arrivals.share == 0 {
        refuse(["days"], of: "population.arrivals", because: "share: 0")
      }
    }
    switch source {
    case .file:
      refuse(["clients", "days", "preset"], of: "population", because: "source: file")
    case .synthetic:
      refuse(Self.keysOfLogs, of: "population", because: "source: synthetic")
    case .benchmark:
      refuse(
        Self.keysOfLogs + ["days", "preset"], of: "population", because: "source: benchmark")
    case .worker:
      refuseIgnoredBesidesProgram()
    }
    if source != .worker {
      refuse(["parameters"], of: "model", because: "kind: \(configuration.model.kind.rawValue)")
      refuse(["program"], of: "workers", because: "population.source: \(source.rawValue)")
    }
    switch configuration.model.kind {
    case .logistic:
      refuse(
        ["sequence_length", "embedding", "hidden"], of: "model", because: "kind: logistic")
    case .softmax:
      refuse(["embedding", "hidden"], of: "model", because: "kind: softmax")
    case .worker:
      refuse(
        ["vocabulary", "sequence_length", "embedding", "hidden"], of: "model",
        because: "kind: worker")
    case .lstm, .lstmRanker:
      break
    }
    let local = configuration.training.local
    if local.steps.value != nil {
      refuse(["epochs"], of: "training.local", because: "steps, which replaces it")
    }
    let unusedLocally: [String] =
      switch local.optimizer {
      case .sgd: ["beta1", "beta2", "epsilon"]
      case .adagrad: ["momentum", "beta1", "beta2"]
      case .adam: ["momentum"]
      }
    refuse(
      unusedLocally, of: "training.local", because: "optimizer: \(local.optimizer.rawValue)")
    let optimizer = configuration.training.server.optimizer
    let unused: [String] =
      switch optimizer {
      case .sgd: ["beta1", "beta2", "epsilon"]
      case .momentum: ["beta2", "epsilon"]
      case .adagrad: ["beta1", "beta2"]
      case .adam, .yogi: []
      }
    refuse(unused, of: "training.server", because: "optimizer: \(optimizer.rawValue)")
    if configuration.evaluation.testFraction.value != nil {
      refuse(["test_days"], of: "evaluation", because: "test_fraction, which replaces it")
    }
    for group in Configuration.variantGroups {
      let name = group.name(in: configuration)
      // What all variants share is about them: the standard one has nothing of it.
      guard name == group.standardName else { continue }
      let key = group.nameKey.dropFirst(group.path.count + 1)
      // By presence: whoever writes the default down expects something of it.
      for shared in group.sharedKeys where self.source.gives("\(group.path).\(shared)") {
        if isLeftOut("\(group.path).\(shared)") { continue }
        add(
          "\(group.path).\(shared)",
          "has no effect with \(key): \(name); remove it or set \(group.nameKey)")
      }
    }
    refuseIgnoredSampling()
    refuseIgnoredPrivacy()
    refuseIgnoredSecuritySettings()
  }

  private static let keysOfLogs = ["path", "seal_key_file", "vocabulary_file", "training_end"]

  /// What is about data that fedsim has; the program has its own.
  private mutating func refuseIgnoredBesidesProgram() {
    let reason = "population.source: worker"
    refuse(Self.keysOfLogs + ["days", "preset"], of: "population", because: "source: worker")
    refuse(
      ["local_only", "local_only_epochs", "pooled_epochs", "test_days", "test_fraction"],
      of: "evaluation", because: reason)
    refuse(["ignored_weight", "window_days"], of: "training", because: reason)
    refuse(["shuffled_label_rate"], of: "faults", because: reason)
    for key in ["task"] where source.changes(key) && !isLeftOut(key) {
      add(key, "has no effect with \(reason); remove it")
    }
  }

  private mutating func refuseIgnoredSampling() {
    let sampling = configuration.training.sampling
    if ![.minSeparation, .cyclic].contains(sampling) {
      refuse(["min_separation"], of: "training", because: "sampling: \(sampling.rawValue)")
    }
    if sampling != .poisson {
      refuse(["capacity"], of: "training", because: "sampling: \(sampling.rawValue)")
    }
  }

  private mutating func refuseIgnoredPrivacy() {
    let mechanism = configuration.privacy.mechanism
    let reason = "mechanism: \(mechanism.rawValue)"
    let groups: [(mechanism: PrivacyConfiguration.Mechanism, keys: [String])] = [
      (.tree, ["restart_rounds", "combined"]), (.banded, ["bands"]), (.blt, ["buffers"]),
    ]
    for group in groups where group.mechanism != mechanism {
      refuse(group.keys, of: "privacy.\(group.mechanism.rawValue)", because: reason)
    }
    if mechanism == .none {
      refuse(
        [
          "clipping", "noise_multiplier", "target_epsilon", "delta", "accountant",
          "noise_cohort_size", "noise_population",
          "budget.epsilon", "audit.canaries", "ledger", "ledger_people",
          "ledger_budget.epsilon", "ledger_budget.delta", "ledger_budget.composition",
          "selection.noise_multiplier", "selection.apps",
        ], of: "privacy", because: reason,
        advice: "set privacy.mechanism (gaussian, for instance), or remove it")
      // The keys of secure aggregation come from there as well.
      if configuration.secureAggregation.protocol == .none {
        refuse(["randomness"], of: "privacy", because: reason)
      }
    }
    if configuration.privacy.ledger.value == nil {
      refuse(
        [
          "ledger_people", "ledger_budget.epsilon", "ledger_budget.delta",
          "ledger_budget.composition",
        ], of: "privacy", because: "no privacy.ledger")
    } else if configuration.privacy.ledgerBudget.epsilon.value == nil {
      refuse(
        ["delta", "composition"], of: "privacy.ledger_budget",
        because: "no privacy.ledger_budget.epsilon")
    }
    refuseIgnoredSelection()
    if configuration.privacy.clipping != .adaptive {
      refuse(
        ["target_quantile", "learning_rate", "count_deviation"], of: "privacy.adaptive",
        because: "clipping: fixed")
    }
  }

  private mutating func refuseIgnoredSelection() {
    let population = configuration.population
    let keys = ["noise_multiplier", "apps"]
    if population.source != .file {
      refuse(
        keys, of: "privacy.selection", because: "source: \(population.source.rawValue)")
    } else if population.vocabularyFile.value != nil, population.trainingEnd.value != nil {
      refuse(
        keys, of: "privacy.selection",
        because:
          "population.vocabulary_file and population.training_end, which leave nothing to select"
      )
    } else if configuration.privacy.selection.noiseMultiplier.value == nil {
      refuse(
        ["apps"], of: "privacy.selection", because: "no privacy.selection.noise_multiplier")
    } else if population.vocabularyFile.value != nil {
      refuse(["apps"], of: "privacy.selection", because: "population.vocabulary_file")
    }
  }

  private mutating func refuseIgnoredSecuritySettings() {
    let isDistributed = configuration.distributedNoise != nil
    if isDistributed {
      refuse(
        ["clip", "rotation"], of: "secure_aggregation.encoding",
        because: "mechanism: \(configuration.privacy.mechanism.rawValue), which always rotates and "
          + "clips to the clipping bound")
    } else {
      refuse(
        ["bits"], of: "secure_aggregation.encoding",
        because: "mechanism: \(configuration.privacy.mechanism.rawValue)")
    }
    guard configuration.secureAggregation.protocol == .none else { return }
    refuse(["adversary"], of: "secure_aggregation", because: "protocol: none")
    if !isDistributed {
      // Noise of clients is made for what may be left of a cohort, whatever adds up the updates.
      refuse(
        ["corrupt_fraction", "dropout_fraction", "minimum_survivors"], of: "secure_aggregation",
        because: "protocol: none")
    }
    refuse(
      ["before_keys_rate", "after_shares_rate", "after_upload_rate", "before_unmask_rate"],
      of: "faults", because: "secure_aggregation.protocol: none, which has no such moment")
    guard !configuration.encodesUpdates else { return }
    refuse(
      ["fraction_bits", "modulus_bits", "rotation"], of: "secure_aggregation.encoding",
      because: "protocol: none and no clip")
  }

  /// A key that would be ignored is a misunderstanding: say so.
  private mutating func refuse(
    _ keys: [String], of group: String, because reason: String, advice: String = "remove it"
  ) {
    for key in keys where source.changes("\(group).\(key)") {
      if isLeftOut("\(group).\(key)") { continue }
      add("\(group).\(key)", "has no effect with \(reason); \(advice)")
    }
  }

  private func isLeftOut(_ keyPath: String) -> Bool {
    guard let leaveOut, source.isInherited(keyPath) else { return false }
    leaveOut(keyPath)
    return true
  }

  /// Of a key that cannot be as it is, once is enough.
  private mutating func add(_ keyPath: String, _ problem: String) {
    guard !problems.contains(where: { $0.keyPath == keyPath }) else { return }
    problems.append(
      (
        keyPath,
        ExperimentError(
          .invalidConfiguration, "\(source.place(of: keyPath)): \(keyPath) \(problem).")
      ))
  }
}
