import UsageData

/// Every key of an experiment file, in the order in which files are written.
extension Configuration {
  package static let keys: [ConfigurationKey] =
    general + population + model + variantGroups.flatMap(\.keys) + training + privacy
    + secureAggregation + evaluation + faults + running + lifecycle

  /// The key with this path.
  package static func key(_ path: String) -> ConfigurationKey? { keysByPath[path] }

  private static let keysByPath = Dictionary(uniqueKeysWithValues: keys.map { ($0.path, $0) })

  private static let general: [ConfigurationKey] = [
    ConfigurationKey(
      path: "name", kind: .text(longest: 100), isOptional: false, unit: "",
      meaning:
        "Name of the experiment and of its results folder: letters, digits, '-', '_' and '.', "
        + "beginning with a letter."
    ) { .text($0.name) },
    ConfigurationKey(
      path: "seed", kind: .seed, isOptional: false, unit: "",
      meaning: "Seed of every random draw of the run. The same file and seed give the same bytes."
    ) { .unsigned($0.seed) },
    .choice(
      "task", \.task,
      "What the model predicts."),
  ]

  private static let population: [ConfigurationKey] = [
    .choice(
      "population.source", \.population.source,
      "Where the clients come from."),
    ConfigurationKey(
      path: "population.seed", kind: .seed, isOptional: true, unit: "",
      meaning:
        "Seed of the population: who the clients are and which of them are held out. If left "
        + "out, `seed` decides. Set it to keep the same clients while `seed` varies."
    ) { $0.population.seed.value.map(ConfigurationKey.Value.unsigned) ?? .none },
    .integer(
      "population.clients", 1...1 << 40, unit: "clients", \.population.clients,
      "Number of registered clients, held-out ones included (synthetic, benchmark, worker). An "
        + "imported log brings its own number."),
    .integer(
      "population.days", 1...3_650, unit: "days", \.population.days,
      "Length of every client's history (synthetic)."),
    .choice(
      "population.preset", \.population.preset, "How regular the simulated people are (synthetic)."
    ),
    .optionalInteger(
      "population.drift.day", 1...3_650, unit: "days", \.population.drift.day,
      "Day from which on people follow new habits; the first day is 0. If left out, habits do "
        + "not change."
    ),
    .number(
      "population.drift.share", .closed(0...1), \.population.drift.share,
      "Share of the clients whose habits change on that day."),
    .optionalChoice(
      "population.drift.preset", \.population.drift.preset,
      "How regular these people are after the change. If left out, as before."),
    .number(
      "population.arrivals.share", .closed(0...1), \.population.arrivals.share,
      "Share of all clients that arrive after the first day (synthetic)."),
    .integer(
      "population.arrivals.days", 1...3_650, unit: "days", \.population.arrivals.days,
      "Number of days, from the first one, over which they arrive evenly."),
    .optionalText(
      "population.path", longest: 4_096, \.population.path,
      "The file that `fedsim data import` wrote (file). A relative path starts at the "
        + "folder of the experiment file."),
    .optionalText(
      "population.seal_key_file", longest: 4_096, \.population.sealKeyFile,
      "The file with the key of an encrypted log (file)."),
    .optionalText(
      "population.vocabulary_file", longest: 4_096, \.population.vocabularyFile,
      "A public list of apps, one per line, the most popular first (file). If left out, the "
        + "clients' data ranks the apps, and a privacy mechanism needs privacy.selection."),
    .optionalText(
      "population.training_end", longest: 10, \.population.trainingEnd,
      "First date that no example is trained on, such as 2026-01-31 (file). If left out, it "
        + "follows from the last event of the log, and a privacy mechanism needs privacy.selection."
    ),
    .number(
      "population.new_client_share", .halfOpen(0..<1), \.population.newClientShare,
      "Share of the clients that are held out of training entirely. They are the held-out "
        + "clients of evaluations (split `new_clients`)."),
  ]

  private static let model: [ConfigurationKey] = [
    .choice(
      "model.kind", \.model.kind,
      "The model that is trained; docs/models-and-features.md describes each."),
    .integer(
      "model.vocabulary", 2...65_536, unit: "apps", \.model.vocabulary,
      "Number of apps that the model tells apart. Less popular apps share the last id."),
    .integer(
      "model.sequence_length", 1...256, unit: "apps", \.model.sequenceLength,
      "Number of previous apps that the model reads (lstm, lstm_ranker)."),
    .integer(
      "model.embedding", 1...1_024, unit: "numbers", \.model.embedding,
      "Length of the vector that stands for an app (lstm, lstm_ranker)."
    ),
    .integer(
      "model.hidden", 1...1_024, unit: "units", \.model.hidden,
      "Width of the LSTM layer (lstm, lstm_ranker)."),
    .optionalInteger(
      "model.parameters", 1...1 << 26, unit: "numbers", \.model.parameters,
      "Number of parameters of the client program's model (worker), which needs it."),
  ]

