/// What is measured, what goes wrong, how a run is kept, and the life of a product.
extension Configuration {
  static let evaluation: [ConfigurationKey] = [
    .integer(
      "evaluation.every", 0...10_000_000, unit: "rounds", \.evaluation.every,
      "Rounds between evaluations; the last round is always evaluated. 0 means no "
        + "evaluation at all."),
    ConfigurationKey(
      path: "evaluation.seed", kind: .seed, isOptional: true, unit: "",
      meaning:
        "Decides which clients are evaluated; with population.seed it holds them fixed over seeds. If "
        + "left out, `seed` decides."
    ) { $0.evaluation.seed.value.map(ConfigurationKey.Value.unsigned) ?? .none },
    .flag(
      "evaluation.initial", \.evaluation.initial,
      "Whether the model is also evaluated before the first round, as round 0, where a learning curve "
        + "begins."),
    .integer(
      "evaluation.clients", 0...10_000_000, unit: "clients", \.evaluation.clients,
      "Number of training clients that are evaluated on their test period (split `future`)."),
    .integer(
      "evaluation.new_clients", 0...10_000_000, unit: "clients", \.evaluation.newClients,
      "Number of held-out clients that are evaluated (split `new_clients`)."),
    .integer(
      "evaluation.test_days", 1...3_649, unit: "days", \.evaluation.testDays,
      "Length of the test period at the end of the data. No model is trained on it."),
    .optionalNumber(
      "evaluation.test_fraction", .between(0, 1), \.evaluation.testFraction,
      "Each client's own last share of examples is its test period, instead of test_days "
        + "(file)."),
    .flag(
      "evaluation.local_only", \.evaluation.localOnly,
      "Whether a model is also trained on each evaluated client's own past only (predictor "
        + "`local_only`)."),
    .integer(
      "evaluation.local_only_epochs", 1...1_000, unit: "passes", \.evaluation.localOnlyEpochs,
      "Passes over the client's own past for `local_only`."),
    .integer(
      "evaluation.pooled_epochs", 0...1_000, unit: "passes", \.evaluation.pooledEpochs,
      "Passes of centralized training over the examples of all training clients (predictor "
        + "`pooled`). 0 leaves it out."
    ),
    .optionalNumber(
      "evaluation.largest_client_weight", .closed(1...1e9), \.evaluation.largestClientWeight,
      "In means over predictions a client counts at most this many times the median client. "
        + "null means no limit."),
    .flag(
      "evaluation.keep_best", \.evaluation.keepBest,
      "Also writes model-best.safetensors: the model of the best evaluation by training.stop.metric."
    ),
  ]

  static let faults: [ConfigurationKey] = [
    .number(
      "faults.dropout_rate", .closed(0...1), \.faults.dropoutRate,
      "Probability that a client drops out before it sends its update."),
    .number(
      "faults.before_keys_rate", .closed(0...1), \.faults.beforeKeysRate,
      "Probability that a client drops out before it sends its keys (secure aggregation)."),
    .number(
      "faults.after_shares_rate", .closed(0...1), \.faults.afterSharesRate,
      "Probability that a client drops out after it has sent its shares and before it "
        + "trains (secure aggregation)."),
    .number(
      "faults.after_upload_rate", .closed(0...1), \.faults.afterUploadRate,
      "Probability that a client drops out after it has sent its update and before the "
        + "survivors are confirmed (secure aggregation)."),
    .number(
      "faults.before_unmask_rate", .closed(0...1), \.faults.beforeUnmaskRate,
      "Probability that a client drops out before it discloses its shares of the masks "
        + "(secure aggregation)."),
    .number(
      "faults.shuffled_label_rate", .closed(0...1), \.faults.shuffledLabelRate,
      "Share of a client's training examples whose label is replaced by a random candidate."),
  ]

