import Foundation
import RunResults
import Statistics

extension FigureKind {
  /// Whether a key decides how large ε becomes; such keys make the points of a line.
  static func decidesEpsilon(_ key: String) -> Bool {
    [
      "privacy.target_epsilon", "privacy.noise_multiplier", "privacy.budget.epsilon",
      "privacy.delta",
    ].contains(key)
  }

  /// The last accuracy of each run against its ε, or of one run round by round.
  func accuracyAgainstEpsilon(_ runs: RunSet) throws -> Figure {
    let split = try runs.split()
    guard runs.runs.contains(where: { $0.epsilon != nil }) else {
      throw unavailable("no run adds noise, so none has an ε; set privacy.mechanism.")
    }
    let lines = runs.groups(ignoring: Self.decidesEpsilon)
    var series = try lines.enumerated().compactMap { index, line in
      Series.measured(line, index, try points(of: line, in: runs, split: split))
    }
    let all = series.flatMap(\.points).map(\.x).filter(\.isFinite)
    guard let low = all.min(), let high = all.max() else {
      throw unavailable("no run with an ε measured an accuracy; run with evaluation.every above 0.")
    }
    series += withoutNoise(lines, split: split, across: low...high)
    series += try runs.references(lines, split: split, across: low...high)
    var axis = Axis(
      column: "epsilon",
      label: "ε of the "
        + (runs.runs.contains(where: \.isOfLaunch) ? "launch" : "whole run")
        + Self.delta(of: runs),
      logarithm: high > 3 * low ? 2 : nil)
    if lines.count < runs.groups().count { axis = axis.labelled(at: all) }
    return Figure(
      kind: self,
      caption: Self.caption(runs.groups())
        + " ε protects one client; δ and what it rests on stand in privacy.csv."
        + Self.caution(runs),
      horizontal: axis, vertical: .accuracy(of: split), series: series)
  }

  /// ` (δ = 1e-6)` where all runs with noise have the same.
  private static func delta(of runs: RunSet) -> String {
    let deltas = Set(runs.runs.filter { $0.epsilon != nil }.compactMap(\.delta))
    guard let delta = deltas.first, deltas.count == 1, delta > 0 else { return "" }
    return " (δ = \(shown(delta)))"
  }

  /// `1e-6`, as a person writes it.
  private static func shown(_ delta: Double) -> String {
    let text = String(format: "%.3g", delta)
    guard let mark = text.firstIndex(of: "e"), let power = Int(text[text.index(after: mark)...])
    else { return text }
    return "\(text[..<mark])e\(power)"
  }

  /// Where the task itself may hide what noise costs.
  private static func caution(_ runs: RunSet) -> String {
    let sources = Set(runs.runs.map { $0.settings["population.source"] ?? "" })
    return sources.isSubset(of: ["synthetic", "benchmark"])
      ? " The clients are simulated: what ε costs here is a property of the synthetic task." : ""
  }

  private func points(of line: RunGroup, in runs: RunSet, split: String) throws -> [Point] {
    let keys = runs.varied.filter(Self.decidesEpsilon)
    let settings = Dictionary(grouping: line.runs.filter { $0.epsilon != nil }) { run in
      keys.map { run.settings[$0] }
    }
    if settings.count == 1, line.runs.count == 1 { return try roundByRound(line.runs[0]) }
    let points = try settings.values.compactMap { runs -> Point? in
      guard let epsilon = Interval(of: runs.compactMap(\.epsilon)),
        let accuracy = try runs.accuracy(of: "federated", split)
      else { return nil }
      return Point(x: epsilon.mean, accuracy)
    }
    return points.sorted { ($0.x, $0.y) < ($1.x, $1.y) }
  }

  /// ε grows with the rounds: accuracy at each evaluation against the ε spent by then.
  private func roundByRound(_ run: Run) throws -> [Point] {
    // Round by round the files hold what the run itself has spent.
    guard !run.isOfLaunch, let evaluation = try run.evaluation(),
      let rounds = try run.table("rounds.csv")
    else {
      let accuracy = run.metrics["future_federated_accuracy_top1"]
      guard let epsilon = run.epsilon, let accuracy else { return [] }
      return [Point(x: epsilon, y: accuracy)]
    }
    var spent: [Double: Double] = [:]
    for (round, epsilon) in zip(try rounds.numbers("round"), try rounds.numbers("epsilon")) {
      if let round, let epsilon, epsilon.isFinite { spent[round] = epsilon }
    }
    let metric = MetricName(
      split: evaluation.split, predictor: "federated", column: "accuracy_top1")
    return try MeasuredGroup([run.measured()]).course(of: metric).compactMap { round, accuracy in
      spent[Double(round)].map { Point(x: $0, accuracy) }
    }
  }

  /// Lines of runs without noise: no ε, so no place on the axis.
  ///
  /// What differs by less than half a point is one line, the mean of all.
  private func withoutNoise(
    _ lines: [RunGroup], split: String, across range: ClosedRange<Double>
  ) -> [Series] {
    let free = lines.map { line in
      line.runs.filter { $0.epsilon == nil }
        .compactMap { $0.metrics["\(split)_federated_accuracy_top1"] }
    }
    let means = free.compactMap { Interval(of: $0)?.mean }
    if means.count > 1, let least = means.min(), let most = means.max(), most - least < 0.005,
      let mean = Interval(of: means)?.mean
    {
      return [
        Series(
          name: "no noise", title: "No noise (all groups)", mark: .line,
          look: Look(color: Look.black, dash: 4),
          points: [range.lowerBound, range.upperBound].map { Point(x: $0, y: mean) })
      ]
    }
    return lines.enumerated().compactMap { index, line in
      .across(
        range, line.label.isEmpty ? "no noise" : "no noise: \(line.label)",
        title: ["", "no noise"].contains(line.title) ? "No noise" : "No noise: \(line.title)",
        index,
        meanOf: free[index])
    }
  }
}
