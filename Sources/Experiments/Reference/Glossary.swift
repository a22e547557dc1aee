import Tables

/// A word of the files or of the command line, and what it means.
package struct GlossaryTerm: Encodable, Equatable, Sendable {
  package enum Kind: String, Encodable, Sendable, CaseIterable {
    case column, file, predictor, split, status, figure
    case exitCode = "exit code"

    package var plural: String { self == .status ? "statuses" : "\(rawValue)s" }
  }

  package let kind: Kind
  package let name: String
  /// For a column, its file.
  package let file: String?
  package let unit: String?
  /// One sentence or two.
  package let meaning: String

  init(
    _ kind: Kind, _ name: String, _ meaning: String, file: String? = nil, unit: String? = nil
  ) {
    self.kind = kind
    self.name = name
    self.meaning = meaning
    self.file = file
    self.unit = unit
  }

  /// What `fedsim explain` says.
  package var paragraph: String {
    let title =
      switch kind {
      case .column: "\(name): column of \(file ?? "")"
      default: "\(name): \(kind.rawValue)"
      }
    return "\(title)\n  \(meaning)" + (unit.map { "\n  unit:    \($0)" } ?? "")
  }
}

/// What `fedsim explain` and docs/run-folder.md say about files, columns and words.
package enum Glossary {
  package static let all =
    columns + files + predictors + splits + statuses + figures + exitCodes

  /// All meanings of a word.
  package static func terms(named name: String) -> [GlossaryTerm] {
    all.filter { $0.name == name }
  }

  /// What a metric of sweep.csv is made of: `<split>_<predictor>_<column of evaluation.csv>`; nil for any
  /// other name.
  static func metric(named name: String) -> [GlossaryTerm]? {
    for split in splits where name.hasPrefix("\(split.name)_") {
      let rest = name.dropFirst(split.name.count + 1)
      for predictor in predictors where rest.hasPrefix("\(predictor.name)_") {
        let column = String(rest.dropFirst(predictor.name.count + 1))
        let file = ColumnReference.evaluation.file
        guard
          let metric = columns.first(where: { $0.name == column && $0.file == file }),
          !["round", "split", "predictor"].contains(column)
        else { continue }
        let whole = GlossaryTerm(
          .column, name,
          "\(column) of the predictor \(predictor.name) on the split \(split.name), at the last "
            + "evaluation. `fedsim compare --csv` has it as a metric, and --sort takes it.",
          file: ColumnReference.sweep.file, unit: metric.unit)
        return [whole, metric, predictor, split]
      }
    }
    return nil
  }

  /// The kind that a name stands for, in the singular or the plural: `exit code`, `exit-codes`, `figures`.
  package static func kind(named name: String) -> GlossaryTerm.Kind? {
    let words = name.lowercased().replacing("_", with: " ").replacing("-", with: " ")
    if words == "exit" || words == "exitcodes" || words == "codes" { return .exitCode }
    return GlossaryTerm.Kind.allCases.first {
      [$0.rawValue, $0.plural].contains(words)
    }
  }

  static var columns: [GlossaryTerm] { ColumnReference.tables.flatMap(\.terms) }

  static let files = [
    GlossaryTerm(
      .file, "config.yaml", "The experiment with every default; `fedsim run` takes it as it is."),
    GlossaryTerm(.file, "summary.json", "The last evaluation and the totals of the run."),
    GlossaryTerm(
      .file, "manifest.json",
      "Versions, machine, times, exit reason, privacy assumptions, and a SHA-256 of every file."),
    GlossaryTerm(
      .file, "model.safetensors", "The trained parameters, with what is needed to use them."),
    GlossaryTerm(
      .file, "model-best.safetensors",
      "The model of the best evaluation, with evaluation.keep_best."),
    GlossaryTerm(.file, "log.txt", "What went wrong and what was decided, for people."),
    GlossaryTerm(.file, "checkpoint", "Folder: the state that `fedsim resume` continues from."),
    GlossaryTerm(
      .file, "SHA256SUMS", "SHA-256 of every file that follows from the configuration and the seed."
    ),
  ]

  static let predictors = [
    GlossaryTerm(
      .predictor, "federated", "The model that the run trains. It is the same for all clients."),
    GlossaryTerm(
      .predictor, "personalised",
      "What a phone uses with personalisation.method: its own model, the shared one, or a mixture."),
    GlossaryTerm(
      .predictor, "local_only", "A model of the same kind, trained only on the client's own past."),
    GlossaryTerm(
      .predictor, "pooled",
      "A model of the same kind, trained on the examples of all training clients in one place."),
    GlossaryTerm(
      .predictor, "most_frequent",
      "The client's most frequent apps, counted before the test period."),
    GlossaryTerm(
      .predictor, "most_recent", "The apps in the order of their last use; it follows the phone."),
    GlossaryTerm(
      .predictor, "hourly_frequent",
      "The client's most frequent apps by hour of the day, counted before the test period."),
    GlossaryTerm(
      .predictor, "markov",
      "The client's apps by how often they followed the last app, counted before the test period."),
    GlossaryTerm(
      .predictor, "repeat_first",
      "The first app of the latest session, then the most frequent first apps; it follows the phone."
    ),
    GlossaryTerm(
      .predictor, "bayes_optimal",
      "The Bayes optimum: it knows the distribution that simulated people choose from. No learner is "
        + "better on average."),
  ]

  static let splits = [
    GlossaryTerm(
      .split, "future", "The test period of training clients. No model is trained on it."),
    GlossaryTerm(
      .split, "new_clients",
      "The test period of held-out clients, which never take part in training."),
  ]

  static let statuses = [
    GlossaryTerm(.status, "completed", "Updates were received, and the model moved."),
    GlossaryTerm(.status, "no_updates", "No client reported an update; the model stays as it was."),
    GlossaryTerm(
      .status, "abandoned",
      "Secure aggregation could not reveal a sum; nothing is revealed, the model stays as it was."),
    GlossaryTerm(.status, "finished", "A run or a point of a sweep came to its end."),
    GlossaryTerm(.status, "failed", "It ended with an error; log.txt has the reason."),
    GlossaryTerm(
      .status, "unfinished", "It has not run yet, or was interrupted; `fedsim resume` continues it."
    ),
  ]

  static let figures = [
    GlossaryTerm(
      .figure, "accuracy-rounds",
      "Top-1 accuracy over rounds: the learning curve. evaluation.initial adds the point before the first "
        + "round, evaluation.every sets how many there are."),
    GlossaryTerm(
      .figure, "difference",
      "Difference of each group to the first one (or to --reference) in top-1 accuracy at the last "
        + "evaluation, paired by seed, with its 95 % interval."
    ),
    GlossaryTerm(
      .figure, "difference-rounds",
      "Difference of each group to the first one (or to --reference) in top-1 accuracy at every evaluation "
        + "over the rounds, paired by seed, with its 95 % band."),
    GlossaryTerm(
      .figure, "accuracy-epsilon", "Top-1 accuracy against epsilon, for a sweep over it."),
    GlossaryTerm(
      .figure, "accuracy-setting",
      "Top-1 accuracy against the first key with numbers that a sweep varies; not for keys that variants set."
    ),
    GlossaryTerm(.figure, "accuracy-bytes", "Top-1 accuracy against the bytes sent so far."),
    GlossaryTerm(.figure, "accuracy-time", "Top-1 accuracy against the time of the run."),
    GlossaryTerm(.figure, "client-accuracy", "Distribution of accuracy over single clients."),
    GlossaryTerm(
      .figure, "update-norm", "Norm of the mean update, and the clipping bound, by round."),
    GlossaryTerm(
      .figure, "secure-aggregation-bytes", "Bytes per client of secure aggregation, by cohort size."
    ),
    GlossaryTerm(
      .figure, "secure-aggregation-time",
      "Time of the stages of secure aggregation, by cohort size."),
    GlossaryTerm(
      .figure, "calibration",
      "Expected calibration error over rounds: how far the stated probability is from the share of correct "
        + "predictions."),
    GlossaryTerm(
      .figure, "coverage",
      "Selective accuracy: accuracy on the most confident share of predictions."),
    GlossaryTerm(.figure, "accuracy-days", "Accuracy over the days of a lifecycle."),
    GlossaryTerm(
      .figure, "accuracy-staleness", "Accuracy by days offline, in a lifecycle."),
    GlossaryTerm(
      .figure, "accuracy-virtual-time",
      "Top-1 accuracy against virtual time, for runs with devices."),
    GlossaryTerm(
      .figure, "virtual-hours",
      "Virtual time to the end of the training by group, with its 95 % interval over seeds."),
    GlossaryTerm(
      .figure, "round-duration",
      "Distribution of the virtual durations of rounds, for runs with devices."),
    GlossaryTerm(
      .figure, "participation",
      "Share of the counted updates by speed of the phones, for runs with devices."),
  ]

  static let exitCodes = [
    GlossaryTerm(.exitCode, "0", "Done."),
    GlossaryTerm(
      .exitCode, "64",
      "Wrong usage: an unknown verb, option or argument, or options that exclude each other."),
    GlossaryTerm(
      .exitCode, "65", "Bad input data: a damaged file, an unusable log, a figure that differs."),
    GlossaryTerm(.exitCode, "66", "An input file is missing."),
    GlossaryTerm(
      .exitCode, "70", "Internal error; or an audit found that a privacy claim cannot be true."),
    GlossaryTerm(
      .exitCode, "74",
      "Input or output failed: a full disk, a missing permission, or an output that exists already."
    ),
    GlossaryTerm(.exitCode, "75", "Stopped, and `fedsim resume` can continue."),
    GlossaryTerm(
      .exitCode, "78",
      "The experiment is invalid, also by a key or value of --set, or no client could learn anything in it."
    ),
    GlossaryTerm(
      .exitCode, "130", "Interrupted by Ctrl-C or a signal; `fedsim resume` continues."),
  ]
}
