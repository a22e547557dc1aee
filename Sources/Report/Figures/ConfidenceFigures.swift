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
        guard let evaluation = try Evaluation(run), evaluation.table.has(Self.calibrationColumn)
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
        "evaluation.csv has no column '\(Self.calibrationColumn)'; these runs did not measure it.")
    }
    return Figure(
      kind: self,
      caption: "Mean distance between stated probability and hit rate. "
        + Self.caption(runs.groups()).replacing(
          " Horizontal lines: baselines and the ceiling.", with: ""),
      horizontal: .round,
      vertical: Axis(
        column: Self.calibrationColumn, label: "expected calibration error (%)", scale: 100),
      series: series)
  }

  /// Accuracy where the model is surest, against the share of moments in which it speaks.
  func coverage(_ runs: RunSet) throws -> Figure {
    var series: [Series] = []
    for (index, group) in runs.groups().enumerated() {
      var samples: [Double: [Double]] = [:]
      for run in group.runs {
        guard let evaluation = try Evaluation(run) else { continue }
        for column in evaluation.table.columns where column.hasPrefix(Self.coveragePrefix) {
          guard let percent = Double(column.dropFirst(Self.coveragePrefix.count)),
            let value = try evaluation.values(column, predictor: "federated").last?.value
          else { continue }
          samples[percent / 100, default: []].append(value)
        }
      }
      series += Self.line(group, index, samples)
    }
    guard !series.isEmpty else {
      throw unavailable(
        "evaluation.csv has no columns '\(Self.coveragePrefix)…'; these runs did not measure it.")
    }
    return Figure(
      kind: self,
      caption: "Accuracy over the moments in which the model is surest, in the last "
        + "evaluation.",
      horizontal: Axis(column: "coverage", label: "coverage (% of moments)", scale: 100),
      vertical: .accuracy(of: try runs.split()), series: series)
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
