import Coordinator
import Federation

/// Columns about privacy, secure aggregation and the machine.
extension ColumnReference {
  static let privacy = ColumnTable(
    file: "privacy.csv", row: "One row per round: the claim about all rounds so far.",
    columns: [
      ColumnMeaning("round", "The round, from 1."),
      ColumnMeaning("mechanism", "`privacy.mechanism`."),
      ColumnMeaning("unit", "Unit of privacy: `client`, one phone with its whole history."),
      ColumnMeaning(
        "adjacency",
        "Which populations are neighbours: `add_or_remove`, `replace_one` or `zero_out`."),
      ColumnMeaning("sampler", "How cohorts are drawn, as the accountant takes it."),
      ColumnMeaning("sampling_rate", "Probability that a client takes part, where it has one."),
      ColumnMeaning(
        "noise_multiplier", "clipping bounds", "Standard deviation of the noise on the sum."),
      ColumnMeaning("accountant", "The accountant that gave epsilon."),
      ColumnMeaning("epsilon", "Epsilon of all rounds so far; inf without noise."),
      ColumnMeaning("delta", "Delta of the guarantee; 0 without noise."),
      ColumnMeaning("sim_canaries", "clients", "Canaries observed so far; empty without an audit."),
      ColumnMeaning(
        "sim_empirical_epsilon", "Estimated epsilon of an attacker with what the accounting grants."
      ),
      ColumnMeaning("sim_empirical_epsilon_low", "Lower end of its 90 % band."),
      ColumnMeaning("sim_empirical_epsilon_high", "Upper end of its 90 % band."),
      ColumnMeaning(
        "sim_known_cohort_claim",
        "What the mechanism claims when the cohorts are known (this and all below: audits only)."),
      ColumnMeaning(
        "sim_known_cohort_epsilon", "Estimated epsilon of an attacker who also knows the cohorts."),
      ColumnMeaning("sim_known_cohort_epsilon_low", "Lower end of its 90 % band."),
      ColumnMeaning("sim_known_cohort_epsilon_high", "Upper end of its 90 % band."),
      ColumnMeaning(
        "sim_epsilon_lower_bound", "Lower bound of epsilon at 95 %, for any mechanism."),
      ColumnMeaning(
        "sim_gaussian_epsilon_lower_bound", "Lower bound of epsilon at 95 %, for Gaussian noise."),
      ColumnMeaning(
        "sim_canary_amplitude", "Contribution of a canary, as a share of the claimed sensitivity."),
      ColumnMeaning("sim_noise_ratio", "Size of the noise, as a share of the claimed noise."),
    ])

  static let secureAggregation = ColumnTable(
    file: "secure_aggregation.csv",
    row: "One row per round with secure aggregation. Stages are `keys`, `shares`, `input`, "
      + "`confirmation` and `unmasking`.",
    columns: [
      ColumnMeaning("round", "The round, from 1."),
      ColumnMeaning("status", "`completed`, `no_updates` or `abandoned`."),
      ColumnMeaning("cohort_size", "clients", "Clients that were drawn for the round."),
      ColumnMeaning("neighbours", "clients", "Neighbours that hold shares of a client's secrets."),
      ColumnMeaning("threshold", "shares", "Reconstruction threshold."),
      ColumnMeaning("survivors", "clients", "Clients whose masked vector is in the sum."),
      ColumnMeaning("masks_expanded", "masks", "Masks that the server expanded."),
    ]
      + AggregationStage.allCases.flatMap { stage in
        [
          ColumnMeaning(
            "\(stage.name)_messages_to_clients", "messages", "Sent to clients in this stage."),
          ColumnMeaning("\(stage.name)_bytes_to_clients", "bytes", "Their size."),
          ColumnMeaning(
            "\(stage.name)_messages_from_clients", "messages",
            "Received from clients in this stage."),
          ColumnMeaning("\(stage.name)_bytes_from_clients", "bytes", "Their size."),
        ]
      })

  static let secureAggregationSeconds = ColumnTable(
    file: "secure_aggregation_seconds.csv",
    row: "One row per round with secure aggregation. Differs from run to run.",
    columns: [ColumnMeaning("round", "The round, from 1.")]
      + AggregationStage.allCases.flatMap { stage in
        [
          ColumnMeaning("\(stage.name)_clients_seconds", "seconds", "Waiting for clients."),
          ColumnMeaning("\(stage.name)_server_seconds", "seconds", "The server's own work."),
        ]
      })

  static let system = ColumnTable(
    file: "system.csv", row: "One row per round. Differs from run to run.",
    columns: [
      ColumnMeaning("round", "The round, from 1."),
      ColumnMeaning("seconds", "seconds", "Time of the round, evaluation included."),
      ColumnMeaning("train_seconds", "seconds", "Time of local training."),
      ColumnMeaning("aggregate_seconds", "seconds", "Time of summing and of the server's step."),
      ColumnMeaning("evaluate_seconds", "seconds", "Time of the evaluation."),
      ColumnMeaning(
        "peak_memory_bytes", "bytes", "Sum of the peak memories of coordinator and workers so far."),
      ColumnMeaning("worker_restarts", "workers", "Workers that were replaced so far."),
      ColumnMeaning("pipe_bytes_to_workers", "bytes", "Sent to the worker processes so far."),
      ColumnMeaning(
        "pipe_bytes_from_workers", "bytes", "Received from the worker processes so far."),
      ColumnMeaning(
        "coordinator_peak_memory_bytes", "bytes", "Peak memory of the coordinator so far."),
      ColumnMeaning("coordinator_cpu_seconds", "seconds", "Processor time of the coordinator."),
    ])
}