  private static let training: [ConfigurationKey] = [
    .integer(
      "training.rounds", 1...10_000_000, unit: "rounds", \.training.rounds,
      "Number of rounds of the run; at most 16384 with correlated noise (tree, banded, "
        + "blt)."),
    .integer(
      "training.cohort_size", 1...10_000_000, unit: "clients", \.training.cohortSize,
      "Clients per round (fixed_size, min_separation), or their expected number (poisson, "
        + "cyclic, random_allocation). With a privacy mechanism the noisy sum is divided by "
        + "this number."
    ),
    .choice(
      "training.sampling", \.training.sampling,
      "How the clients of a round are drawn."),
    .optionalInteger(
      "training.min_separation", 1...1 << 20, unit: "rounds", \.training.minSeparation,
      "Least number of rounds from one participation of a client to its next "
        + "(min_separation), or the number of groups that take turns (cyclic)."),
    .optionalInteger(
      "training.capacity", 1...1 << 40, unit: "clients", \.training.capacity,
      "Largest cohort (poisson). If more clients are drawn, a uniformly random "
        + "part of this size takes part. If left out, there is no limit."),
    .choice(
      "training.weighting", \.training.weighting,
      "How the updates of a round are averaged."),
    .integer(
      "training.max_examples", 1...1 << 20, unit: "examples", \.training.maxExamples,
      "Largest number of training examples of one client in one round. If it has more, a random "
        + "part of this size is drawn for each round."),
    .optionalInteger(
      "training.window_days", 1...36_500, unit: "days", \.training.windowDays,
      "Number of days before the test period that clients train on. If left out, on all "
        + "of them."),
    .integer(
      "training.ignored_weight", 1...100, unit: "times", \.training.ignoredWeight,
      "How many times a training example counts when the first suggestion of the round's "
        + "model was ignored for it, that is, another app was opened. 1 treats all examples "
        + "alike."),
    .choice(
      "training.local.optimizer", \.training.local.optimizer,
      "Optimizer of the local training on a client."),
    .integer(
      "training.local.epochs", 1...1_000, unit: "passes", \.training.local.epochs,
      "Passes over a client's examples in one round."),
    .optionalInteger(
      "training.local.steps", 1...1_000_000, unit: "steps", \.training.local.steps,
      "Optimizer steps of every client in one round, in as many passes as that takes; "
        + "replaces `epochs`."
    ),
    .integer(
      "training.local.batch_size", 1...4_096, unit: "examples", \.training.local.batchSize,
      "Examples per local optimizer step."),
    .number(
      "training.local.learning_rate", .positive(1e-12...1e6), \.training.local.learningRate,
      "Learning rate of local training."),
    .number(
      "training.local.momentum", .halfOpen(0..<1), \.training.local.momentum,
      "Momentum of local training (sgd)."),
    .number(
      "training.local.weight_decay", .halfOpen(0..<1), \.training.local.weightDecay,
      "Weight decay of local training."),
    .number(
      "training.local.beta1", .halfOpen(0..<1), \.training.local.beta1,
      "Decay rate of the first moment (adam)."),
    .number(
      "training.local.beta2", .halfOpen(0..<1), \.training.local.beta2,
      "Decay rate of the second moment (adam)."),
    .number(
      "training.local.epsilon", .positive(1e-30...1e6), \.training.local.epsilon,
      "Constant added to the square root of the second moment (adam, adagrad)."),
    .choice(
      "training.server.optimizer", \.training.server.optimizer,
      "Optimizer that the server applies to the averaged update."),
    .number(
      "training.server.learning_rate", .positive(1e-12...1e6), \.training.server.learningRate,
      "Learning rate of the server. 1 with sgd adds the averaged update as it is."),
    .number(
      "training.server.beta1", .halfOpen(0..<1), \.training.server.beta1,
      "Decay rate of the first moment (momentum, adam, yogi)."),
    .number(
      "training.server.beta2", .halfOpen(0..<1), \.training.server.beta2,
      "Decay rate of the second moment (adam, yogi)."),
    .number(
      "training.server.epsilon", .positive(1e-30...1e6), \.training.server.epsilon,
      "Constant added to the square root of the second moment (adam, adagrad, yogi)."),
    .choice(
      "training.stop.metric", \.training.stop.metric,
      "Column of evaluation.csv, of the federated model, for early stopping and for the best model."
    ),
    .choice(
      "training.stop.split", \.training.stop.split,
      "Whose evaluations count for early stopping and for the best model."),
    .optionalInteger(
      "training.stop.patience", 1...1_000_000, unit: "evaluations", \.training.stop.patience,
      "Evaluations in a row without a gain after which training ends. null means never."),
    .number(
      "training.stop.minimum_gain", .closed(0...1_000), \.training.stop.minimumGain,
      "An evaluation is a gain if the metric is better than at the last gain by more than this."),
    .optionalNumber(
      "training.stop.target", .closed(0...1_000), \.training.stop.target,
      "Training ends at the first evaluation with a metric at least this good. null means never."),
  ]
}
