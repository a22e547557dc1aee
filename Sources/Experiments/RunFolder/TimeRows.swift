import Federation
import Tables

/// What rounds.csv says of virtual time.
extension VirtualRecord {
  /// None where time is not simulated; staleness where there are no rounds.
  static func columns(_ configuration: Configuration) -> [String] {
    guard configuration.simulatesTime else { return [] }
    let staleness =
      configuration.schedule.schedule.buffering == nil ? [] : ["staleness_mean", "staleness_p99"]
    return ["virtual_seconds", "late", "interrupted"] + staleness + ["sim_wasted_client_seconds"]
  }

  var cells: [CSVCell] {
    let stale: [CSVCell] =
      staleness == nil
      ? []
      : [stalenessMean.map(CSVCell.number) ?? .empty, stalenessP99.map(CSVCell.integer) ?? .empty]
    return [.number(Double(end) / 1e6), .integer(late), .integer(interrupted)] + stale
      + [.number(Double(wasted) / 1e6)]
  }
}
