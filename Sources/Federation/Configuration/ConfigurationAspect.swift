/// A part of an experiment that a key decides, by itself or with others.
///
/// What may be shared, compared or told apart follows from the table below: two configurations that
/// agree in every key of an aspect agree in that aspect.
package enum ConfigurationAspect: Sendable, CaseIterable {
  /// What it is called: no result.
  case label
  /// How the processes that work on it are watched and saved: no result.
  case operation
  /// What simulated clients do and when.
  case histories
  /// Who the clients are, who of them trains, and when training ends.
  case population
  /// Which clients are evaluated on which moments, what each of them weighs, and so what baselines and
  /// the ceiling get.
  case testSet
  /// How often is evaluated, and which predictors beside the model.
  case measurement
  /// The `local_only` model of a client.
  case localModel
  /// The `pooled` model.
  case pooledModel
  /// What the parameters of a model mean: models that agree in it can take each other's place.
  case modelMeaning
  /// The model of every round.
  case federatedModel
  /// The personal model of a client.
  case personalModel
  /// The noise, the rounds and ε, before anything runs.
  case privacy
  /// What is written to a ledger of all runs on the same people.
  case ledger
  /// Months of a product's life; a run does not look at it.
  case lifecycle
}

extension ConfigurationKey {
  /// What the key decides; nil for one that the table below does not name.
  package var decides: Set<ConfigurationAspect>? {
    Self.decisions[path]
      ?? (Configuration.variantGroups.contains { $0.path == group }
        ? Self.decisions["\(group).*"] : nil)
  }

  /// Whether it decides one of these; a key that the table does not name may decide anything.
  package func decides(_ aspects: Set<ConfigurationAspect>) -> Bool {
    decides.map { !$0.isDisjoint(with: aspects) } ?? true
  }

  /// Key paths in the table, and `GROUP.*`.
  package static var pathsInTable: Set<String> { Set(decisions.keys) }

  /// Whether no result depends on it.
  package var isOperational: Bool { decides == [.operation] }

  /// By key path; `GROUP.*` is for all keys of a group of variants.
  private static let decisions = Dictionary(
    uniqueKeysWithValues: table.flatMap { aspects, keys in
      keys.split(whereSeparator: \.isWhitespace).map { (String($0), aspects) }
    })

  private static let everyModel: Set<ConfigurationAspect> = [
    .localModel, .pooledModel, .federatedModel, .personalModel,
  ]
  private static let training: Set<ConfigurationAspect> = [.federatedModel, .personalModel]