  static let running: [ConfigurationKey] = [
    .integer(
      "checkpoint.every", 1...10_000_000, unit: "rounds", \.checkpoint.every,
      "Rounds between checkpoints. `fedsim resume` repeats at most this many rounds, and "
        + "fewer when rounds are long."
    ),
    .choice(
      "workers.launcher", \.workers.launcher,
      "What starts worker processes. `fedsim run --launcher` sets it for one run."),
    .optionalCommand(
      "workers.command", longest: 4_000, \.workers.command,
      "Command that starts a worker on some machine, as a list of words or one line; "
        + "{index} is the number of the worker, from 0, and {fedsim} the path of this program."),
    .optionalText(
      "workers.listen", longest: 255, \.workers.listen,
      "Address that workers dial back to, as ADDRESS or ADDRESS:PORT. If left out, it is that of this "
        + "machine's name, for local workers 127.0.0.1, and a free port."),
    .optionalFlag(
      "workers.dial_back", \.workers.dialBack,
      "Whether workers open a TCP connection to the coordinator, all of it encrypted and "
        + "authenticated; without it messages go through their standard input and output. If left out, "
        + "workers of a command do and local ones do not."),
    .number(
      "workers.deadline_seconds", .positive(1e-3...1e6), unit: "seconds",
      \.workers.deadlineSeconds,
      "A worker process that does not answer for this long about one client is replaced."),
    .integer(
      "workers.max_failures", 1...1_000_000, unit: "failures", \.workers.maxFailures,
      "Number of failures of one worker, or on one client, within one phase after which the "
        + "run ends."),
    .flag(
      "workers.seal_frames", \.workers.sealFrames,
      "Whether messages between coordinator and workers are encrypted and authenticated, "
        + "with a key for each connection."),
    .integer(
      "workers.relay", 0...1_024, unit: "workers", \.workers.relay,
      "Number of local workers of each worker that is started, which then passes on what the "
        + "coordinator says and adds their sums: one connection for each machine. With 0 or 1 a worker "
        + "has no workers of its own."),
    .optionalCommand(
      "workers.program", longest: 4_096, \.workers.program,
      "The client program of population.source: worker, which needs it: a list of words, or one line as "
        + "for a shell. A word that names a file in the folder of the experiment file stands for that "
        + "file."),
  ]

  static let lifecycle: [ConfigurationKey] = [
    .integer(
      "lifecycle.first_day", 2...3_649, unit: "days", \.lifecycle.firstDay,
      "Days of usage before the first model is released. The last of them tests the model, "
        + "the others train it."),
    .integer(
      "lifecycle.retraining_days", 1...3_650, unit: "days", \.lifecycle.retrainingDays,
      "Number of days that a retraining learns from; one more day tests its model."),
    .number(
      "lifecycle.show_above", .closed(0...1), \.lifecycle.showAbove,
      "A suggestion is shown when its predicted probability is at least this. 0 shows all."),
    .number(
      "lifecycle.offline_rate", .halfOpen(0..<1), \.lifecycle.offlineRate,
      "Average share of the phones that are offline on a day."),
    .number(
      "lifecycle.offline_days", .closed(1...3_650), unit: "days", \.lifecycle.offlineDays,
      "Average length of an offline period."),
    .integer(
      "lifecycle.ceiling_clients", 0...10_000_000, unit: "clients", \.lifecycle.ceilingClients,
      "Number of clients on which the Bayes-optimal predictor is computed every day "
        + "(synthetic)."),
    .choice(
      "lifecycle.monitor.reference", \.lifecycle.monitor.reference,
      "What lifecycle.monitor.threshold is a fraction of."),
    .number(
      "lifecycle.monitor.threshold", .upTo(1), \.lifecycle.monitor.threshold,
      "A retraining begins when accuracy stays below this fraction of the reference."),
    .integer(
      "lifecycle.monitor.window_days", 1...3_650, unit: "days", \.lifecycle.monitor.windowDays,
      "Number of consecutive days below the threshold after which a retraining begins. "
        + "After a release the accuracy of its first so many days is the reference `release`."),
    .integer(
      "lifecycle.monitor.cooldown_days", 0...3_650, unit: "days", \.lifecycle.monitor.cooldownDays,
      "Number of days after a release or a decision on a rollout during which no retraining "
        + "begins."),
    .optionalNumber(
      "lifecycle.monitor.noise_multiplier", .closed(1e-3...1e4), unit: "report norms",
      \.lifecycle.monitor.noiseMultiplier,
      "Standard deviation of the noise on the daily sum of the phones' reports, divided by "
        + "the largest norm of one report. Required with a privacy mechanism."
    ),
    .number(
      "lifecycle.rollout.rollback_error_rate", .between(0, 0.5),
      \.lifecycle.rollout.rollbackErrorRate,
      "Probability of rolling back a version that is as good as the one in production."),
    .number(
      "lifecycle.rollout.promotion_error_rate", .between(0, 0.5),
      \.lifecycle.rollout.promotionErrorRate,
      "Probability of promoting a version that is worse by more than the margin of the last "
        + "stage."),
    .integer(
      "lifecycle.rollout.baseline_days", 1...3_650, unit: "days", \.lifecycle.rollout.baselineDays,
      "Number of days before the rollout over which a phone's usual accuracy is measured."),
    .optionalInteger(
      "lifecycle.candidate.day", 2...3_649, unit: "days", \.lifecycle.candidate.day,
      "Day at the end of which a candidate is trained whatever the monitor says. If left out, "
        + "none is."),
    .number(
      "lifecycle.candidate.shuffled_label_rate", .closed(0...1),
      \.lifecycle.candidate.shuffledLabelRate,
      "Share of that candidate's training examples that get a wrong label. 1 makes it "
        + "useless, to see a rollback."),
  ]
}

