/// Privacy settings that would promise what nobody can account for, or that would be ignored.
enum WrongPrivacy {
  typealias Mistake = WrongConfigurationTests.Mistake

  private static func gaussian(_ lines: String, training: String = "") -> String {
    "training: {sampling: poisson\(training)}\nprivacy:\n  mechanism: gaussian\n\(lines)"
  }

  static let mistakes = amounts + combinations + ignored + ledgers

  private static let ledgers = [
    Mistake(
      yaml: "privacy:\n  ledger: people\n",
      words: ["FILE:2: ", "privacy.ledger has no effect with mechanism: none"]),
    Mistake(
      yaml: gaussian(
        "  clipping_bound: 1\n  noise_multiplier: 1\n  ledger_budget: {epsilon: 3}\n"),
      words: ["FILE:6: ", "privacy.ledger_budget.epsilon has no effect with no privacy.ledger"]),
    Mistake(
      yaml: gaussian(
        "  clipping_bound: 1\n  noise_multiplier: 1\n  ledger: people\n"
          + "  ledger_budget: {composition: renyi}\n"),
      words: [
        "FILE:7: ",
        "privacy.ledger_budget.composition has no effect with no "
          + "privacy.ledger_budget.epsilon",
      ]),
    Mistake(
      yaml: gaussian(
        "  clipping_bound: 1\n  noise_multiplier: 1\n  ledger: people\n"
          + "  ledger_budget: {epsilon: 0}\n"),
      words: ["FILE:7: ", "privacy.ledger_budget.epsilon must be above 0"]),
  ]

  private static let amounts = [
    Mistake(
      yaml: gaussian("  noise_multiplier: 1\n"), words: ["privacy.clipping_bound is missing"]),
    Mistake(
      yaml: gaussian("  clipping_bound: 1\n"),
      words: ["privacy.noise_multiplier is missing", "privacy.target_epsilon"]),
    Mistake(
      yaml: gaussian("  clipping_bound: 1\n  noise_multiplier: -1\n"),
      words: ["FILE:5: ", "privacy.noise_multiplier must be at least 0"]),
    Mistake(
      yaml: gaussian("  clipping_bound: 1\n  target_epsilon: 0\n"),
      words: ["FILE:5: ", "privacy.target_epsilon must be above 0"]),
    Mistake(
      yaml: gaussian("  clipping_bound: 1\n  target_epsilon: 1\n  delta: 1\n"),
      words: ["FILE:6: ", "privacy.delta must lie between 0 and 1"]),
    Mistake(
      yaml: gaussian("  clipping_bound: 1\n  target_epsilon: 1\n  delta: 0.02\n"),
      words: ["FILE:6: ", "privacy.delta must be below 1 / clients", "outright"]),
    Mistake(
      yaml: gaussian("  clipping_bound: 1\n  noise_multiplier: 1\n  budget: {epsilon: .inf}\n"),
      words: ["FILE:6: ", "privacy.budget.epsilon must be above 0"]),
    Mistake(
      yaml: gaussian(
        "  clipping: adaptive\n  noise_multiplier: 1\n  adaptive: {target_quantile: 1}\n"),
      words: ["FILE:6: ", "privacy.adaptive.target_quantile must lie between 0 and 1"]),
    Mistake(
      yaml: "training: {sampling: poisson, capacity: 99}\n",
      words: ["FILE:1: ", "training.capacity must be at least training.cohort_size (100)"]),
    Mistake(
      yaml: "training:\n  sampling: cyclic\n  min_separation: 0\n",
      words: ["FILE:3: ", "training.min_separation must lie in 1"]),
  ]

