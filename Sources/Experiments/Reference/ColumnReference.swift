/// The columns of one CSV file.
package struct ColumnTable: Sendable {
  /// Its name, and where needed the command that writes it.
  package let file: String
  /// What one row is about.
  package let row: String
  let columns: [ColumnMeaning]

  package var names: [String] { columns.map(\.name) }

  var terms: [GlossaryTerm] {
    columns.map { GlossaryTerm(.column, $0.name, $0.meaning, file: file, unit: $0.unit) }
  }
}

/// One column: its name, its unit where it has one, and what it holds.
struct ColumnMeaning: Sendable {
  let name: String
  let unit: String?
  let meaning: String

  init(_ name: String, _ unit: String?, _ meaning: String) {
    self.name = name
    self.unit = unit
    self.meaning = meaning
  }

  init(_ name: String, _ meaning: String) { self.init(name, nil, meaning) }
}

/// Every column of every CSV file that a run, a sweep or a lifecycle writes.
///
/// A test compares the names with those that the program writes.
package enum ColumnReference {
  package static let tables = [
    rounds, evaluation, programMetrics, segments, clients, privacy, secureAggregation,
    secureAggregationSeconds,
    system, sweep, compare, calibration, coverage, confidenceSegments, lifecycle, staleness,
    lifecycleSystem,
  ]

  /// The tables of docs/run-folder.md.
  package static func markdown() -> String {
    tables.map { table in
      var lines = [
        "### \(table.file)", "", table.row, "", "| column | unit | meaning |", "|---|---|---|",
      ]
      lines += table.columns.map { "| `\($0.name)` | \($0.unit ?? "") | \($0.meaning) |" }
      return lines.joined(separator: "\n") + "\n"
    }.joined(separator: "\n")
  }

  static let rounds = ColumnTable(
    file: "rounds.csv", row: "One row per round.",
    columns: [
      ColumnMeaning("round", "The round, from 1."),
      ColumnMeaning("cohort_size", "clients", "Clients that were drawn for the round."),
      ColumnMeaning("reported", "clients", "Clients whose update is in the sum."),
      ColumnMeaning("dropped", "clients", "Clients that dropped out during the round."),
      ColumnMeaning("update_norm", "Euclidean norm of the averaged update, noise included."),
      ColumnMeaning("clipping_bound", "Clipping bound of the round; empty without clipping."),
      ColumnMeaning(
        "noise_multiplier", "clipping bounds", "Standard deviation of the noise on the sum."),
      ColumnMeaning("epsilon", "Epsilon of all rounds so far; inf without noise."),
      ColumnMeaning("delta", "Delta of the guarantee; 0 without noise."),
      ColumnMeaning("server_learning_rate", "Learning rate of the server."),
      ColumnMeaning("bytes_to_clients", "bytes", "Sent to all clients of the round."),
      ColumnMeaning("bytes_from_clients", "bytes", "Received from all clients of the round."),
      ColumnMeaning(
        "sim_train_loss", "nats",
        "Mean training loss per example; empty when clients add the noise themselves."),
      ColumnMeaning(
        "sim_examples", "examples",
        "Training examples of all clients that reported, each counted once, however many passes a client "
          + "does."),
      ColumnMeaning("sim_idle", "clients", "Clients without a training example."),
      ColumnMeaning(
        "sim_diverged", "clients", "Clients whose update was left out: not finite, or beyond ±128."),
      ColumnMeaning("sim_clipped", "clients", "Clients whose update was clipped."),
      ColumnMeaning(
        "sim_wrapped_coordinates", "coordinates",
        "Coordinates of the noisy sum that wrapped around the modulus; empty where none can."),
      ColumnMeaning("status", "`completed`, `no_updates` or `abandoned`."),
      ColumnMeaning(
        "suspected", "clients",
        "Clients that the aggregation rule left out (krum, multi_krum and fltrust only)."),
      ColumnMeaning(
        "sim_hostile", "clients", "Hostile clients of the cohort (with an attack only)."),
      ColumnMeaning(
        "virtual_seconds", "seconds",
        "Virtual time from the start of the run to the end of the round (with devices only, as are the "
          + "columns that follow)."),
      ColumnMeaning(
        "late", "clients", "Clients whose update came too late to count, or was too stale."),
      ColumnMeaning(
        "interrupted", "clients",
        "Clients whose phone stopped being available before its work was done."),
      ColumnMeaning(
        "staleness_mean", "versions",
        "Mean number of versions between an update's model and the one it moves (buffered and fedasync "
          + "only)."),
      ColumnMeaning(
        "staleness_p99", "versions", "99th percentile of the same (buffered and fedasync only)."),
      ColumnMeaning(
        "sim_wasted_client_seconds", "seconds",
        "Virtual time that phones worked for updates that did not count."),
    ])

  /// What evaluation.csv and segments.csv say of a predictor.
  private static let metrics: [ColumnMeaning] =
    [
      ColumnMeaning("clients", "clients", "Clients with at least one prediction."),
      ColumnMeaning("examples", "predictions", "Predictions."),
      ColumnMeaning("accuracy_top1", "Share of predictions whose first app was right."),
      ColumnMeaning("accuracy_top3", "Share with the right app among the first three."),
      ColumnMeaning("accuracy_top5", "Share with the right app among the first five."),
      ColumnMeaning("mrr", "Mean reciprocal rank of the right app."),
      ColumnMeaning(
        "cross_entropy", "nats",
        "Mean over predictions whose app the phone knew; empty for predictors without probabilities."
      ),
      ColumnMeaning(
        "client_accuracy_mean", "Mean per-client accuracy: top-1, every client counts once."),
      ColumnMeaning("client_accuracy_p10", "10th percentile of top-1 over clients."),
      ColumnMeaning("client_accuracy_p50", "Median of top-1 over clients."),
      ColumnMeaning("client_accuracy_p90", "90th percentile of top-1 over clients."),
      ColumnMeaning(
        "unseen", "predictions",
        "Predictions of an app that was not among the candidates; they count as misses."),
      ColumnMeaning(
        "precision_macro",
        "Precision, mean over all apps that were opened or predicted; 0/0 counts as 0."),
      ColumnMeaning("recall_macro", "Recall, the same mean."),
      ColumnMeaning("f1_macro", "F1, the same mean."),
      ColumnMeaning(
        "expected_calibration_error",
        "Mean distance between predicted probability and accuracy; trained models and the Bayes optimum only."
      ),
    ]
    + [1, 2, 5, 10, 25, 50, 75, 90].map {
      ColumnMeaning(
        "accuracy_at_coverage_\($0)",
        "Selective accuracy: top-1 on the most confident \($0) % of predictions.")
    }

  static let evaluation = ColumnTable(
    file: "evaluation.csv",
    row: "One row per evaluation, split and predictor. Top-1 to MRR are means over predictions, in "
      + "which a client counts at most `evaluation.largest_client_weight` times the median client.",
    columns: [
      ColumnMeaning("round", "The round after which the model was evaluated."),
      ColumnMeaning("split", "`future` or `new_clients`."),
      ColumnMeaning("predictor", "Whose predictions these are."),
    ] + metrics + [
      ColumnMeaning(
        "worse_than_federated",
        "Share of clients on which the personal model is right less often than the shared one "
          + "(with personalisation only)."),
      ColumnMeaning(
        "attack_success",
        "Share of triggered predictions in which the target app comes first (with a backdoor only)."
      ),
      ColumnMeaning(
        "triggered_examples", "predictions", "Triggered predictions (with a backdoor only)."),
    ])

  static let programMetrics = ColumnTable(
    file: "metrics.csv",
    row:
      "One row per evaluation, split and metric of a client program (`population.source: worker` only).",
    columns: [
      ColumnMeaning("round", "The round after which the model was evaluated."),
      ColumnMeaning("split", "`future` or `new_clients`."),
      ColumnMeaning("metric", "Its name, as the program gives it."),
      ColumnMeaning("clients", "clients", "Clients that measured it."),
      ColumnMeaning("examples", "examples", "Examples that they measured it on."),
      ColumnMeaning(
        "mean",
        "Mean over examples, in which a client counts at most `evaluation.largest_client_weight` times the "
          + "median client; empty if it is not finite."),
      ColumnMeaning("client_mean", "Mean over clients."),
      ColumnMeaning("client_p10", "10th percentile over clients."),
      ColumnMeaning("client_p50", "Median over clients."),
      ColumnMeaning("client_p90", "90th percentile over clients."),
    ])

  static let segments = ColumnTable(
    file: "segments.csv",
    row: "One row per evaluation, split, predictor and segment of clients or time.",
    columns: [
      ColumnMeaning("round", "The round after which the model was evaluated."),
      ColumnMeaning("split", "`future` or `new_clients`."),
      ColumnMeaning("predictor", "Whose predictions these are."),
      ColumnMeaning(
        "segment_kind",
        "`archetype` (of simulated people), `activity_quartile` (by unlocks per day, 1 the least), "
          + "`cold_start` (the client's first week or later) or `speed_quartile` (of phones, 1 the slowest; "
          + "with devices only)."),
      ColumnMeaning("segment", "Which segment of that kind."),
    ] + metrics + [
      ColumnMeaning(
        "sim_drawn", "clients",
        "How often clients of this archetype or speed quartile were drawn so far (with devices only; in "
          + "rows of split `future` and predictor `federated`)."),
      ColumnMeaning("sim_counted", "clients", "How often their update counted."),
    ])

  static let clients = ColumnTable(
    file: "clients.csv",
    row:
      "One row per evaluation, client and predictor. Predictors that no round changes are in the "
      + "first evaluation only.",
    columns: [
      ColumnMeaning("round", "The round after which the model was evaluated."),
      ColumnMeaning("split", "`future` or `new_clients`."),
      ColumnMeaning("client", "Number of the client, from 0."),
      ColumnMeaning("predictor", "Whose predictions these are."),
      ColumnMeaning("sim_examples", "predictions", "Predictions for this client."),
      ColumnMeaning(
        "sim_unseen", "predictions", "Predictions of an app that was not among the candidates."),
      ColumnMeaning("sim_accuracy_top1", "Share of predictions whose first app was right."),
      ColumnMeaning("sim_accuracy_top3", "Share with the right app among the first three."),
      ColumnMeaning("sim_accuracy_top5", "Share with the right app among the first five."),
      ColumnMeaning("sim_mrr", "Mean reciprocal rank of the right app."),
      ColumnMeaning(
        "sim_cross_entropy", "nats", "Mean over predictions whose app the phone knew, or empty."),
    ])
}