/// What the groups of keys are about.
package enum ConfigurationGroup {
  package static let meanings: [(path: String, meaning: String)] = [
    ("population", "Who takes part."),
    ("population.drift", "A change of people's habits (synthetic)."),
    ("population.arrivals", "Clients that arrive later (synthetic)."),
    ("model", "The model that is trained."),
    ("algorithm", "The federated algorithm: how the clients' updates become a new model."),
    ("personalisation", "Personal models: how each phone gets a model of its own."),
    ("aggregator", "How the server combines the updates of a round."),
    ("attack", "What hostile clients do."),
    ("devices", "How fast phones are. With it every round takes virtual time."),
    ("availability", "When phones may train."),
    ("schedule", "When a round ends, in virtual time."),
    ("training", "Rounds, cohorts and optimizers."),
    ("training.local", "Training on one client."),
    ("training.server", "The server's step along the averaged update."),
    ("training.stop", "Early stopping by the evaluations of the federated model."),
    ("privacy", "Differential privacy: clipping, noise and accounting."),
    (
      "privacy.adaptive",
      "Adaptive clipping: the bound follows a quantile of the update norms (Andrew et al. "
        + "2021)."
    ),
    ("privacy.budget", "When to stop early, whatever training.rounds says."),
    ("privacy.tree", "Noise from binary trees over the rounds (DP-FTRL)."),
    ("privacy.banded", "Noise from a banded matrix: correlated over a limited number of rounds."),
    ("privacy.blt", "Noise from a buffered linear Toeplitz matrix (BLT)."),
    ("privacy.audit", "An empirical audit of the claimed epsilon."),
    ("privacy.ledger_budget", "What all runs on a ledger may spend together."),
    (
      "privacy.selection",
      "App ranks and end of training of an imported log, selected with differential "
        + "privacy."
    ),
    ("secure_aggregation", "How single updates are hidden from the server."),
    (
      "secure_aggregation.encoding",
      "How updates are quantized to whole numbers modulo 2^32 or 2^64."
    ),
    ("evaluation", "What is measured, on whom, and how often."),
    ("faults", "Failures that are simulated on purpose."),
    ("checkpoint", "What is saved during the run."),
    ("workers", "How worker processes are started and supervised; nothing here changes a result."),
    (
      "lifecycle",
      "Months of a product's life, simulated by `fedsim lifecycle`; other commands ignore "
        + "this group."
    ),
    ("lifecycle.monitor", "When accuracy is so low that a retraining begins."),
    ("lifecycle.rollout", "How a new version reaches the phones."),
    ("lifecycle.candidate", "An extra candidate, trained to try the rollout."),
  ]
}