  /// A key stands once.
  ///
  /// Privacy names what noise, rounds and ε are solved from: how clients are drawn,
  /// how long their reports are and what each may add, but not what they learn.
  private static let table: [(Set<ConfigurationAspect>, String)] = [
    ([.label], "name"),
    ([.operation], "checkpoint.every workers.deadline_seconds workers.max_failures"),
    ([.operation], "workers.seal_frames"),
    ([.operation], "workers.launcher workers.command workers.listen"),
    ([.operation], "workers.dial_back workers.relay"),

    (everyModel.union([.histories, .population, .testSet]), "seed population.seed"),
    (everyModel.union([.population, .testSet, .modelMeaning, .privacy]), "task"),
    (
      everyModel.union([.population, .testSet, .privacy]),
      """
      population.source population.clients population.path population.seal_key_file
      population.vocabulary_file population.training_end population.new_client_share workers.program
      """
    ),
    (
      everyModel.union([.histories, .population, .testSet]),
      """
      population.days population.preset
      population.drift.day population.drift.share population.drift.preset
      population.arrivals.share population.arrivals.days
      """
    ),

    (
      everyModel.union([.modelMeaning, .privacy]),
      """
      model.kind model.vocabulary model.sequence_length model.embedding model.hidden
      model.parameters
      """
    ),
    (training.union([.privacy]), "algorithm.*"),
    (training.union([.privacy]), "aggregator.*"),
    // Clients that the server trains on are not evaluated.
    (training.union([.testSet, .privacy]), "aggregator.root_clients"),
    (training, "attack.*"),
    // The success of a backdoor is measured on baselines too.
    (training.union([.testSet]), "attack.trigger_app attack.target_app"),
    (training, "devices.*"),
    // Who may be drawn decides what the accounting may count on.
    (training.union([.privacy]), "availability.* schedule.*"),
    // A method may keep a part of the model from what travels.
    (training.union([.measurement, .privacy]), "personalisation.*"),

    (
      training.union([.privacy]),
      """
      training.rounds training.cohort_size training.sampling training.min_separation
      training.capacity training.weighting training.ignored_weight
      """
    ),
    (training.union([.pooledModel, .privacy]), "training.max_examples training.window_days"),
    // Of some algorithms the report is shorter where all clients take as many steps.
    (everyModel.union([.privacy]), "training.local.steps"),
    (
      everyModel,
      """
      training.local.optimizer training.local.epochs training.local.batch_size
      training.local.learning_rate training.local.momentum training.local.weight_decay
      training.local.beta1 training.local.beta2 training.local.epsilon
      """
    ),
    (
      training,
      """
      training.server.optimizer training.server.learning_rate training.server.beta1
      training.server.beta2 training.server.epsilon
      """
    ),

    // The best model is chosen by the same metric.
    (
      training.union([.measurement]),
      """
      training.stop.metric training.stop.split training.stop.patience
      training.stop.minimum_gain training.stop.target
      """
    ),

    // With noise nobody looks at everybody's data, so less is known of an imported log.
    (training.union([.population, .privacy]), "privacy.mechanism"),
    // What is selected with noise is another selection in every run, whatever the keys say.
    (
      everyModel.union([.population, .privacy]),
      "privacy.selection.noise_multiplier privacy.selection.apps"
    ),
    (
      training.union([.privacy]),
      """
      privacy.clipping privacy.clipping_bound privacy.adaptive.target_quantile
      privacy.adaptive.learning_rate privacy.adaptive.count_deviation privacy.noise_multiplier
      privacy.target_epsilon privacy.delta privacy.accountant privacy.budget.epsilon
      privacy.noise_cohort_size privacy.noise_population
      privacy.tree.restart_rounds privacy.tree.combined privacy.banded.bands privacy.blt.buffers
      privacy.audit.canaries
      """
    ),
    // A secret key draws the parameters that every model starts from.
    (everyModel.union([.privacy]), "privacy.randomness"),
    (
      [.ledger],
      """
      privacy.ledger privacy.ledger_people privacy.ledger_budget.epsilon privacy.ledger_budget.delta
      privacy.ledger_budget.composition
      """
    ),

    (
      training.union([.privacy]),
      """
      secure_aggregation.protocol secure_aggregation.adversary secure_aggregation.corrupt_fraction
      secure_aggregation.dropout_fraction secure_aggregation.minimum_survivors
      secure_aggregation.encoding.clip secure_aggregation.encoding.fraction_bits
      secure_aggregation.encoding.modulus_bits secure_aggregation.encoding.bits
      secure_aggregation.encoding.rotation
      """
    ),

    ([.measurement], "evaluation.every evaluation.initial evaluation.keep_best"),
    ([.measurement, .localModel], "evaluation.local_only"),
    // Phones that choose by their own past train a model of it too.
    ([.measurement, .localModel, .personalModel], "evaluation.local_only_epochs"),
    ([.measurement, .pooledModel], "evaluation.pooled_epochs"),
    (
      [.testSet],
      """
      evaluation.seed evaluation.clients evaluation.new_clients evaluation.largest_client_weight
      """
    ),
    (
      everyModel.union([.population, .testSet]),
      "evaluation.test_days evaluation.test_fraction"
    ),

    (
      training.union([.privacy]),
      """
      faults.dropout_rate faults.before_keys_rate faults.after_shares_rate faults.after_upload_rate
      faults.before_unmask_rate faults.shuffled_label_rate
      """
    ),

    (
      [.lifecycle],
      """
      lifecycle.first_day lifecycle.retraining_days lifecycle.show_above lifecycle.offline_rate
      lifecycle.offline_days lifecycle.ceiling_clients lifecycle.monitor.reference
      lifecycle.monitor.threshold lifecycle.monitor.window_days lifecycle.monitor.cooldown_days
      lifecycle.monitor.noise_multiplier lifecycle.rollout.rollback_error_rate
      lifecycle.rollout.promotion_error_rate lifecycle.rollout.baseline_days
      lifecycle.candidate.day lifecycle.candidate.shuffled_label_rate
      """
    ),
  ]
}

extension Configuration {
  /// The values of the keys that decide one of these, line by line: equal for configurations that agree
  /// in them.
  package func text(deciding aspects: Set<ConfigurationAspect>) -> String {
    Self.keys.filter { $0.decides(aspects) }.map { "\($0.path)=\($0.value(self).exactText)" }
      .joined(separator: "\n")
  }

  /// The values of the keys that decide anything but these.
  package func text(decidingMoreThan aspects: Set<ConfigurationAspect>) -> String {
    text(deciding: Set(ConfigurationAspect.allCases).subtracting(aspects))
  }
}

extension ConfigurationKey.Value {
  /// As files have it, and of a text all of it.
  fileprivate var exactText: String {
    if case .text(let text) = self { text } else { description }
  }
}
