import Statistics
import Tables

/// Figures of what a model says about its own certainty, where evaluation.csv tells it.
extension FigureKind {
  static let calibrationColumn = "expected_calibration_error"
  /// Followed by the coverage in percent: `accuracy_at_coverage_20`.
  static let coveragePrefix = "accuracy_at_coverage_"

  /// Expected calibration error over rounds.
  func calibration(_ runs: RunSet) throws -> Figure {
    var series: [Series] = []
    for (index, group) in runs.groups().enumerated() {
      var samples: [Double: [Double]] = [:]
      for run in group.runs {
        guard let evaluation = try run.evaluation(), evaluation.table.has(Self.calibrationColumn)
        else { continue }
        for (round, value) in try evaluation.values(
          Self.calibrationColumn, predictor: "federated")
        {
          samples[round, default: []].append(value)
        }
      }
      series += Self.line(group, index, samples)
    }
    guard !series.isEmpty else {
      throw unavailable(
        "no evaluation has the column '\(Self.calibrationColumn)'; run with evaluation.every above 0."
      )
    }
    return Figure(
      kind: self,
      caption:
        "Expected calibration error: mean distance between the stated probability and the share of correct predictions."
        + Self.bandsOverSeeds(runs.groups()),
      horizontal: .round,
      vertical: Axis(
        column: Self.calibrationColumn, label: "Calibration error (%)", scale: 100,
        bounds: 0...1),
      series: series)
  }

  /// Accuracy on the most confident predictions, against the share of predictions that are made.
  ///
  /// At full coverage it is the accuracy itself. The ceiling is drawn where there is one group.
  func coverage(_ runs: RunSet) throws -> Figure {
    let groups = runs.groups()
    var series: [Series] = []
    for (index, group) in groups.enumerated() {
      series += Self.line(group, index, try Self.coverage(of: group, "federated"))
    }
    guard series.contains(where: { $0.points.count > 1 }) else {
      throw unavailable(
        "no evaluation has the columns '\(Self.coveragePrefix)…'; run with evaluation.every above 0."
      )
    }
    if groups.count == 1 {
      let points = try Self.coverage(of: groups[0], ReferencePredictor.ceiling)
        .sorted { $0.key < $1.key }
        .compactMap { x, values in Interval(of: values).map { Point(x: x, y: $0.mean) } }
      if points.count > 1 {
        series.append(
          Series(
            name: ReferencePredictor.ceiling,
            title: ResultWords.predictor(ReferencePredictor.ceiling), mark: .line,
            look: Look(color: Look.black, dash: 2),
            points: points))
      }
    }
    return Figure(
      kind: self,
      caption: "Selective accuracy: accuracy on the most confident predictions, by how many of all "
        + "are made, in the last evaluation." + Self.bandsOverSeeds(groups),
      horizontal: Axis(
        column: "coverage", label: "Coverage (% of predictions)", scale: 100, logarithm: 2
      ).labelled(at: series.flatMap(\.points).map(\.x)),
      vertical: Self.selectiveAccuracy(try runs.split()), series: series)
  }

  private static func selectiveAccuracy(_ split: String) -> Axis {
    var axis = Axis.accuracy(of: split)
    axis.label = axis.label.replacing("Top-1 accuracy", with: "Selective accuracy")
    return axis
  }

  /// The last accuracies of a group's runs by coverage.
  private static func coverage(
    of group: RunGroup, _ predictor: String
  ) throws -> [Double: [Double]] {
    var samples: [Double: [Double]] = [:]
    for run in group.runs {
      guard let evaluation = try run.evaluation() else { continue }
      for column in evaluation.table.columns {
        let percent =
          column.hasPrefix(coveragePrefix)
          ? Double(column.dropFirst(coveragePrefix.count)) : column == "accuracy_top1" ? 100 : nil
        guard let percent,
          let value = try evaluation.values(column, predictor: predictor).last?.value
        else { continue }
        samples[percent / 100, default: []].append(value)
      }
    }
    return samples
  }

  /// With one seed there is no band: single clients are not known by their confidence.
  private static func bandsOverSeeds(_ groups: [RunGroup]) -> String {
    let least = groups.map(\.runs.count).min() ?? 1
    let most = groups.map(\.runs.count).max() ?? 1
    guard most > 1 else { return "" }
    return " Bands: 95 % interval over \(least == most ? "\(most)" : "\(least)–\(most)") seeds."
  }

  private static func line(
    _ group: RunGroup, _ index: Int, _ samples: [Double: [Double]]
  ) -> [Series] {
    let points = samples.sorted { $0.key < $1.key }.compactMap { x, values in
      Interval(of: values).map { Point(x: x, y: $0.mean, margin: $0.margin) }
    }
    return Series.measured(group, index, points).map { [$0] } ?? []
  }
}
