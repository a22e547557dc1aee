/// Columns of sweeps, comparisons, confidence surveys and lifecycles.
extension ColumnReference {
  static let sweep = ColumnTable(
    file: "sweep.csv",
    row:
      "One row per point of a sweep. First come the keys that the sweep varies, last every metric of "
      + "the last evaluation as `<split>_<predictor>_<metric>`, such as `future_federated_accuracy_top1`.",
    columns: [
      ColumnMeaning("variant", "Name of the variant, where the sweep has variants."),
      ColumnMeaning("run", "Folder of the point's run, from the sweep's folder."),
      ColumnMeaning("status", "`finished`, `failed` or `unfinished`."),
      ColumnMeaning("rounds", "rounds", "Rounds of the run."),
      ColumnMeaning("epsilon", "Epsilon of the run; inf without noise."),
      ColumnMeaning("delta", "Delta of the run; 0 without noise."),
      ColumnMeaning("bytes_to_clients", "bytes", "Sent to clients in all rounds."),
      ColumnMeaning("bytes_from_clients", "bytes", "Received from clients in all rounds."),
      ColumnMeaning(
        "launch_epsilon",
        "Epsilon of the launch that was simulated (after the metrics; with privacy.noise_cohort_size only)."
      ),
      ColumnMeaning("launch_delta", "Delta of that launch."),
      ColumnMeaning(
        "virtual_seconds", "seconds", "Virtual time of the run (with devices only)."),
      ColumnMeaning(
        "sim_wasted_client_seconds", "seconds",
        "Virtual time that phones worked for updates that did not count (with devices only)."),
    ])

  static let compare = ColumnTable(
    file: "fedsim compare --csv",
    row: "One row per group of runs and metric. First come the keys in which the groups differ.",
    columns: [
      ColumnMeaning("runs", "Folders of the group's runs."),
      ColumnMeaning("seeds", "runs", "Number of seeds."),
      ColumnMeaning("metric", "`<split>_<predictor>_<metric>`, as in sweep.csv."),
      ColumnMeaning("final", "Value at the end of the run, mean over seeds."),
      ColumnMeaning("final_low", "Lower end of its 95 % interval."),
      ColumnMeaning("final_high", "Upper end of its 95 % interval."),
      ColumnMeaning(
        "best", "Value of the best evaluation. Chosen on the test data: optimistically biased."),
      ColumnMeaning("best_low", "Lower end of its 95 % interval."),
      ColumnMeaning("best_high", "Upper end of its 95 % interval."),
      ColumnMeaning("interval", "How the interval was made; docs/intervals.md has the rules."),
      ColumnMeaning("difference", "Difference to the first group."),
      ColumnMeaning("difference_low", "Lower end of its 95 % interval."),
      ColumnMeaning("difference_high", "Upper end of its 95 % interval."),
      ColumnMeaning("difference_interval", "How that interval was made."),
      ColumnMeaning("verdict", "Whether a difference is shown, and in which direction."),
      ColumnMeaning("epsilon", "Epsilon of the group; inf without noise."),
      ColumnMeaning("delta", "Delta of the group; 0 without noise."),
      ColumnMeaning("bytes_to_clients", "bytes", "Sent to clients, mean over the runs."),
      ColumnMeaning("bytes_from_clients", "bytes", "Received from clients, mean over the runs."),
      ColumnMeaning("seconds", "seconds", "Time of a run, mean over the runs."),
      ColumnMeaning(
        "launch_epsilon",
        "Epsilon of the launch that was simulated (with privacy.noise_cohort_size only)."),
      ColumnMeaning("launch_delta", "Delta of that launch."),
    ])

  static let calibration = ColumnTable(
    file: "calibration.csv", row: "`fedsim predict --confidence --out DIR`: one row per bin.",
    columns: [
      ColumnMeaning("split", "`future` or `new_clients`."),
      ColumnMeaning(
        "scaling", "`none`: the model as it is; `temperature`: with the temperature of each phone."),
      ColumnMeaning("confidence_low", "Lower end of the bin of predicted probability."),
      ColumnMeaning("confidence_high", "Upper end of the bin."),
      ColumnMeaning("examples", "predictions", "Predictions in the bin."),
      ColumnMeaning("confidence_mean", "Mean predicted probability."),
      ColumnMeaning("accuracy_top1", "Share of them that was right."),
    ])

  static let coverage = ColumnTable(
    file: "coverage.csv", row: "`fedsim predict --confidence --out DIR`: one row per coverage.",
    columns: [
      ColumnMeaning("split", "`future` or `new_clients`."),
      ColumnMeaning("coverage", "Share of all predictions, the most confident first."),
      ColumnMeaning("confidence", "Predicted probability from which they count."),
      ColumnMeaning("accuracy_top1", "Selective accuracy: the share of them that was right."),
      ColumnMeaning("accuracy_top1_low", "Lower end of its 95 % interval."),
      ColumnMeaning("accuracy_top1_high", "Upper end of its 95 % interval."),
    ])