  private static let combinations = [
    Mistake(
      yaml: "population:\n  source: file\n  path: a\n  training_end: tomorrow\n",
      words: ["FILE:4: ", "population.training_end ('tomorrow') must be a date"]),
    Mistake(
      yaml: "population:\n  source: file\n  path: a\n  training_end: 2026-02-30\n",
      words: ["FILE:4: ", "population.training_end ('2026-02-30') must be a date"]),
    Mistake(
      yaml: "population:\n  vocabulary_file: apps\n",
      words: ["FILE:2: ", "population.vocabulary_file has no effect with source: synthetic"]),
    Mistake(
      yaml: "population:\n  training_end: 2026-01-31\n",
      words: ["FILE:2: ", "population.training_end has no effect with source: synthetic"]),
    Mistake(
      yaml: gaussian(
        "  clipping_bound: 1\n  noise_multiplier: 1\n  selection: {noise_multiplier: 5}\n"),
      words: [
        "FILE:6: ", "privacy.selection.noise_multiplier has no effect with source: synthetic",
      ]),
    Mistake(
      yaml: "population: {source: file, path: a}\nprivacy: {selection: {noise_multiplier: 5}}\n",
      words: ["FILE:2: ", "privacy.selection.noise_multiplier has no effect with mechanism: none"]),
    Mistake(
      yaml: gaussian(
        "  clipping_bound: 1\n  noise_multiplier: 1\n  selection: {apps: 5}\n"
          + "population: {source: file, path: a}\n"),
      words: ["privacy.selection.apps has no effect with no privacy.selection.noise_multiplier"]),
    Mistake(
      yaml: gaussian(
        "  clipping_bound: 1\n  noise_multiplier: 1\n  selection: {noise_multiplier: 5}\n"
          + "population: {source: file, path: a, vocabulary_file: b, training_end: 2026-01-31}\n"),
      words: [
        "privacy.selection.noise_multiplier has no effect with population.vocabulary_file and"
      ]),
    Mistake(
      yaml: gaussian(
        "  clipping_bound: 1\n  noise_multiplier: 1\n", training: ", weighting: examples"),
      words: ["FILE:1: ", "training.weighting must be uniform", "moves the sum by more"]),
    Mistake(
      yaml: "training: {sampling: poisson}\nprivacy:\n  mechanism: blt\n  clipping_bound: 1\n"
        + "  noise_multiplier: 1\n",
      words: [
        "FILE:1: ", "training.sampling must be min_separation, cyclic or", "poisson does not",
      ]),
    Mistake(
      yaml: "privacy: {mechanism: tree, clipping_bound: 1, noise_multiplier: 1}\n",
      words: ["training.sampling must be min_separation, cyclic or", "fixed_size does not"]),
    Mistake(
      yaml: "training: {sampling: min_separation, min_separation: 4, cohort_size: 10}\n"
        + "privacy: {mechanism: banded, clipping: adaptive, noise_multiplier: 1}\n",
      words: ["FILE:2: ", "privacy.clipping must be fixed", "one bound"]),
    Mistake(
      yaml: "training: {sampling: cyclic, min_separation: 4, cohort_size: 10}\n"
        + "privacy: {mechanism: banded, clipping_bound: 1, noise_multiplier: 1, banded: {bands: 5}}\n",
      words: ["FILE:2: ", "privacy.banded.bands must lie in 1…training.min_separation"]),
    Mistake(
      yaml: "training:\n  sampling: min_separation\n", words: ["training.min_separation is missing"]
    ),
    Mistake(
      yaml: "training: {sampling: min_separation, min_separation: 10}\n",
      words: ["FILE:1: ", "(10) leaves too few clients", "the 900 clients that train"]),
    Mistake(
      yaml: "privacy: {mechanism: gauss}\n",
      words: ["FILE:1: ", "one of none, gaussian, tree, banded, blt, discrete_gaussian, skellam"]),
  ]

  private static let ignored = [
    Mistake(
      yaml: "privacy:\n  noise_multiplier: 1\n",
      words: ["FILE:2: ", "privacy.noise_multiplier has no effect with mechanism: none"]),
    Mistake(
      yaml: "privacy:\n  budget:\n    epsilon: 1\n",
      words: ["FILE:3: ", "privacy.budget.epsilon has no effect with mechanism: none"]),
    Mistake(
      yaml: gaussian("  clipping_bound: 1\n  noise_multiplier: 1\n  blt: {buffers: 2}\n"),
      words: ["FILE:6: ", "privacy.blt.buffers has no effect with mechanism: gaussian"]),
    Mistake(
      yaml: gaussian(
        "  clipping_bound: 1\n  noise_multiplier: 1\n  adaptive: {learning_rate: 1}\n"),
      words: ["privacy.adaptive.learning_rate has no effect with clipping: fixed"]),
    Mistake(
      yaml: "training:\n  min_separation: 3\n",
      words: ["FILE:2: ", "training.min_separation has no effect with sampling: fixed_size"]),
    Mistake(
      yaml: "training:\n  capacity: 300\n",
      words: ["FILE:2: ", "training.capacity has no effect with sampling: fixed_size"]),
  ]
}
