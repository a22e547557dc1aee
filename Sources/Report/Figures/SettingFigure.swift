import RunResults

extension FigureKind {
  /// The last accuracy of each run against the first varied setting that is a number.
  ///
  /// What advances together with that setting makes no lines of its own. Runs that leave it out
  /// (null) have no place on the axis and are drawn as a line across.
  func accuracyAgainstSetting(_ runs: RunSet) throws -> Figure {
    let split = try runs.split()
    guard let (key, isOfVariants) = drawnSetting(of: runs) else {
      throw unavailable("no setting with a number differs between the runs; sweep one.")
    }
    let name = runs.shortNames(of: [key])[0]
    let lines = runs.groups { $0 == key || isDecided($0, by: key, in: runs) }
    var series = try lines.enumerated().compactMap { index, line in
      Series.measured(
        line, index, try points(of: line, key: key, predictor(of: line, split), split))
    }
    // Of several variants with one value each, no line is left.
    guard !isOfVariants || series.contains(where: { $0.points.count > 1 }) else {
      throw unavailable(
        "each variant has one value of \(key), so there is no curve over it; compare the variants with "
          + "--figure difference.")
    }
    let all = series.flatMap(\.points).map(\.x).filter(\.isFinite)
    guard let low = all.min(), let high = all.max() else {
      throw unavailable("no accuracy was measured; run with evaluation.every above 0.")
    }
    series += lines.enumerated().compactMap { index, line in
      let without = line.runs.filter { number(key, in: $0) == nil }
      let words = [line.label, "\(name) = null"].filter { !$0.isEmpty }
      let title = [line.title, KeyLabel.setting(key, "null")].filter { !$0.isEmpty }
      return .across(
        low...high, words.joined(separator: "; "), title: title.joined(separator: ", "), index,
        meanOf: accuracies(of: without, predictor(of: line, split), split))
    }
    series += try runs.references(lines, split: split, across: low...high).map { reference in
      // Where the setting changes what is compared with, a curve instead of a line across.
      let points = try points(of: lines[0], key: key, reference.name, split)
      guard Set(points.map(\.y)).count > 1 else { return reference }
      var curve = reference
      curve.points = points.map { Point(x: $0.x, y: $0.y) }
      return curve
    }
    let axis = Axis(
      column: name, label: KeyLabel.title(of: key),
      logarithm: low > 0 && high >= 8 * low ? 2 : nil)
    return Figure(
      kind: self, caption: Self.caption(runs.groups()), horizontal: axis.labelled(at: all),
      vertical: .accuracy(of: split), series: series)
  }

  /// The setting on the axis, and whether each variant has one value of it: one that is swept itself goes
  /// before one that variants set.
  func drawnSetting(of runs: RunSet) -> (key: String, isOfVariants: Bool)? {
    let numbers = runs.varied.filter { isNumber($0, in: runs) }
    if let key = numbers.first(where: { !runs.isDecidedByVariants($0, of: true) }) {
      return (key, false)
    }
    return numbers.first.map { ($0, true) }
  }

  /// What phones predict with: models of their own where they have some.
  private func predictor(of line: RunGroup, _ split: String) -> String {
    accuracies(of: line.runs, "personalised", split).isEmpty ? "federated" : "personalised"
  }

  private func points(
    of line: RunGroup, key: String, _ predictor: String, _ split: String
  ) throws -> [Point] {
    try Dictionary(grouping: line.runs) { number(key, in: $0) }.compactMap { x, runs in
      guard let x, let accuracy = try runs.accuracy(of: predictor, split) else { return nil }
      return Point(x: x, accuracy)
    }
    .sorted { $0.x < $1.x }
  }

  private func accuracies(of runs: [Run], _ predictor: String, _ split: String) -> [Double] {
    runs.compactMap { $0.metrics["\(split)_\(predictor)_accuracy_top1"] }
  }

  private func number(_ key: String, in run: Run) -> Double? {
    run.settings[key].flatMap(Double.init).flatMap { $0.isFinite ? $0 : nil }
  }

  /// At least two numbers, and nothing else but null.
  private func isNumber(_ key: String, in runs: RunSet) -> Bool {
    // ε has a figure of its own, which knows how much was spent.
    guard !Self.decidesEpsilon(key) else { return false }
    let isPlain = runs.runs.allSatisfy { run in
      number(key, in: run) != nil || [nil, "null"].contains(run.settings[key])
    }
    return isPlain && Set(runs.runs.compactMap { number(key, in: $0) }).count > 1
  }

  /// Whether runs that agree on `key` agree on this one.
  private func isDecided(_ other: String, by key: String, in runs: RunSet) -> Bool {
    Dictionary(grouping: runs.runs) { GroupNames.value($0.settings[key]) }.values.allSatisfy {
      runs in
      Set(runs.map { GroupNames.value($0.settings[other]) }).count == 1
    }
  }
}
