import RunResults

/// Figures of differences to the group of the first run, paired, so that what makes seeds and clients
/// easy or hard for both cancels.
extension FigureKind {
  /// More rows than a page holds are no figure.
  private static let mostGroups = 60

  /// One row per group: its difference in the last evaluation, with its interval.
  func finalDifference(_ runs: RunSet) throws -> Figure {
    let (groups, looks, reference, split) = try comparedGroups(runs)
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
          name: group.label, title: title, mark: .points, look: looks[index],
          points: [
            Point(x: Double(rows.count + 1), difference)
          ]))
    }
    guard rows.count > 1 else { throw nothingPaired() }
    return Figure(
      kind: self, caption: Self.caption(of: groups, reference, split),
      horizontal: Axis(column: "row", label: ""),
      vertical: Self.axis(minus: groups[reference], longest: 30), series: rows)
  }

  /// A line per group over the rounds.
  func differenceOverRounds(_ runs: RunSet) throws -> Figure {
    let (groups, looks, reference, split) = try comparedGroups(runs)
    var series: [Series] = []
    for (index, group) in groups.enumerated() where index != reference {
      let points = try GroupDifference(group, minus: groups[reference], split: split).course().map {
        Point(x: $0.round, $0.difference)
      }
      guard !points.isEmpty else { continue }
      series.append(
        Series(
          name: group.label, title: group.title, mark: points.count > 1 ? .markedLine : .points,
          look: looks[index], points: points))
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
      kind: self,
      caption: Self.caption(of: groups, reference, split)
        + (first == 0
          ? " Groups that begin with the same model do not differ at round 0, so their bands have no width there."
          : ""),
      horizontal: .round, vertical: Self.axis(minus: groups[reference], longest: 16), series: series
    )
  }

  /// In the order of the runs, which is that of `fedsim compare`, each in the look that it has elsewhere.
  private func comparedGroups(
    _ runs: RunSet
  ) throws -> (groups: [RunGroup], looks: [Look], reference: Int, split: String) {
    let order = runs.runs.enumerated().map { ($0.element.path, $0.offset) }
    let places = Dictionary(order) { first, _ in first }
    func place(_ group: RunGroup) -> Int { group.runs.compactMap { places[$0.path] }.min() ?? 0 }
    let sorted = runs.groups().enumerated().sorted { place($0.element) < place($1.element) }
    let groups = sorted.map(\.element)
    guard groups.count > 1 else {
      throw unavailable(
        "the runs differ in their seeds at most, so there is no difference to draw; sweep a setting, or "
          + "give runs that differ in one.")
    }
    return (
      groups, sorted.map { .group($0.offset) }, runs.referenceIndex(of: groups), try runs.split()
    )
  }

  private func nothingPaired() -> FigureUnavailable {
    unavailable(
      "no two groups can be compared: it needs two seeds of each, or the run folders, with "
        + "evaluation.every above 0.")
  }

  /// - Parameter longest: characters of a name for which the label has room.
  private static func axis(minus reference: RunGroup, longest: Int) -> Axis {
    let name = reference.title.count <= longest ? reference.title : "reference"
    return Axis(
      column: "accuracy_top1_difference", label: "Top-1 minus \(name) (points)", scale: 100,
      bounds: -1...1)
  }

  private static func caption(of groups: [RunGroup], _ reference: Int, _ split: String) -> String {
    let seeds = groups.map(\.runs.count)
    let (least, most) = (seeds.min() ?? 1, seeds.max() ?? 1)
    let over =
      most == 1 ? "one seed" : least == most ? "\(most) seeds" : "\(least) to \(most) seeds"
    return
      "Difference in top-1 accuracy (\(ResultWords.split(split))) to \(groups[reference].title), in "
      + "percentage points, with its 95 % interval (\(over)): paired by seed where two or more "
      + "seeds are common, by client where one is. An interval that holds 0 shows no difference."
  }
}
