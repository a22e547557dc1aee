import Statistics
import Tables

/// How the trained model does on parts of the clients and of their time, from segments.csv.
struct SegmentTable {
  private let groups: [RunGroup]

  init(_ groups: [RunGroup]) { self.groups = groups }

  /// A segment by the text of its cells.
  private struct Key: Hashable {
    var split: String
    var kind: String
    var segment: String
  }

  private static let metrics = [
    "clients", "examples", "accuracy_top1", "f1_macro", "expected_calibration_error",
  ]

  /// Nil where no run has measured any.
  func html() throws -> String? {
    var table = PageTable(columns: [
      "Group", "Measured on", "Kind", "Segment", "Clients", "Predictions", "Top-1",
      "% of Bayes optimum", "Macro F1", "Calibration error",
    ])
    table.name = "Segments"
    for group in groups {
      let own = try group.runs.map { try Self.last($0, "federated") }
      let best = try group.runs.map { try Self.last($0, ReferencePredictor.ceiling) }
      var seen = Set<Key>()
      for key in own.flatMap({ $0.map(\.key) }) where seen.insert(key).inserted {
        func mean(_ runs: [[(key: Key, values: [Double?])]], _ metric: Int) -> Double? {
          Interval(
            of: runs.compactMap { run in run.first { $0.key == key }?.values[metric] })?.mean
        }
        let accuracy = mean(own, 2)
        table.rows.append([
          .text(group.title.isEmpty ? "–" : group.title), .text(ResultWords.split(key.split)),
          .text(key.kind.replacing("_", with: " ")), .text(key.segment.replacing("_", with: " ")),
          .number(mean(own, 0), "%.0f"), .number(mean(own, 1), "%.0f"),
          .percent(accuracy),
          .percent(accuracy.flatMap { value in mean(best, 2).map { value / $0 } }),
          .percent(mean(own, 3)), .percent(mean(own, 4)),
        ])
      }
    }
    guard !table.rows.isEmpty else { return nil }
    return "<details><summary>\(table.rows.count) rows</summary>\(table.html)</details>\n"
      + "<p class=\"soft\">The trained model in the last evaluation; means over seeds. Quartile 1 "
      + "is the least active. Held-out clients are measured from their first unlock on: the first 7 days "
      + "show a model on a new phone.</p>"
  }

  /// The segments in the last round that has this predictor: those that never change are written
  /// once.
  private static func last(
    _ run: Run, _ predictor: String
  ) throws -> [(key: Key, values: [Double?])] {
    guard let table = try run.table("segments.csv") else { return [] }
    let predictors = try table.texts("predictor")
    let rounds = try table.texts("round")
    guard let round = predictors.lastIndex(of: predictor).map({ rounds[$0] }) else { return [] }
    let (splits, kinds) = (try table.texts("split"), try table.texts("segment_kind"))
    let segments = try table.texts("segment")
    let values = try metrics.map { try table.numbers($0) }
    return predictors.indices.filter { predictors[$0] == predictor && rounds[$0] == round }.map {
      row in
      (
        Key(split: splits[row], kind: kinds[row], segment: segments[row]),
        values.map { $0[row] }
      )
    }
  }
}
