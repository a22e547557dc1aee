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
        "Names the experiment and the folder of its runs: letters, digits, '-', '_' and '.', "
        + "beginning with a letter."
    ) { .text($0.name) },
    ConfigurationKey(
      path: "seed", kind: .seed, isOptional: false, unit: "",
      meaning: "Decides every random draw of the run."
    ) { .unsigned($0.seed) },
    .choice(
      "task", \.task,
      "What is predicted: the first app after an unlock, or the next app at any time."),
  ]

  private static let population: [ConfigurationKey] = [
    .choice(
      "population.source", \.population.source,
      "Where the clients come from: simulated phones, an imported log, or data for speed tests."),
    ConfigurationKey(
      path: "population.seed", kind: .seed, isOptional: true, unit: "",
      meaning: "Decides who the clients are and which are held out; left out, `seed` does."
    ) { $0.population.seed.value.map(ConfigurationKey.Value.unsigned) ?? .none },
    .integer(
      "population.clients", 1...1 << 40, unit: "clients", \.population.clients,
      "Registered clients (synthetic, benchmark); a file has as many as it has."),
    .integer(
      "population.days", 1...3_650, unit: "days", \.population.days,
      "Length of every history (synthetic)."),
    .choice(
      "population.preset", \.population.preset, "How regular the simulated clients are (synthetic)."
    ),
    .optionalInteger(
      "population.drift.day", 1...3_650, unit: "days", \.population.drift.day,
      "Day from which on clients choose by new habits, the first being 0; left out, nothing changes."
    ),
    .number(
      "population.drift.share", .closed(0...1), \.population.drift.share,
      "Share of the clients that change."),
    .optionalChoice(
      "population.drift.preset", \.population.drift.preset,
      "How regular they are after the change; left out, as before."),
    .number(
      "population.arrivals.share", .closed(0...1), \.population.arrivals.share,
      "Share of all clients that arrive after the first day (synthetic)."),
    .integer(
      "population.arrivals.days", 1...3_650, unit: "days", \.population.arrivals.days,
      "First days over which they arrive evenly."),
    .optionalText(
      "population.path", longest: 4_096, \.population.path,
      "The log that `fedsim data import` wrote (file)."),
    .optionalText(
      "population.seal_key_file", longest: 4_096, \.population.sealKeyFile,
      "The file that holds the key of a sealed log (file)."),
    .optionalText(
      "population.vocabulary_file", longest: 4_096, \.population.vocabularyFile,
      "A public list of apps, one a line, the most popular first (file); left out, the clients' data "
        + "ranks them."),
    .optionalText(
      "population.training_end", longest: 10, \.population.trainingEnd,
      "The date from which on nothing is trained on, such as 2026-01-31 (file); left out, it follows "
        + "from the log's last event."),
    .number(
      "population.new_client_share", .halfOpen(0..<1), \.population.newClientShare,
      "Share of the clients that is held out of training whole."),
  ]

  private static let model: [ConfigurationKey] = [
    .choice("model.kind", \.model.kind, "The model that is trained."),
    .integer(
      "model.vocabulary", 2...65_536, unit: "apps", \.model.vocabulary,
      "Apps that the model tells apart; rarer ones share the last id."),
    .integer(
      "model.sequence_length", 1...256, unit: "apps", \.model.sequenceLength,
      "Previous apps that the model reads."),
    .integer(
      "model.embedding", 1...1_024, unit: "numbers", \.model.embedding, "Length of an app's vector."
    ),
    .integer(
      "model.hidden", 1...1_024, unit: "units", \.model.hidden, "Width of the recurrent layer."),
  ]

  private static let training: [ConfigurationKey] = [
    .integer(
      "training.rounds", 1...10_000_000, unit: "rounds", \.training.rounds,
      "Rounds of the whole run; with correlated noise at most 16384."),
    .integer(
      "training.cohort_size", 1...10_000_000, unit: "clients", \.training.cohortSize,
      "Clients of a round (fixed_size, min_separation), or their expected number (poisson, cyclic, "
        + "random_allocation)."
    ),
    .choice(
      "training.sampling", \.training.sampling,
      "How the clients of a round are drawn; random_allocation: each takes part in one round, drawn "
        + "at random, of every block of clients / cohort_size rounds."),
    .optionalInteger(
      "training.min_separation", 1...1 << 20, unit: "rounds", \.training.minSeparation,
      "Rounds from one participation of a client to its next (min_separation), or groups that take "
        + "turns (cyclic)."),
    .optionalInteger(
      "training.capacity", 1...1 << 40, unit: "clients", \.training.capacity,
      "Largest cohort (poisson); of a larger one a random part is kept, and left out there is no "
        + "limit."),
    .choice(
      "training.weighting", \.training.weighting,
      "Whether every client counts the same or by its number of examples."),
    .integer(
      "training.max_examples", 1...1 << 20, unit: "examples", \.training.maxExamples,
      "Training examples of one client in one round; more are thinned by a keyed draw."),
    .optionalInteger(
      "training.window_days", 1...36_500, unit: "days", \.training.windowDays,
      "Days before the end of training that are learned from; left out, all."),
    .integer(
      "training.ignored_weight", 1...100, unit: "times", \.training.ignoredWeight,
      "How often an example counts whose first suggestion was ignored; others count once."),
    .choice("training.local.optimizer", \.training.local.optimizer, "The optimizer on a client."),
    .integer(
      "training.local.epochs", 1...1_000, unit: "passes", \.training.local.epochs,
      "Passes over a client's examples in one round."),
    .optionalInteger(
      "training.local.steps", 1...1_000_000, unit: "steps", \.training.local.steps,
      "Instead of epochs: optimizer steps of every client in one round, in as many passes as it takes."
    ),
    .integer(
      "training.local.batch_size", 1...4_096, unit: "examples", \.training.local.batchSize,
      "Examples of one local step."),
    .number(
      "training.local.learning_rate", .positive(1e-12...1e6), \.training.local.learningRate,
      "Learning rate of the local steps."),
    .number(
      "training.local.momentum", .halfOpen(0..<1), \.training.local.momentum,
      "Momentum of the local steps."),
    .number(
      "training.local.weight_decay", .halfOpen(0..<1), \.training.local.weightDecay,
      "Weight decay of the local steps."),
    .number(
      "training.local.beta1", .halfOpen(0..<1), \.training.local.beta1,
      "Decay of the first moment (adam)."),
    .number(
      "training.local.beta2", .halfOpen(0..<1), \.training.local.beta2,
      "Decay of the second moment (adam)."),
    .number(
      "training.local.epsilon", .positive(1e-30...1e6), \.training.local.epsilon,
      "Added to the root of the second moment (adam, adagrad)."),
    .choice(
      "training.server.optimizer", \.training.server.optimizer,
      "How the server steps along the averaged update."),
    .number(
      "training.server.learning_rate", .positive(1e-12...1e6), \.training.server.learningRate,
      "Learning rate of the server."),
    .number(
      "training.server.beta1", .halfOpen(0..<1), \.training.server.beta1,
      "Decay of the first moment (momentum, adam, yogi)."),
    .number(
      "training.server.beta2", .halfOpen(0..<1), \.training.server.beta2,
      "Decay of the second moment (adam, yogi)."),
    .number(
      "training.server.epsilon", .positive(1e-30...1e6), \.training.server.epsilon,
      "Added to the root of the second moment (adam, adagrad, yogi)."),
  ]
}
