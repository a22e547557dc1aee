/// What is measured, what goes wrong, how a run is kept, and the life of a product.
extension Configuration {
  static let evaluation: [ConfigurationKey] = [
    .integer(
      "evaluation.every", 0...10_000_000, unit: "rounds", \.evaluation.every,
      "Rounds between evaluations; 0 evaluates nothing."),
    .integer(
      "evaluation.clients", 0...10_000_000, unit: "clients", \.evaluation.clients,
      "Training clients evaluated on their future."),
    .integer(
      "evaluation.new_clients", 0...10_000_000, unit: "clients", \.evaluation.newClients,
      "Held-out clients evaluated."),
    .integer(
      "evaluation.test_days", 1...3_649, unit: "days", \.evaluation.testDays,
      "The last days of the period are the future that no model is trained on."),
    .optionalNumber(
      "evaluation.test_fraction", .between(0, 1), \.evaluation.testFraction,
      "Instead of test_days: the last share of each client's own moments (file)."),
    .flag(
      "evaluation.local_only", \.evaluation.localOnly,
      "Also trains a model on each evaluated client's own past alone."),
    .integer(
      "evaluation.local_only_epochs", 1...1_000, unit: "passes", \.evaluation.localOnlyEpochs,
      "Passes over the client's own past for local_only."),
    .integer(
      "evaluation.pooled_epochs", 0...1_000, unit: "passes", \.evaluation.pooledEpochs,
      "Passes over the examples of all training clients in one place (0 leaves pooled training out)."
    ),
    .optionalNumber(
      "evaluation.largest_client_weight", .closed(1...1e9), \.evaluation.largestClientWeight,
      "How often the median client one client counts at most in means over predictions (null: no "
        + "limit)."),
  ]

  static let faults: [ConfigurationKey] = [
    .number(
      "faults.dropout_rate", .closed(0...1), \.faults.dropoutRate,
      "Probability that a client vanishes before it sends its update."),
    .number(
      "faults.before_keys_rate", .closed(0...1), \.faults.beforeKeysRate,
      "Probability of vanishing before the keys are sent."),
    .number(
      "faults.after_shares_rate", .closed(0...1), \.faults.afterSharesRate,
      "Probability of vanishing after the shares are sent, before training."),
    .number(
      "faults.after_upload_rate", .closed(0...1), \.faults.afterUploadRate,
      "Probability of vanishing after the update is sent, before the survivors are confirmed."),
    .number(
      "faults.before_unmask_rate", .closed(0...1), \.faults.beforeUnmaskRate,
      "Probability of vanishing before the shares of the masks are disclosed."),
    .number(
      "faults.shuffled_label_rate", .closed(0...1), \.faults.shuffledLabelRate,
      "Share of a client's training examples whose label is replaced by one of the candidates."),
  ]

  static let running: [ConfigurationKey] = [
    .integer(
      "checkpoint.every", 1...10_000_000, unit: "rounds", \.checkpoint.every,
      "Rounds between checkpoints; `fedsim resume` repeats at most that many, and of long rounds fewer."
    ),
    .number(
      "workers.deadline_seconds", .positive(1e-3...1e6), unit: "seconds",
      \.workers.deadlineSeconds,
      "A worker that is silent for longer on one client is replaced."),
    .integer(
      "workers.max_failures", 1...1_000_000, unit: "failures", \.workers.maxFailures,
      "Failures of one worker, or on one client, within one phase that end the run."),
    .flag(
      "workers.seal_frames", \.workers.sealFrames,
      "Seals frames between coordinator and workers with a key of each connection."),
  ]

