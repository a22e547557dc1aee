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
      task: first_app             # \(task)

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
      \(initial)\(evaluation)
      """ + "\n"
  }

  private var task: String {
    self == .log
      ? "the first app after an unlock, or after a pause where no unlock is logged;\n"
        + "                            # next_app: every app opened"
      : "the first app after an unlock; next_app: every app opened"
  }

  private var question: String {
    switch self {
    case .quickstart: "Can phones learn to predict the next app without sharing their history?"
    case .sweep: "How many phones per round are enough? Three cohort sizes, three seeds each."
    case .secure: "What does it cost that the server sees only sums of updates?"
    case .privacy:
      "Which epsilon can we afford? Accuracy without noise and at five epsilons, three seeds each."
    case .lifecycle:
      "Does a model that is monitored and retrained recover when habits change on day 20?"
    case .log: "Does it work on my own log?"
    }
  }

  private var duration: String {
    switch self {
    case .quickstart, .secure: "500 simulated phones; under a minute on two cores."
    case .sweep: "500 simulated phones, nine runs; a few minutes on two cores."
    case .privacy: "300 simulated phones, 18 runs of 20 rounds; one to three minutes on two cores."
    case .lifecycle: "300 simulated phones, 45 days; about a minute on two cores."
    case .log: "Time depends on the log; try it with --set training.rounds=2 first."
    }
  }

  private var population: String {
    switch self {
    case .quickstart, .sweep, .secure:
      return """
        population:
          source: synthetic         # simulated phones; file: a log of your own
          preset: typical           # routine: strong habits, easier; erratic: harder than real logs
          clients: 500
          days: 28
          new_client_share: 0.1     # held out of training whole: people the model has never seen
        """
    case .privacy:
      return """
        population:
          source: synthetic         # simulated phones; file: a log of your own
          preset: typical           # routine: strong habits, easier; erratic: harder than real logs
          clients: 300              # few, so that noise costs something: with thousands it costs little
          seed: 1                   # the same people for every seed of the sweep
          days: 28
          new_client_share: 0.1     # held out of training whole: people the model has never seen
        """
    case .lifecycle:
      return """
        population:
          source: synthetic         # a lifecycle simulates people: what follows a log is unknown
          preset: routine           # strong habits, so that a change shows
          clients: 300
          days: 45
          drift: {day: 20}          # the day on which everybody's habits change
          arrivals: {share: 0.1, days: 45}    # people who come in the course of these days
        """
    case .log: break
    }
    return """
      # First: fedsim data import LOG.csv --out phones.sqlite
      # (a CSV file with the columns user, time and app; `fedsim data import --help` has more), or, where each
      # phone has a file of its own: fedsim data import FOLDER --client-from file --out phones.sqlite
      population:
        source: file
        path: phones.sqlite       # from this file's folder
        new_client_share: 0.1     # held out of training whole: people the model has never seen
      """
  }

  /// A model without recurrence keeps many runs short.
  private var model: String {
    switch self {
    case .sweep, .lifecycle: "logistic            # softmax, lstm, or the strongest: lstm_ranker"
    case .quickstart, .secure, .log:
      "lstm_ranker         # it and logistic read the phone's own counts; softmax and lstm do not"
    case .privacy:
      """
      lstm_ranker
        vocabulary: 64            # a small model: the noise grows with the root of its parameters
        sequence_length: 4
        embedding: 8
        hidden: 16
      """
    }
  }

  private var rounds: Int {
    switch self {
    case .quickstart, .sweep, .secure: 40
    case .privacy: 20
    case .log: 60
    case .lifecycle: 30
    }
  }

  private var cohort: Int {
    switch self {
    case .log: 5
    case .lifecycle: 30
    default: 50
    }
  }

  private var every: Int { self == .lifecycle ? 30 : 10 }

  /// A learning curve begins before the first round; a lifecycle has none.
  private var initial: String {
    self == .lifecycle
      ? ""
      : "  initial: true             # and once before the first round, for the learning curve\n"
  }

  private var comment: String {
    switch self {
    case .sweep: "           # the sweep below takes other values"
    case .log:
      "            # phones per round; with more the model learns faster, up to nine tenths of all"
    case .privacy:
      """
                 # phones per round, on average
        sampling: poisson         # each phone joins by itself: what the accountant counts on
      """
    default: "           # phones per round"
    }
  }

  private var extra: String {
    switch self {
    case .quickstart, .log: ""
    case .privacy:
      """

      privacy:
        mechanism: gaussian       # noise of the server on the sum of the updates
        clipping_bound: 0.5       # largest norm of an update; try others, the noise is a multiple of it
        target_epsilon: 4         # of the whole training; the sweep below takes other values
        # A launch is larger. To simulate the noise of cohorts of 10 000 among a million phones, take its
        # training.rounds as well, and training.cohort_size: 10 so that it does not take hours:
        # noise_cohort_size: 10000
        # noise_population: 1000000

      sweep:                      # all combinations of these lists
        privacy.target_epsilon: [.inf, 8, 4, 2, 1, 0.3]    # .inf: clipped, without noise
        seed: 3                   # three seeds, counted from the one above

      """
    case .lifecycle:
      """

      lifecycle:
        first_day: 10             # days of usage before the first model is in use
        retraining_days: 3        # days that a retraining learns from
        monitor:
          threshold: 0.85         # retrain when accuracy falls below this; reference: release makes it a
                                  # share of the accuracy right after the latest release
          window_days: 3          # for so many days in a row

      """
    case .sweep:
      """

      sweep:                      # all combinations of these lists
        training.cohort_size: [10, 50, 100]
        seed: 3                   # three seeds, counted from the one above. Each draws other phones;
                                  # population: {seed: 1} and evaluation: {seed: 1} keep them

      """
    case .secure:
      """

      secure_aggregation:
        protocol: secagg_plus     # secagg: all pairs of phones share masks; none: in the clear
        dropout_fraction: 0.2     # of a cohort, that may vanish without costing the round

      faults:
        dropout_rate: 0.05        # phones that vanish in the middle of a round

      """
    }
  }

  private var evaluation: String {
    let days = "  test_days: 7              # the held-out test period"
    guard self != .log else {
      return days + """

          pooled_epochs: 5          # also train one model on all logs in one place, to compare with
        """
    }
    guard self != .lifecycle else {
      return """
          clients: 100              # training phones, in their test period
          new_clients: 30           # phones held out of training
        """
    }
    return """
        clients: \(self == .privacy ? "200" : "100")              # training phones, in their test period
        new_clients: \(self == .privacy ? "30" : "50")           # phones held out of training
      \(days)
      """
        + (self == .privacy
          ? "\n  seed: 1                   # the same phones evaluated for every seed" : "")
  }
}
