import Privacy
import SecureAggregation

/// Noise, and what hides single updates.
extension Configuration {
  static let privacy: [ConfigurationKey] = [
    .choice(
      "privacy.mechanism", \.privacy.mechanism, "The noise that gives differential privacy."),
    .choice(
      "privacy.clipping", \.privacy.clipping,
      "Whether the clipping bound stays or adapts."),
    .optionalNumber(
      "privacy.clipping_bound", .positive(1e-6...1e6), \.privacy.clippingBound,
      "Largest Euclidean norm of a client's update; a longer update is scaled down to it. "
        + "With adaptive clipping it is the bound of round 1, and 0.1 when left out. Left out "
        + "otherwise, nothing is clipped."),
    .number(
      "privacy.adaptive.target_quantile", .between(0, 1), \.privacy.adaptive.targetQuantile,
      "Share of the updates that should be below the clipping bound."),
    .number(
      "privacy.adaptive.learning_rate", .upTo(10), \.privacy.adaptive.learningRate,
      "Step size of the bound: each round multiplies it by exp(−rate × (share below the "
        + "bound − target_quantile))."),
    .optionalNumber(
      "privacy.adaptive.count_deviation", .positive(1e-3...1e9), unit: "clients",
      \.privacy.adaptive.countDeviation,
      "Standard deviation of the noise on the number of updates below the bound, which also "
        + "is private. If left out, cohort_size / 20."),
    .optionalNumber(
      "privacy.noise_multiplier", .closed(0...1e12), unit: "clipping bounds",
      \.privacy.noiseMultiplier,
      "Standard deviation of the noise on the sum of the clients' updates, divided by the "
        + "clipping bound. 0 means no noise; otherwise at least 0.000001. If left out, it is "
        + "calibrated to privacy.target_epsilon."),
    .optionalNumber(
      "privacy.target_epsilon", .positiveOrInfinite(1e-4...1e4), \.privacy.targetEpsilon,
      "Epsilon of the whole run, to which the noise multiplier is calibrated. Together with "
        + "privacy.noise_multiplier it determines the number of rounds instead. `.inf` clips "
        + "without noise."),
    .optionalNumber(
      "privacy.delta", .between(0, 1), \.privacy.delta,
      "Delta of the guarantee. If left out, the smaller of 1e-5 and 1 / (10 × clients)."),
    .optionalInteger(
      "privacy.noise_cohort_size", 1...10_000_000, unit: "clients", \.privacy.noiseCohortSize,
      "Cohort size of a launch: the mean update gets the noise that it would have there "
        + "(gaussian, tree, banded, blt). If left out, the noise is that of the run's own cohorts."),
    .optionalInteger(
      "privacy.noise_population", 1...1 << 40, unit: "clients", \.privacy.noisePopulation,
      "Number of clients that may train at that launch. If left out, as many as keep the sampling "
        + "rate of the run."),
    .choice(
      "privacy.accountant", \.privacy.accountant,
      "How epsilon is computed."),
    .optionalNumber(
      "privacy.budget.epsilon", .positive(1e-6...1e9), \.privacy.budget.epsilon,
      "The run ends before the round that would take epsilon above this value. If left out, "
        + "there is no such end."),
    .choice(
      "privacy.randomness", \.privacy.randomness,
      "Where the noise, the cohorts and all other draws of training come from."),
    .optionalInteger(
      "privacy.tree.restart_rounds", 1...10_000_000, unit: "rounds", \.privacy.tree.restartRounds,
      "Rounds covered by one tree, after which a new one begins. If left out, one tree covers "
        + "the whole run."),
    .flag(
      "privacy.tree.combined", \.privacy.tree.combined,
      "Whether each node of the tree is estimated from its children as well (Honaker 2015): "
        + "less noise at the same epsilon."),
    .optionalInteger(
      "privacy.banded.bands", 1...1 << 20, unit: "rounds", \.privacy.banded.bands,
      "Number of consecutive rounds whose noise is correlated. If left out, "
        + "training.min_separation, at most 32."),
    .integer(
      "privacy.blt.buffers", 1...4, unit: "buffers", \.privacy.blt.buffers,
      "Number of buffers of the correlated noise; more buffers come closer to the optimal "
        + "noise and take more memory."),
    .integer(
      "privacy.audit.canaries", 0...1 << 20, unit: "clients", \.privacy.audit.canaries,
      "Number of canary clients of the empirical audit; about half of them are really "
        + "inserted. 0 means no audit."),
    .optionalText(
      "privacy.ledger", longest: 4_096, \.privacy.ledger,
      "The ledger file in which all runs on the same people record the privacy they may "
        + "spend and have spent. If left out, nothing is recorded."),
    .optionalText(
      "privacy.ledger_people", longest: 200, \.privacy.ledgerPeople,
      "Name of the people on the ledger. If left out, the hash of the imported log, or the "
        + "settings that simulate them."
    ),
    .optionalNumber(
      "privacy.ledger_budget.epsilon", .positive(1e-6...1e9), \.privacy.ledgerBudget.epsilon,
      "A run after which all runs on the ledger together could exceed this epsilon is "
        + "refused. If left out, the budget that the ledger already has holds, if any."),
    .optionalNumber(
      "privacy.ledger_budget.delta", .between(0, 1), \.privacy.ledgerBudget.delta,
      "Delta of the ledger's budget. If left out, the smaller of 5e-5 and 1 / (2 × clients)."),
    .choice(
      "privacy.ledger_budget.composition", \.privacy.ledgerBudget.composition,
      "How the privacy losses of the runs are added up."),
    .optionalNumber(
      "privacy.selection.noise_multiplier", .positive(1e-2...1e3),
      \.privacy.selection.noiseMultiplier,
      "Standard deviation of the noise on the counts that select the app ranks and the end "
        + "of training, divided by the contribution of one client (file). If left out, nothing is "
        + "selected."),
    .integer(
      "privacy.selection.apps", 1...1_000, unit: "apps", \.privacy.selection.apps,
      "Number of a client's most used apps that the selection counts."),
  ]