  static let lifecycle: [ConfigurationKey] = [
    .integer(
      "lifecycle.first_day", 2...3_649, unit: "days", \.lifecycle.firstDay,
      "Days of usage before the first model is in use."),
    .integer(
      "lifecycle.retraining_days", 1...3_650, unit: "days", \.lifecycle.retrainingDays,
      "Days that a retraining learns from."),
    .number(
      "lifecycle.show_above", .closed(0...1), \.lifecycle.showAbove,
      "A suggestion is shown when the model gives it at least this probability."),
    .number(
      "lifecycle.offline_rate", .halfOpen(0..<1), \.lifecycle.offlineRate,
      "Share of the phones without a connection on any day."),
    .number(
      "lifecycle.offline_days", .closed(1...3_650), unit: "days", \.lifecycle.offlineDays,
      "How long a phone is without a connection, on average."),
    .integer(
      "lifecycle.ceiling_clients", 0...10_000_000, unit: "clients", \.lifecycle.ceilingClients,
      "Clients whose Bayes-optimal predictor is asked every day."),
    .choice(
      "lifecycle.monitor.reference", \.lifecycle.monitor.reference,
      "What the threshold is a share of: 1, the accuracy after the latest release, or the ceiling."),
    .number(
      "lifecycle.monitor.threshold", .upTo(1), \.lifecycle.monitor.threshold,
      "Accuracy, as a share of the reference, below which a retraining begins."),
    .integer(
      "lifecycle.monitor.window_days", 1...3_650, unit: "days", \.lifecycle.monitor.windowDays,
      "Days in a row that have to lie below the threshold."),
    .integer(
      "lifecycle.monitor.cooldown_days", 0...3_650, unit: "days", \.lifecycle.monitor.cooldownDays,
      "Days after a release or a decision in which no retraining begins."),
    .optionalNumber(
      "lifecycle.monitor.noise_multiplier", .closed(1e-3...1e4), unit: "report norms",
      \.lifecycle.monitor.noiseMultiplier,
      "Standard deviation of the noise on the phones' daily sum over the largest norm of one report."
    ),
    .number(
      "lifecycle.rollout.rollback_error_rate", .between(0, 0.5),
      \.lifecycle.rollout.rollbackErrorRate,
      "Probability to roll back a version that is equal to the one in production."),
    .number(
      "lifecycle.rollout.promotion_error_rate", .between(0, 0.5),
      \.lifecycle.rollout.promotionErrorRate,
      "Probability to promote a version that is worse by more than the last stage's margin."),
    .integer(
      "lifecycle.rollout.baseline_days", 1...3_650, unit: "days", \.lifecycle.rollout.baselineDays,
      "Days before the rollout that tell what is usual for a phone."),
    .optionalInteger(
      "lifecycle.candidate.day", 2...3_649, unit: "days", \.lifecycle.candidate.day,
      "Day at whose end a candidate is trained whatever the monitor says; left out, never."),
    .number(
      "lifecycle.candidate.shuffled_label_rate", .closed(0...1),
      \.lifecycle.candidate.shuffledLabelRate,
      "Share of the candidate's training examples with a wrong label."),
  ]
}

/// What the groups of keys are about.
package enum ConfigurationGroup {
  package static let meanings: [(path: String, meaning: String)] = [
    ("population", "Who takes part."),
    ("population.drift", "A change of everybody's habits (synthetic)."),
    ("population.arrivals", "Clients who come later (synthetic)."),
    ("model", "What is trained."),
    ("algorithm", "How updates become a new model."),
    ("personalisation", "How phones get models of their own."),
    ("aggregator", "How the updates of a round become one."),
    ("attack", "What hostile clients do."),
    ("training", "Rounds, cohorts and optimizers."),
    ("training.local", "Training on one client."),
    ("training.server", "The step that the server takes along the averaged update."),
    ("privacy", "What noise protects the clients."),
    ("privacy.adaptive", "How the clipping bound follows a quantile of the update norms."),
    ("privacy.budget", "When to stop, whatever training.rounds says."),
    ("privacy.tree", "Noise from binary trees over the rounds."),
    ("privacy.banded", "Noise correlated over a limited number of rounds."),
    ("privacy.blt", "Noise correlated through a few buffers."),
    ("privacy.audit", "A measurement beside the claim."),
    ("privacy.ledger_budget", "What all runs on a ledger may spend together."),
    (
      "privacy.selection",
      "App ranks and end of training from an imported log, selected with noise."
    ),
    ("secure_aggregation", "What hides single updates from the server."),
    ("secure_aggregation.encoding", "How updates become whole numbers modulo 2^32 or 2^64."),
    ("evaluation", "What is measured, on whom, how often."),
    ("faults", "What goes wrong on purpose."),
    ("checkpoint", "What is saved on the way."),
    ("workers", "How worker processes are watched; nothing here changes a result."),
    ("lifecycle", "Months of a product's life, which `fedsim lifecycle` plays."),
    ("lifecycle.monitor", "When accuracy is too low, so that a retraining begins."),
    ("lifecycle.rollout", "How a new version reaches the phones."),
    ("lifecycle.candidate", "A candidate that is trained to try the rollout."),
  ]
}
