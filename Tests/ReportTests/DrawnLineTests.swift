import Report
import Testing

/// Which lines are drawn, where axes have labels, and what the legend says of the rest.
struct DrawnLineTests {
  /// Three seeds that agree, so that bands have no width.
  private func write(
    _ size: Int, _ accuracies: [Double], ceiling: Double = 0.47, to folder: TemporaryFolder
  ) throws -> [String] {
    try (1...3).map { seed in
      try SmallRun(seed: seed, cohortSize: size, accuracies: accuracies, ceiling: ceiling)
        .write(to: folder, "\(size)-\(seed)")
      return "\(folder.path)/\(size)-\(seed)"
    }
  }

  @Test func equalLinesAreDrawnOnceAndKeptInTheData() throws {
    let folder = try TemporaryFolder()
    var folders: [String] = []
    for (size, last) in [(5, 0.4), (10, 0.4), (20, 0.2)] {
      folders += try write(size, [0.1, last], to: folder)
    }
    let figure = try FigureKind.accuracyRounds.figure(of: RunSet(folders: folders))
    let curves = figure.script.split(separator: "\n").filter { $0.contains("with linespoints") }
    // In the terminal commands `replot` repeats them.
    #expect(curves.count == 2, "\(curves)")
    #expect(figure.script.contains("title 'Clients per round = 5 (and 1 identical)'"))
    #expect(figure.dataFile.contains("\r\ncohort_size = 10,2,0.4"))
  }

  /// The runs lie between 42 and 44 %: what is at most 5 points away is drawn.
  @Test func farBaselinesAreInTheLegendOnly() throws {
    let folder = try TemporaryFolder()
    let near = try FigureKind.accuracyRounds.figure(
      of: RunSet(folders: write(5, [0.42, 0.44], to: folder)))
    // Main lines and the ceiling, 0.42 to 0.47, and 6 % of that.
    let range = try #require(
      near.script.firstMatch(of: #/set yrange \[([\d.]+):([\d.]+)\]/#)?.output)
    #expect(isClose(Double(range.1), 41.7) && isClose(Double(range.2), 47.3))
    #expect(near.script.contains("title 'Most frequent app: 10 (below)'"))
    #expect(near.script.contains("title 'Bayes optimum'"))
    let far = try TemporaryFolder()
    let figure = try FigureKind.accuracyRounds.figure(
      of: RunSet(folders: write(5, [0.42, 0.44], ceiling: 0.6, to: far)))
    #expect(figure.script.contains("title 'Bayes optimum: 60 (above)'"))
    // Nothing is cut off where everything is near.
    let wide = try FigureKind.accuracyRounds.figure(
      of: RunSet(folders: write(9, [0.12, 0.44], to: far)))
    #expect(!wide.script.contains("set yrange"))
  }

  @Test func axesHaveLabelsAtTheValuesThatWereUsed() throws {
    let axis = Axis(column: "x", label: "X", logarithm: 2)
    #expect(axis.labelled(at: [100, 10, 50, 10]).ticks.map(\.text) == ["10", "50", "100"])
    // 1 and 1.01 are too close together on an axis up to 50.
    let linear = Axis(column: "x", label: "X").labelled(at: [1, 1.01, 50])
    #expect(linear.ticks.map(\.text) == ["1", "50"])
    let share = Axis(column: "x", label: "X", scale: 100).labelled(at: [0.125, 0.5])
    #expect(share.ticks.map(\.text) == ["12.5", "50"] && share.ticks[0].place == 0.125)
    // Too many to name: gnuplot's own.
    #expect(axis.labelled(at: (1...13).map(Double.init)).ticks.isEmpty)
    let folder = try TemporaryFolder()
    try folder.write(
      """
      training.cohort_size,run,status,future_federated_accuracy_top1
      10,r1,finished,0.4
      50,r2,finished,0.5
      100,r3,finished,0.6

      """, to: "sweep/sweep.csv")
    let figure = try FigureKind.accuracySetting.figure(of: folder.runs("sweep"))
    #expect(figure.script.contains("set xlabel 'Clients per round, log scale'"))
    #expect(figure.script.contains("set xtics ('10' 10.0, '50' 50.0, '100' 100.0)"))
  }

  @Test func aLegendIsNeverTallerThanItsPlot() throws {
    let folder = try TemporaryFolder()
    var table = "variant,training.cohort_size,run,status,future_federated_accuracy_top1\r\n"
    for index in 1...100 {
      for size in [10, 20] {
        table +=
          "method number \(index),\(size),r\(index)-\(size),finished,0.\(index + 10 + size)\r\n"
      }
    }
    try folder.write(table, to: "sweep/sweep.csv")
    let script = try FigureKind.accuracySetting.figure(of: folder.runs("sweep")).script
    #expect(script.contains("set terminal svg size 680,"), "both columns of a page")
    let named = script.split(separator: "\n").filter { $0.contains(" title 'method number ") }
    let more = try #require(script.firstMatch(of: #/… and (\d+) more/#)?.output.1)
    #expect(named.count + Int(more)! == 100)
    let height = try #require(script.firstMatch(of: #/svg size 680,(\d+)/#)?.output.1)
    #expect(Int(height)! < 500)
  }

  /// 0.01, 0.02 and 0.03 more on the same seeds: 0.02 ± t × 0.01 / √3 with 2 degrees of freedom, where
  /// unpaired intervals would be ten times as wide.
  @Test func differencesArePairedBySeed() throws {
    let folder = try TemporaryFolder()
    for (seed, one, other) in [(1, 0.4, 0.41), (2, 0.5, 0.52), (3, 0.6, 0.63)] {
      try SmallRun(seed: seed, cohortSize: 5, accuracies: [0.1, one]).write(to: folder, "a\(seed)")
      try SmallRun(seed: seed, cohortSize: 10, accuracies: [0.1, other])
        .write(to: folder, "b\(seed)")
    }
    let runs = try folder.runs("a1", "b1", "a2", "b2", "a3", "b3")
    let rows = try FigureKind.difference.figure(of: runs)
    #expect(rows.series.map(\.name) == ["cohort_size = 5", "cohort_size = 10"])
    #expect(rows.series[0].points == [Point(x: 1, y: 0)])
    #expect(rows.series[0].title == "Clients per round = 5 (reference)")
    let point = try #require(rows.series[1].points.first)
    #expect(isClose(point.y, 0.02) && isClose(point.margin, 0.0248413766, 1e-8))
    let course = try FigureKind.differenceRounds.figure(of: runs)
    let line = try #require(course.line("cohort_size = 10")?.points)
    #expect(line.map(\.x) == [1, 2] && isClose(line[0].y, 0) && isClose(line[1].y, 0.02))
    // The first run named is the reference, whatever the order of the groups.
    let turned = try FigureKind.difference.figure(
      of: folder.runs("b1", "a1", "b2", "a2", "b3", "a3"))
    #expect(isClose(turned.line("cohort_size = 5")?.points.first?.y, -0.02))
    let error = #expect(throws: ReportError.self) {
      try folder.runs("a1", "a2").figures([.difference])
    }
    #expect(error?.message.contains("sweep a setting") == true)
  }
}
