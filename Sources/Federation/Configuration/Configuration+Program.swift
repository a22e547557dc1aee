extension Configuration {
  /// Whether the clients are those of another program.
  package var hasProgram: Bool { population.source == .worker }

  /// The client program and its arguments; empty without one.
  package var programWords: [String] {
    workers.program.value.flatMap { CommandWords.words(of: $0) } ?? []
  }

  /// Refuses what a client program cannot take part in.
  ///
  /// The program trains and measures by itself, so whatever needs fedsim's own training step, its data or a
  /// ranking of apps does not go with it. What happens to an update afterwards does.
  func validateProgram() throws(SettingError) {
    try require(
      (model.kind == .worker) == hasProgram, "model.kind",
      hasProgram
        ? "must be worker with population.source: worker, whose program has a model of its own"
        : "must not be worker with population.source: \(population.source.rawValue); set "
          + "population.source: worker, and workers.program to the program")
    if workers.program.value != nil {
      try require(
        !programWords.isEmpty, "workers.program", "has a quote that is not closed, or no word")
    }
    guard hasProgram else { return }
    try require(
      workers.program.value != nil, "workers.program",
      "is missing: population.source: worker needs the program, such as [python3, digits.py]")
    try require(
      model.parameters.value != nil, "model.parameters",
      "is missing: model.kind: worker needs the number of parameters of the program's model")
    try require(
      algorithm.name == "fedavg", "algorithm.name",
      "must be fedavg with population.source: worker, whose program trains by itself; what FedProx and others "
        + "add to local training belongs into the program")
    try require(
      personalisation.method == nil, "personalisation.method",
      "must be none with population.source: worker, whose clients keep nothing between rounds")
    try require(
      attack.attack.map { !type(of: $0).poisonsExamples } ?? true, "attack.kind",
      "must not be \(attack.name) with population.source: worker: it changes examples, which the program "
        + "keeps to itself")
    for (holds, key) in [
      (training.ignoredWeight == 1, "training.ignored_weight"),
      (training.windowDays.value == nil, "training.window_days"),
      (faults.shuffledLabelRate == 0, "faults.shuffled_label_rate"),
      (evaluation.pooledEpochs == 0, "evaluation.pooled_epochs"),
    ] {
      try require(
        holds, key,
        "has no effect with population.source: worker, whose program has its own examples; remove it"
      )
    }
    try require(
      ![.accuracyTop3, .accuracyTop5, .mrr].contains(training.stop.metric), "training.stop.metric",
      "must be accuracy_top1, cross_entropy or client_accuracy_mean with population.source: worker, whose "
        + "program ranks no apps")
  }
}
