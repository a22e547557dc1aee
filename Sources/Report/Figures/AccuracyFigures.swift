import RunResults
import Statistics
import Tables

extension FigureKind {
  func accuracyOverRounds(_ runs: RunSet) throws -> Figure {
    try trajectories(runs, axis: { _ in .round }) { run in
      try run.evaluation()?.values("accuracy_top1", predictor: "federated")
        .map { ($0.round, $0.round) } ?? []
    }
  }

  func accuracyAgainstBytes(_ runs: RunSet) throws -> Figure {
    var figure = try trajectories(
      runs,
      axis: {
        .bytes(upTo: $0, column: "bytes", label: "Communication, both directions")
      },
      last: { $0.bytes }
    ) { run in
      try cumulated(run, table: "rounds.csv") { table in
        zip(try table.numbers("bytes_to_clients"), try table.numbers("bytes_from_clients"))
          .map { ($0 ?? 0) + ($1 ?? 0) }
      }
    }
    let places = figure.series.filter { $0.mark != .line }.flatMap(\.points).map(\.x)
    if let low = places.min(), let high = places.max(), low > 0, high >= 20 * low {
      figure.horizontal.logarithm = 10
      figure.horizontal = figure.horizontal.labelledInDecades(from: low, to: high)
    }
    figure.caption += " Bytes to and from all clients, added up over the rounds."
    return figure
  }

  func accuracyAgainstTime(_ runs: RunSet) throws -> Figure {
    var figure = try trajectories(
      runs,
      axis: { largest in
        largest < 600
          ? Axis(column: "seconds", label: "Time without evaluation (s)")
          : Axis(column: "seconds", label: "Time without evaluation (min)", scale: 1 / 60)
      }
    ) { run in
      try cumulated(run, table: "system.csv") { table in
        zip(try table.numbers("seconds"), try table.numbers("evaluate_seconds"))
          .map { ($0 ?? 0) - ($1 ?? 0) }
      }
    }
    figure.caption += " Time is that of the machine the runs were made on."
    return figure
  }

  /// The running sum of a table's column at the end of each round.
  private func cumulated(
    _ run: Run, table name: String, values: (CSVTable) throws -> [Double]
  ) throws -> [(round: Double, x: Double)] {
    guard let table = try run.table(name) else { return [] }
    var sum = 0.0
    // The model may be evaluated before the first round, which costs nothing.
    return [(0, 0)]
      + zip(try table.numbers("round"), try values(table)).compactMap { round, value in
        sum += value
        return round.map { ($0, sum) }
      }
  }

  /// Accuracy of the trained model against what `abscissa` says of each round.
  ///
  /// `last` gives a single point for runs of which a sweep kept nothing but its row.
  func trajectories(
    _ runs: RunSet, axis: (Double) -> Axis, last: (Run) -> Double? = { _ in nil },
    abscissa: (Run) throws -> [(round: Double, x: Double)]
  ) throws -> Figure {
    let groups = runs.groups()
    let split = try runs.split()
    var series: [Series] = []
    for (index, group) in groups.enumerated() {
      var points = try trajectory(of: group, abscissa: abscissa)
      if points.isEmpty { points = try finalPoint(of: group, split: split, abscissa: last) }
      guard !points.isEmpty else { continue }
      series.append(
        Series(
          name: group.lineName, title: group.lineTitle,
          mark: points.count > 1 ? .markedLine : .points, look: .group(index), points: points))
    }
    let all = series.flatMap(\.points).map(\.x).filter(\.isFinite)
    guard let low = all.min(), let high = all.max() else {
      throw unavailable(
        "no accuracy of a round is there; it needs the run folders, with evaluation.every above 0.")
    }
    series += try runs.references(groups, split: split, across: low...high)
    return Figure(
      kind: self, caption: Self.caption(groups) + Self.tooFewPoints(series), horizontal: axis(high),
      vertical: .accuracy(of: split), series: series)
  }

  /// A curve of a few points says nothing about how fast something learns.
  private static func tooFewPoints(_ series: [Series]) -> String {
    let curves = series.filter { !$0.isReference }.map(\.points)
    let starts = curves.compactMap { $0.map(\.x).min() }
    let start =
      starts.contains { $0 > 0 }
      ? " The model before training is not shown: set evaluation.initial to true to begin at round 0."
      : ""
    guard let most = curves.map(\.count).max(), most < 4 else { return start }
    return most == 1
      ? " One evaluation is no curve; lower evaluation.every for more.\(start)"
      : " \(most) evaluations are few for a curve; lower evaluation.every for more.\(start)"
  }

  /// One point per round that every run evaluated.
  private func trajectory(
    of group: RunGroup, abscissa: (Run) throws -> [(round: Double, x: Double)]
  ) throws -> [Point] {
    // A sweep may have kept nothing but the row of some runs.
    let runs = try group.runs.filter { try $0.evaluation() != nil }
    guard let split = try runs.first?.evaluation()?.split else { return [] }
    let metric = MetricName(split: split, predictor: "federated", column: "accuracy_top1")
    let places = try runs.map { run in
      Dictionary(try abscissa(run)) { _, last in last }
    }
    return try MeasuredGroup(runs.map { try $0.measured() }).course(of: metric).compactMap {
      round, accuracy in
      let here = places.compactMap { $0[Double(round)] }
      guard here.count == runs.count, let x = Interval(of: here) else { return nil }
      return Point(x: x.mean, accuracy)
    }
  }

  private func finalPoint(
    of group: RunGroup, split: String, abscissa: (Run) -> Double?
  ) throws -> [Point] {
    let runs = group.runs.filter { abscissa($0) != nil }
    guard let x = Interval(of: runs.compactMap(abscissa)),
      let accuracy = try runs.accuracy(of: "federated", split)
    else { return [] }
    return [Point(x: x.mean, accuracy)]
  }

  /// What the bands are.
  static func caption(_ groups: [RunGroup]) -> String {
    let seeds = groups.map(\.runs.count)
    guard let most = seeds.max(), most > 1 else {
      return "Bands: 95 % interval over the evaluated clients, one seed. \(references)"
    }
    let count = seeds.min() == most ? "\(most)" : "\(seeds.min() ?? 1)–\(most)"
    return "Bands and bars: 95 % interval over \(count) seeds. \(references)"
  }

  private static let references =
    "Horizontal lines: baselines and the Bayes optimum, of the clients that were evaluated. Bands allow for "
    + "other clients, so they may reach above that optimum."
}