  static let secureAggregation: [ConfigurationKey] = [
    .choice(
      "secure_aggregation.protocol", \.secureAggregation.protocol,
      "The protocol by which the server learns only the sum of the updates."),
    .choice(
      "secure_aggregation.adversary", \.secureAggregation.adversary,
      "What the server is assumed to do."),
    .number(
      "secure_aggregation.corrupt_fraction", .halfOpen(0..<1), \.secureAggregation.corruptFraction,
      "Fraction of a cohort that may collude with the server."),
    .number(
      "secure_aggregation.dropout_fraction", .halfOpen(0..<1), \.secureAggregation.dropoutFraction,
      "Fraction of a cohort that may drop out without the round being abandoned."),
    .optionalInteger(
      "secure_aggregation.minimum_survivors", 2...10_000_000, unit: "clients",
      \.secureAggregation.minimumSurvivors,
      "The sum of fewer clients is never revealed. If left out, the number that "
        + "dropout_fraction leaves of a cohort."),
    .optionalNumber(
      "secure_aggregation.encoding.clip", .positive(1e-6...1e6), \.secureAggregation.encoding.clip,
      "Largest absolute value of an update's coordinate before quantization; larger values "
        + "are cut off. If left out, it follows from privacy.clipping_bound, or is 1; with "
        + "protocol: none and no noise of the clients, nothing is quantized."),
    .optionalInteger(
      "secure_aggregation.encoding.fraction_bits", -16...50, unit: "bits",
      \.secureAggregation.encoding.fractionBits,
      "Binary digits after the point of a quantized coordinate: the step is "
        + "2^-fraction_bits. If left out, the largest number with which a sum cannot wrap around."),
    ConfigurationKey(
      path: "secure_aggregation.encoding.modulus_bits", kind: .oneOf([32, 64]), isOptional: false,
      unit: "bits", meaning: "Sums are computed modulo 2 to this power."
    ) { .integer($0.secureAggregation.encoding.modulusBits) },
    .optionalInteger(
      "secure_aggregation.encoding.bits", 2...60, unit: "bits", \.secureAggregation.encoding.bits,
      "Sums with noise from the clients are read modulo 2^bits (discrete_gaussian, "
        + "skellam). If left out, modulus_bits - 4."),
    .flag(
      "secure_aggregation.encoding.rotation", \.secureAggregation.encoding.rotation,
      "Whether a random Hadamard rotation spreads large coordinates over all of them before "
        + "quantization."),
  ]
}