  static let confidenceSegments = ColumnTable(
    file: "segments.csv of a confidence survey",
    row: "`fedsim predict --confidence --out DIR`: one row per segment of clients or time.",
    columns: [
      ColumnMeaning("split", "`future` or `new_clients`."),
      ColumnMeaning("segment", "Kind of segment; `all` is everything."),
      ColumnMeaning("value", "Which segment of that kind."),
      ColumnMeaning("clients", "clients", "Clients of the segment."),
      ColumnMeaning("examples", "predictions", "Predictions of the segment."),
      ColumnMeaning("accuracy_top1", "Share of predictions that was right."),
      ColumnMeaning("accuracy_top1_low", "Lower end of its 95 % interval."),
      ColumnMeaning("accuracy_top1_high", "Upper end of its 95 % interval."),
      ColumnMeaning("expected_calibration_error", "With the temperature of each phone."),
      ColumnMeaning(
        "coverage_at_accuracy_90", "Largest share of predictions that is right 90 % of the time."),
      ColumnMeaning("coverage_at_accuracy_90_low", "Lower end of its 95 % interval."),
      ColumnMeaning("coverage_at_accuracy_90_high", "Upper end of its 95 % interval."),
      ColumnMeaning("precision_macro", "Precision, mean over apps; 0/0 counts as 0."),
      ColumnMeaning("recall_macro", "Recall, the same mean."),
      ColumnMeaning("f1_macro", "F1, the same mean."),
    ])

  static let lifecycle = ColumnTable(
    file: "lifecycle.csv", row: "One row per day and version of the model that phones had.",
    columns: [
      ColumnMeaning("day", "days", "The day, from 0."),
      ColumnMeaning("date", "Its date."),
      ColumnMeaning("version", "Number of the version."),
      ColumnMeaning("stage", "`candidate`, `canary`, `production` or `retired`."),
      ColumnMeaning("days_since_training", "days", "Age of the version."),
      ColumnMeaning("event", "What was decided on this day: training, rollout, rollback."),
      ColumnMeaning("monitored_accuracy", "Accuracy that the monitor saw, with its noise."),
      ColumnMeaning("epsilon", "Epsilon of all releases so far."),
      ColumnMeaning("sim_phones", "phones", "Phones with this version."),
      ColumnMeaning("sim_share_of_phones", "The same as a share."),
      ColumnMeaning("sim_unlocks", "unlocks", "Unlocks of these phones."),
      ColumnMeaning("sim_answered", "unlocks", "Unlocks with a prediction."),
      ColumnMeaning("sim_availability", "Share of unlocks with a prediction."),
      ColumnMeaning("sim_accuracy_top1", "Share of unlocks whose first app was predicted first."),
      ColumnMeaning("sim_accuracy_top3", "Share whose first app was among the first three."),
      ColumnMeaning("sim_suggestions_shown", "unlocks", "Suggestions shown."),
      ColumnMeaning("sim_suggestions_taken", "unlocks", "Suggestions taken."),
      ColumnMeaning("sim_suggestions_ignored", "unlocks", "Suggestions shown and not taken."),
      ColumnMeaning("sim_not_shown", "unlocks", "Unlocks without a suggestion."),
      ColumnMeaning("sim_stale_phones", "phones", "Of these phones, those offline for over a day."),
      ColumnMeaning("sim_offline_phones", "phones", "Of all phones, those offline on this day."),
      ColumnMeaning(
        "sim_rested_phones", "phones",
        "Of all phones, those that were idle, charging and on Wi-Fi for an hour: they can train."),
      ColumnMeaning(
        "sim_accuracy_of_all_phones", "Top-1 accuracy of all phones, had they had this version."),
      ColumnMeaning("sim_ceiling", "Top-1 accuracy of the Bayes optimum."),
    ])

  static let staleness = ColumnTable(
    file: "staleness.csv", row: "One row per number of days offline, over the whole lifecycle.",
    columns: [
      ColumnMeaning("days_without_connection", "days", "Days offline; the last row is open-ended."),
      ColumnMeaning("sim_phone_days", "days", "Days of phones."),
      ColumnMeaning("sim_unlocks", "unlocks", "Unlocks on these days."),
      ColumnMeaning("sim_availability", "Share of unlocks with a prediction."),
      ColumnMeaning("sim_accuracy_top1", "Share of unlocks whose first app was predicted first."),
    ])

  static let lifecycleSystem = ColumnTable(
    file: "system.csv of a lifecycle", row: "One row per stretch of days. Differs from run to run.",
    columns: [
      ColumnMeaning("first_day", "days", "First day of the stretch."),
      ColumnMeaning("last_day", "days", "Last day of the stretch."),
      ColumnMeaning("seconds", "seconds", "Time it took."),
      ColumnMeaning("timed_predictions", "predictions", "Predictions that were timed one by one."),
      ColumnMeaning("predictions_over_100_ms", "predictions", "Those that took over 100 ms."),
      ColumnMeaning("slowest_prediction_seconds", "seconds", "The slowest of them."),
      ColumnMeaning(
        "peak_memory_bytes", "bytes", "Sum of the peak memories of coordinator and workers so far."),
      ColumnMeaning("worker_restarts", "workers", "Workers that were replaced."),
    ])
}
