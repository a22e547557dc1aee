import Federation
import Tables

/// What rounds.csv says of virtual time.
extension VirtualRecord {
  static let columns = ["virtual_seconds", "late", "interrupted", "sim_wasted_client_seconds"]

  static var emptyCells: [CSVCell] { columns.map { _ in .empty } }

  var cells: [CSVCell] {
    [
      .number(Double(end) / 1e6), .integer(late), .integer(interrupted),
      .number(Double(wasted) / 1e6),
    ]
  }
}
