import Coordinator
import Federation

extension ColumnReference {
  /// The columns that the program writes into the files of a run with all that adds columns.
  package static var written: [(file: String, columns: [String])] {
    var configuration = Configuration()
    for (key, name) in [
      ("personalisation.method", "ditto"), ("aggregator.name", "krum"), ("attack.kind", "backdoor"),
    ] {
      Configuration.variantGroups.first { $0.nameKey == key }?.choose(name, in: &configuration)
    }
    configuration.privacy.audit.canaries = 1
    configuration.devices.value = LogNormalDevices()
    configuration.schedule.value = Buffered()
    return [
      ("rounds.csv", RoundRecord.columns(configuration)),
      ("evaluation.csv", MeasuredRow.columns(configuration)),
      ("metrics.csv", MetricRow.columns),
      ("segments.csv", SegmentRow.columns(configuration)),
      ("clients.csv", EvaluationRecord.Client.columns),
      ("privacy.csv", RoundRecord.privacyColumns(configuration)),
      ("secure_aggregation.csv", AggregationRow.columns),
      ("secure_aggregation_seconds.csv", AggregationTimingRow.columns),
      ("system.csv", SystemRow.columns),
    ]
  }
}
