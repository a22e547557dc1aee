/// Settings of which more costs something, so that the smallest value that is good enough is worth knowing.
///
/// Of any other, such as `algorithm.mu` or a learning rate, a smaller value saves nothing.
enum CostlySetting {
  /// What more of it costs, as the end of "More of it costs …".
  static func cost(of keyPath: String) -> String? { costs[keyPath] }

  private static let costs: [String: String] = [
    "training.cohort_size": "bytes and work of more clients per round",
    "training.rounds": "bytes, work and time",
    "training.capacity": "bytes and work of more clients per round",
    "training.max_examples": "work on the clients",
    "training.window_days": "storage and work on the clients",
    "training.local.epochs": "work on the clients",
    "training.local.steps": "work on the clients",
    "population.clients": "clients that take part",
    "population.days": "storage on the clients and time",
    "model.vocabulary": "bytes and work",
    "model.sequence_length": "work on the clients",
    "model.embedding": "bytes and work",
    "model.hidden": "bytes and work",
    "personalisation.epochs": "work on the clients",
    "personalisation.head_epochs": "work on the clients",
    "personalisation.new_head_epochs": "work on the clients",
    "aggregator.iterations": "bytes and time of more sums",
    "aggregator.root_clients": "data of the server's own",
    "secure_aggregation.encoding.bits": "bytes",
    "secure_aggregation.encoding.fraction_bits": "bytes, or room for large values",
    "secure_aggregation.encoding.modulus_bits": "bytes",
  ]
}
