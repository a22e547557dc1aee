import RunResults
import Statistics
import Tables

/// What virtual time does to a training: how fast it is, and whom it leaves out.
extension FigureKind {
  func accuracyAgainstVirtualTime(_ runs: RunSet) throws -> Figure {
    var figure = try trajectories(
      runs,
      axis: { _ in Axis(column: "virtual_seconds", label: "Virtual time (h)", scale: 1 / 3_600) },
      last: { $0.metrics["virtual_seconds"] }
    ) { run in
      guard let table = try run.table("rounds.csv"), table.has("virtual_seconds") else { return [] }
      return [(0, 0)]
        + zip(try table.numbers("round"), try table.numbers("virtual_seconds"))
        .compactMap { round, seconds in round.flatMap { round in seconds.map { (round, $0) } } }
    }
    let places = figure.series.filter { $0.mark != .line }.flatMap(\.points).map(\.x)
      .filter { $0 > 0 }
    if let low = places.min(), let high = places.max(), high >= 20 * low,
      !figure.series.contains(where: { series in
        series.mark != .line && series.points.contains { $0.x <= 0 }
      })
    {
      figure.horizontal.logarithm = 10
      figure.horizontal = figure.horizontal.labelledInDecades(from: low, to: high)
    }
    figure.caption += " Virtual time is that of the simulated phones."
    return figure
  }

  /// One row per group: its virtual time to the end of the training, with its interval.
  func virtualHours(_ runs: RunSet) throws -> Figure {
    var rows: [Series] = []
    for (index, group) in runs.groups().enumerated() {
      guard let time = Interval(of: group.runs.compactMap { $0.metrics["virtual_seconds"] }) else {
        continue
      }
      rows.append(
        Series(
          name: group.label, title: group.title, mark: .points, look: .group(index),
          points: [Point(x: Double(rows.count + 1), y: time.mean, margin: time.margin)]))
    }
    guard !rows.isEmpty else {
      throw unavailable("no finished run has virtual time; it needs devices.source.")
    }
    return Figure(
      kind: self,
      caption:
        "Virtual time to the end of the training, which training.stop.target may set. Bars: 95 % "
        + "interval over seeds.",
      horizontal: Axis(column: "row", label: ""),
      vertical: Axis(column: "virtual_seconds", label: "Virtual time (h)", scale: 1 / 3_600),
      series: rows)
  }

  /// How long rounds take, as cumulative distributions.
  func roundDuration(_ runs: RunSet) throws -> Figure {
    var series: [Series] = []
    for (index, group) in runs.groups().enumerated() {
      var durations: [Double] = []
      for run in group.runs {
        guard let table = try run.table("rounds.csv"), table.has("virtual_seconds") else {
          continue
        }
        var last = 0.0
        for end in try table.numbers("virtual_seconds") {
          guard let end else { continue }
          durations.append(end - last)
          last = end
        }
      }
      guard !durations.isEmpty else { continue }
      series.append(
        Series(
          name: group.lineName, title: group.lineTitle, mark: .steps, look: .group(index),
          points: Self.distribution(of: durations)))
    }
    let all = series.flatMap(\.points).map(\.x).filter { $0 > 0 }
    guard let low = all.min(), let high = all.max() else {
      throw unavailable("no run has virtual time; it needs devices.source.")
    }
    var axis = Axis(column: "seconds", label: "Virtual duration (s)")
    if high >= 20 * low {
      axis.logarithm = 10
      axis = axis.labelledInDecades(from: low, to: high)
    }
    return Figure(
      kind: self,
      caption: "Share of rounds, or of versions, that took at most this long, waiting for phones "
        + "included; seeds together.",
      horizontal: axis,
      vertical: Axis(column: "share", label: "Share of rounds (%)", scale: 100), series: series)
  }

  /// Which share of all updates that counted came from each quarter of the phones.
  func participationBySpeed(_ runs: RunSet) throws -> Figure {
    var series: [Series] = []
    for (index, group) in runs.groups().enumerated() {
      let shares = try group.runs.compactMap { try sharesBySpeed($0) }
      guard !shares.isEmpty else { continue }
      series.append(
        Series(
          name: group.lineName, title: group.lineTitle, mark: .markedLine, look: .group(index),
          points: (0..<4).compactMap { quartile in
            Interval(of: shares.map { $0[quartile] }).map {
              Point(x: Double(quartile + 1), y: $0.mean, margin: $0.margin)
            }
          }))
    }
    guard !series.isEmpty else {
      throw unavailable(
        "no run says who took part; it needs devices.source, and evaluation.every above 0.")
    }
    return Figure(
      kind: self,
      caption:
        "Share of all counted updates that came from each quarter of the phones by speed, the "
        + "slowest first; 25 % each would be even. Bands: 95 % interval over seeds.",
      horizontal: Axis(column: "speed_quartile", label: "Quarter of the phones, the slowest first")
        .labelled(at: [1, 2, 3, 4]),
      vertical: Axis(column: "share", label: "Share of counted updates (%)", scale: 100),
      series: series)
  }

  /// By quarter, in the last evaluation; nil where nobody counted.
  private func sharesBySpeed(_ run: Run) throws -> [Double]? {
    guard let table = try run.table("segments.csv"), table.has("sim_counted") else { return nil }
    let (kinds, names) = (try table.texts("segment_kind"), try table.texts("segment"))
    var counts = [Double](repeating: 0, count: 4)
    for (row, counted) in try table.numbers("sim_counted").enumerated() {
      guard let counted, kinds[row] == "speed_quartile", let quartile = Int(names[row]),
        (1...4).contains(quartile)
      else { continue }
      // Later evaluations have later counts.
      counts[quartile - 1] = counted
    }
    let all = counts.reduce(0, +)
    return all > 0 ? counts.map { $0 / all } : nil
  }
}
