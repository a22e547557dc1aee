import Privacy
import SecureAggregation

/// Noise, and what hides single updates.
extension Configuration {
  static let privacy: [ConfigurationKey] = [
    .choice(
      "privacy.mechanism", \.privacy.mechanism, "The noise that protects the clients."),
    .choice(
      "privacy.clipping", \.privacy.clipping,
      "Whether the clipping bound is fixed or follows a quantile of the update norms."),
    .optionalNumber(
      "privacy.clipping_bound", .positive(1e-6...1e6), \.privacy.clippingBound,
      "Largest Euclidean norm of an update; longer ones are scaled down."),
    .number(
      "privacy.adaptive.target_quantile", .between(0, 1), \.privacy.adaptive.targetQuantile,
      "Share of the updates that adaptive clipping should leave alone."),
    .number(
      "privacy.adaptive.learning_rate", .upTo(10), \.privacy.adaptive.learningRate,
      "How fast the clipping bound follows the quantile."),
    .optionalNumber(
      "privacy.adaptive.count_deviation", .positive(1e-3...1e9), unit: "clients",
      \.privacy.adaptive.countDeviation,
      "Standard deviation of the noise on the number of unclipped updates; left out, "
        + "cohort_size / 20."),
    .optionalNumber(
      "privacy.noise_multiplier", .closed(0...1e12), unit: "clipping bounds",
      \.privacy.noiseMultiplier,
      "Standard deviation of the noise on the clients' sum over the clipping bound: 0 for none, or "
        + "at least 0.000001; left out, the least that stays within privacy.target_epsilon."),
    .optionalNumber(
      "privacy.target_epsilon", .positiveOrInfinite(1e-4...1e4), \.privacy.targetEpsilon,
      "Epsilon of the whole run, from which the noise is solved; with privacy.noise_multiplier the "
        + "two decide training.rounds."),
    .optionalNumber(
      "privacy.delta", .between(0, 1), \.privacy.delta,
      "Delta of the guarantee; left out, the smaller of 1e-5 and 1 / (10 × clients)."),
    .choice(
      "privacy.accountant", \.privacy.accountant,
      "How epsilon is computed; auto takes the tightest that is valid."),
    .optionalNumber(
      "privacy.budget.epsilon", .positive(1e-6...1e9), \.privacy.budget.epsilon,
      "The run ends before the round after which epsilon would be larger."),
    .choice(
      "privacy.randomness", \.privacy.randomness,
      "Where noise comes from: a stream keyed by the seed, or the system's generator."),
    .optionalInteger(
      "privacy.tree.restart_rounds", 1...10_000_000, unit: "rounds", \.privacy.tree.restartRounds,
      "Rounds of one tree, after which the next begins; left out, one tree spans the run."),
    .flag(
      "privacy.tree.combined", \.privacy.tree.combined,
      "Lets every node use its children too: less noise, the same privacy."),
    .optionalInteger(
      "privacy.banded.bands", 1...1 << 20, unit: "rounds", \.privacy.banded.bands,
      "Rounds that share noise; left out, training.min_separation, at most 32."),
    .integer(
      "privacy.blt.buffers", 1...4, unit: "buffers", \.privacy.blt.buffers,
      "Buffers of the correlated noise."),
    .integer(
      "privacy.audit.canaries", 0...1 << 20, unit: "clients", \.privacy.audit.canaries,
      "Canary clients of an empirical audit, of which a coin plants half; 0 for none."),
  ]

  static let secureAggregation: [ConfigurationKey] = [
    .choice(
      "secure_aggregation.protocol", \.secureAggregation.protocol,
      "The protocol that lets the server see only the sum of the updates."),
    .choice(
      "secure_aggregation.adversary", \.secureAggregation.adversary,
      "Whether the server only looks, or also lies to the clients."),
    .number(
      "secure_aggregation.corrupt_fraction", .halfOpen(0..<1), \.secureAggregation.corruptFraction,
      "Fraction of a cohort that may collude with the server."),
    .number(
      "secure_aggregation.dropout_fraction", .halfOpen(0..<1), \.secureAggregation.dropoutFraction,
      "Fraction of a cohort that may drop out without costing the round."),
    .integer(
      "secure_aggregation.minimum_survivors", 2...10_000_000, unit: "clients",
      \.secureAggregation.minimumSurvivors, "A sum of fewer clients is never opened."),
    .optionalNumber(
      "secure_aggregation.encoding.clip", .positive(1e-6...1e6), \.secureAggregation.encoding.clip,
      "Largest coordinate of an update; larger ones are cut off."),
    .optionalInteger(
      "secure_aggregation.encoding.fraction_bits", -16...50, unit: "bits",
      \.secureAggregation.encoding.fractionBits,
      "log2 of the steps per unit; left out, the most that cannot wrap."),
    ConfigurationKey(
      path: "secure_aggregation.encoding.modulus_bits", kind: .oneOf([32, 64]), isOptional: false,
      unit: "bits", meaning: "log2 of the modulus of the sums."
    ) { .integer($0.secureAggregation.encoding.modulusBits) },
    .optionalInteger(
      "secure_aggregation.encoding.bits", 2...60, unit: "bits", \.secureAggregation.encoding.bits,
      "Noise of clients: sums are read modulo 2^bits; left out, modulus_bits - 4."),
    .flag(
      "secure_aggregation.encoding.rotation", \.secureAggregation.encoding.rotation,
      "Spreads every coordinate over all of them by a random Hadamard rotation first."),
  ]
}
