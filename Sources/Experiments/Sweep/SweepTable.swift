import Tables
import Foundation

/// sweep.csv: a row per point with its varied keys, its run, its status and every final metric.
struct SweepTable {
  enum Status: String {
    case finished, failed, unfinished
  }

  private let sweep: Sweep
  private let path: String
  /// By run folder.
  private var finished: [String: FinishedRun] = [:]
  private var failed = Set<String>()

  init(_ sweep: Sweep, path: String) {
    self.sweep = sweep
    self.path = path
  }

  mutating func add(_ run: FinishedRun, at folder: String) { finished[folder] = run }

  mutating func fail(_ folder: String) { failed.insert(folder) }

  func status(of point: SweepPoint) -> Status {
    finished[point.run] != nil ? .finished : failed.contains(point.run) ? .failed : .unfinished
  }

  /// The cell of a finished point in a column of metrics.
  func cell(_ column: String, of point: SweepPoint) -> String? {
    finished[point.run]?.cells.first { $0.column == column }?.cell
  }

  /// Replaces the file; the same results give the same bytes, in whatever order they came.
  func write() throws {
    let columns = metricColumns
    var rows = [(sweep.columns + ["run", "status"] + columns).map { CSVCell.text($0).rendered }]
    for point in sweep.points {
      let cells = finished[point.run]?.cells ?? []
      // A file from elsewhere may hold a row twice.
      let byColumn = Dictionary(cells.map { ($0.column, $0.cell) }) { first, _ in first }
      rows.append(
        point.cells.map(\.rendered)
          + [CSVCell.text(point.run).rendered, status(of: point).rawValue]
          + columns.map { CSVCell.text(byColumn[$0] ?? "").rendered })
    }
    let text = rows.map { $0.joined(separator: ",") + "\r\n" }.joined()
    try FileSystem.writeAtomically(Data(text.utf8), to: path)
  }

  /// Every column that some point has, as the first such point orders them.
  private var metricColumns: [String] {
    var seen = Set<String>()
    return sweep.points.flatMap { finished[$0.run]?.cells ?? [] }.map(\.column)
      .filter { seen.insert($0).inserted }
  }
}
