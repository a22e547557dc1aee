import RunResults
import Statistics
import Tables

extension FigureKind {
  /// At most so many points a line: more cannot be seen at this size.
  private static let largestCount = 200

  /// How accuracy is spread over clients, as cumulative distributions.
  func clientAccuracy(_ runs: RunSet) throws -> Figure {
    let groups = runs.groups()
    let split = try runs.split()
    var series: [Series] = []
    if groups.count == 1 {
      for predictor in [
        "federated", "personalised", "local_only", "most_frequent", "bayes_optimal",
      ] {
        let isCeiling = predictor == ReferencePredictor.ceiling
        series.append(
          Series(
            name: predictor, title: ResultWords.predictor(predictor), mark: .steps,
            look: isCeiling ? Look(color: Look.black, dash: 2) : .group(series.count),
            points: try distribution(groups[0], split: split, predictor: predictor)))
      }
    } else {
      for (index, group) in groups.enumerated() {
        // What phones predict with, where they have models of their own.
        let own = try distribution(group, split: split, predictor: "personalised")
        series.append(
          Series(
            name: group.label, title: group.title, mark: .steps, look: .group(index),
            points: own.isEmpty
              ? try distribution(group, split: split, predictor: "federated") : own))
      }
    }
    series.removeAll { $0.points.isEmpty }
    guard !series.isEmpty else {
      throw unavailable(
        "no run folder has a clients.csv with rows; run with evaluation.every above 0.")
    }
    var axis = Axis.accuracy(of: split)
    axis.label = axis.label.replacing("accuracy", with: "accuracy of a client")
    return Figure(
      kind: self,
      caption: "Share of the evaluated clients with at most this accuracy, in the last evaluation; "
        + "seeds together.",
      horizontal: axis,
      vertical: Axis(column: "share", label: "Share of clients (%)", scale: 100), series: series)
  }

  private func distribution(
    _ group: RunGroup, split: String, predictor: String
  ) throws -> [Point] {
    var accuracies: [Double] = []
    for run in group.runs {
      let metric = MetricName(split: split, predictor: predictor, column: "accuracy_top1")
      accuracies += try run.clients()?.last(metric)?.values ?? []
    }
    return Self.distribution(of: accuracies)
  }

  /// The cumulative distribution of values, thinned to what can be seen.
  package static func distribution(of values: [Double]) -> [Point] {
    let values = values.sorted()
    let count = values.count
    guard count > largestCount else {
      return values.enumerated().map { Point(x: $1, y: Double($0 + 1) / Double(count)) }
    }
    return (1...largestCount).map { level in
      // The smallest value that this share of the values does not exceed.
      let index = (level * count + largestCount - 1) / largestCount - 1
      return Point(x: values[index], y: Double(level) / Double(largestCount))
    }
  }

  /// The norm of the clients' mean update and the bound they were clipped to.
  func updateNorm(_ runs: RunSet) throws -> Figure {
    let groups = runs.groups()
    var series: [Series] = []
    let bounds = try groups.map { try mean(of: "clipping_bound", in: $0) }
    let isShared =
      groups.count > 1 && !bounds[0].isEmpty && Set(bounds.map(Self.heights)).count == 1
    for (index, group) in groups.enumerated() {
      let norm = try mean(of: "update_norm", in: group)
      guard !norm.isEmpty else { continue }
      series.append(
        Series(
          name: group.label.isEmpty ? "update norm" : group.label,
          title: group.title.isEmpty ? "Aggregated update" : group.title, mark: .line,
          look: .group(index), points: norm))
      guard !bounds[index].isEmpty, !isShared else { continue }
      var look = Look.group(index)
      look.dash = 2
      series.append(
        Series(
          name: group.label.isEmpty ? "clipping bound" : "clipping bound: \(group.label)",
          title: groups.count == 1
            ? "Clipping bound" : "Clipping bound (dashed, in the group’s colour)", mark: .line,
          look: look, isNamed: !series.contains { $0.name.hasPrefix("clipping bound") },
          points: bounds[index]))
    }
    if isShared, !series.isEmpty {
      series.append(
        Series(
          name: "clipping bound", title: "Clipping bound (all groups)", mark: .line,
          look: Look(color: Look.black, dash: 2), points: bounds[0]))
    }
    let norms = series.flatMap(\.points).map(\.y).filter { $0 > 0 }
    guard let low = norms.min(), let high = norms.max() else {
      throw unavailable("no run folder has a round with an update norm; it needs rounds.csv.")
    }
    return Figure(
      kind: self,
      caption:
        "Euclidean norm of the aggregated update; dashed: the clipping bound of one client's "
        + "update, where there is one. Means over seeds.",
      horizontal: .round,
      vertical: Axis(
        column: "norm", label: "Update norm",
        logarithm: high > 50 * low ? 10 : nil),
      series: series)
  }

  /// The values of a line, whatever rounds they are of.
  private static func heights(_ points: [Point]) -> [Double] { points.map(\.y) }

  private func mean(of column: String, in group: RunGroup) throws -> [Point] {
    var samples: [Double: [Double]] = [:]
    for run in group.runs {
      guard let table = try run.table("rounds.csv") else { continue }
      for (round, value) in zip(try table.numbers("round"), try table.numbers(column)) {
        if let round, let value, value.isFinite { samples[round, default: []].append(value) }
      }
    }
    return samples.sorted { $0.key < $1.key }.compactMap { round, values in
      Interval(of: values).map { Point(x: round, y: $0.mean) }
    }
  }
}
