import Tables

extension ExperimentTemplate {
  /// The file: valid as it is, every line explained.
  package func text(name: String, path: String) -> String {
    // It stands in comments and in commands that a person copies.
    let path = shellQuoted(PrintableText.line(path))
    return """
      # \(question)
      # \(duration)
      #
      #   fedsim validate \(path)   # checks it and shows every other key with its default
      #   fedsim \(verb) \(path)
      #
      # Any key can be changed for one run: fedsim \(verb) \(path) --set training.rounds=100
      name: \(name)
      seed: 1                     # the same file and seed give the same bytes
      task: first_app             # the first app after an unlock; next_app: every app opened

      \(population)

      model:
        kind: \(model)

      training:
        rounds: \(rounds)
        cohort_size: \(cohort)\(comment)
        local:                    # what a phone does with the model it gets
          epochs: 1
          batch_size: 16
          learning_rate: 0.05
        server:                   # what the server does with the mean of the updates
          optimizer: sgd          # sgd, momentum, adam, adagrad, yogi
          learning_rate: 1.0
      \(extra)
      evaluation:
        every: \(every)                 # rounds between evaluations; the last round is always evaluated
      \(evaluation)
      """ + "\n"
  }

  private var question: String {
    switch self {
    case .quickstart: "Can phones learn to predict the next app without sharing their history?"
    case .sweep: "How many phones a round are enough? Three cohort sizes, three seeds each."
    case .secure: "What does it cost that the server sees only sums of updates?"
    case .log: "Does it work on my own log?"
    }
  }

  private var duration: String {
    switch self {
    case .quickstart, .secure: "500 simulated phones; under a minute on two cores."
    case .sweep: "500 simulated phones, nine runs; a few minutes on two cores."
    case .log: "Time depends on the log; try it with --set training.rounds=2 first."
    }
  }

  private var population: String {
    guard self == .log else {
      return """
        population:
          source: synthetic         # simulated phones; file: a log of your own
          preset: typical           # routine: strong habits, easier; erratic: harder than real logs
          clients: 500
          days: 28
          new_client_share: 0.1     # held out of training whole: people the model has never seen
        """
    }
    return """
      # First: fedsim data import LOG.csv --out phones.sqlite
      # (a CSV file with the columns user, time and app; `fedsim data import --help` has more)
      population:
        source: file
        path: phones.sqlite       # from this file's folder
        new_client_share: 0.1     # held out of training whole: people the model has never seen
      """
  }

  /// A model without recurrence keeps many runs short.
  private var model: String {
    self == .sweep
      ? "logistic            # softmax, lstm, or the strongest: lstm_ranker"
      : "lstm_ranker         # the strongest; logistic, softmax and lstm are quicker"
  }

  private var rounds: Int { self == .log ? 30 : 40 }
  private var cohort: Int { self == .log ? 5 : 50 }
  private var every: Int { 20 }

  private var comment: String {
    switch self {
    case .sweep: "           # the sweep below takes other values"
    case .log: "            # phones a round, at most nine tenths of those in the log"
    default: "           # phones a round"
    }
  }

  private var extra: String {
    switch self {
    case .quickstart, .log: ""
    case .sweep:
      """

      sweep:                      # all combinations of these lists
        training.cohort_size: [10, 50, 100]
        seed: 3                   # three seeds, counted from the one above. Each draws other phones;
                                  # population.seed and evaluation.seed above would keep them

      """
    case .secure:
      """

      secure_aggregation:
        protocol: secagg_plus     # secagg: everybody masks against everybody; none: in clear
        dropout_fraction: 0.2     # of a cohort, that may vanish without costing the round

      faults:
        dropout_rate: 0.05        # phones that vanish in the middle of a round

      """
    }
  }

  private var evaluation: String {
    let days = "  test_days: 7              # the last days: no training example comes from them"
    guard self != .log else { return days }
    return """
        clients: 100              # training phones, on their future
        new_clients: 50           # phones held out of training
      \(days)
      """
  }
}
