import Coordinator
import Federation
import Tables

/// What secure aggregation took in one round, stage by stage.
struct AggregationRow {
  let record: RoundRecord
  let aggregation: AggregationRecord

  static let columns =
    ["round", "status", "cohort_size", "neighbours", "threshold", "survivors", "masks_expanded"]
    + AggregationStage.allCases.flatMap { stage in
      ["messages_to_clients", "bytes_to_clients", "messages_from_clients", "bytes_from_clients"]
        .map { "\(stage.name)_\($0)" }
    }

  var cells: [CSVCell] {
    [
      .integer(record.round), .text(record.status), .integer(record.cohortSize),
      .integer(aggregation.neighbours), .integer(aggregation.threshold),
      .integer(aggregation.survivors), .integer(aggregation.expandedMasks),
    ]
      + aggregation.traffic.flatMap { traffic in
        [
          traffic.messagesToClients, traffic.bytesToClients, traffic.messagesFromClients,
          traffic.bytesFromClients,
        ].map(CSVCell.integer)
      }
  }
}

/// The time it took: by stage, waiting for the clients and the server's own work.
struct AggregationTimingRow {
  let round: Int
  let stages: [StageTiming]

  static let columns =
    ["round"]
    + AggregationStage.allCases.flatMap {
      ["\($0.name)_clients_seconds", "\($0.name)_server_seconds"]
    }

  var cells: [CSVCell] {
    let stages =
      stages.isEmpty
      ? [StageTiming](repeating: StageTiming(), count: AggregationStage.allCases.count) : stages
    return [.integer(round)]
      + stages.flatMap { [CSVCell.number($0.clients), CSVCell.number($0.server)] }
  }
}
