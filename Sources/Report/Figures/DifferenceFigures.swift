import RunResults

/// Figures of differences to the group of the first run, paired, so that what makes seeds and clients
/// easy or hard for both cancels.
extension FigureKind {
  /// More rows than a page holds are no figure.
  private static let mostGroups = 60

  /// One row per group: its difference in the last evaluation, with its interval.
  func finalDifference(_ runs: RunSet) throws -> Figure {
    let (groups, reference, split) = try comparedGroups(runs)
    guard groups.count <= Self.mostGroups else {
      throw unavailable(
        "there are \(groups.count) groups, and at most \(Self.mostGroups) fit; give fewer runs.")
    }
    var rows: [Series] = []
    for (index, group) in groups.enumerated() {
      let difference =
        index == reference
        ? Estimate(value: 0)
        : try GroupDifference(group, minus: groups[reference], split: split).final()
      guard let difference else { continue }
      let title = index == reference ? "\(group.title) (reference)" : group.title
      rows.append(
        Series(
          name: group.label, title: title, mark: .points, look: .group(index),
          points: [
            Point(x: Double(rows.count + 1), difference)
          ]))
    }
    guard rows.count > 1 else { throw nothingPaired() }
    return Figure(
      kind: self, caption: Self.caption(of: groups, reference, split),
      horizontal: Axis(column: "row", label: ""), vertical: Self.axis,
      series: rows)
  }

  /// A line per group over the rounds.
  func differenceOverRounds(_ runs: RunSet) throws -> Figure {
    let (groups, reference, split) = try comparedGroups(runs)
    var series: [Series] = []
    for (index, group) in groups.enumerated() where index != reference {
      let points = try GroupDifference(group, minus: groups[reference], split: split).course().map {
        Point(x: $0.round, $0.difference)
      }
      guard !points.isEmpty else { continue }
      series.append(
        Series(
          name: group.label, title: group.title, mark: points.count > 1 ? .markedLine : .points,
          look: .group(index), points: points))
    }
    let rounds = series.flatMap(\.points).map(\.x)
    guard let first = rounds.min(), let last = rounds.max() else { throw nothingPaired() }
    let margin = first == last ? abs(first) / 10 : 0
    series.append(
      Series(
        name: groups[reference].label, title: "\(groups[reference].title) (reference)", mark: .line,
        look: Look(color: Look.grey, isThin: true),
        points: [first - margin, last + margin].map { Point(x: $0, y: 0) }))
    return Figure(
      kind: self, caption: Self.caption(of: groups, reference, split), horizontal: .round,
      vertical: Self.axis, series: series)
  }

  private func comparedGroups(
    _ runs: RunSet
  ) throws -> (groups: [RunGroup], reference: Int, split: String) {
    let groups = runs.groups()
    guard groups.count > 1 else {
      throw unavailable(
        "the runs differ in their seeds at most, so there is no difference to draw; sweep a setting, or "
          + "give runs that differ in one.")
    }
    return (groups, runs.referenceIndex(of: groups), try runs.split())
  }

  private func nothingPaired() -> FigureUnavailable {
    unavailable(
      "no two groups can be compared: it needs two seeds of each, or the run folders, with "
        + "evaluation.every above 0.")
  }

  private static var axis: Axis {
    Axis(
      column: "accuracy_top1_difference", label: "Difference (points)", scale: 100, bounds: -1...1)
  }

  private static func caption(of groups: [RunGroup], _ reference: Int, _ split: String) -> String {
    "Difference in top-1 accuracy (\(ResultWords.split(split))) to \(groups[reference].title), in "
      + "percentage points, with its 95 % interval: paired by seed where two or more "
      + "seeds are common, by client where one is. An interval that holds 0 shows no difference."
  }
}
