import Report
import Testing

/// Accuracy against ε and against other settings, on numbers that can be checked by hand.
struct SettingFigureTests {
  @Test func accuracyAgainstEpsilonOfASweep() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      privacy.target_epsilon,privacy.mechanism,seed,run,status,epsilon,future_federated_accuracy_top1
      1,gaussian,1,r1,finished,0.99,0.2
      1,gaussian,2,r2,finished,0.99,0.3
      8,gaussian,1,r3,finished,7.9,0.4
      8,gaussian,2,r4,finished,7.9,0.4
      null,none,1,r5,finished,,0.5

      """, to: "sweep/sweep.csv")
    let figure = try FigureKind.accuracyEpsilon.figure(of: folder.runs("sweep"))
    let line = try #require(figure.line("mechanism = gaussian"))
    #expect(line.points.map(\.x) == [0.99, 7.9])
    #expect(isClose(line.points[0].y, 0.25) && isClose(line.points[1].y, 0.4))
    // Standard deviation 0.05 √2, its error 0.05, one degree of freedom.
    #expect(isClose(line.points[0].margin, 0.6353102368, 1e-8))
    #expect(
      figure.line("no noise: mechanism = none")?.points == [
        Point(x: 0.99, y: 0.5), Point(x: 7.9, y: 0.5),
      ])
    #expect(figure.horizontal.logarithm == 2)
    #expect(figure.line("no noise: mechanism = none")?.title == "No noise")
  }

  /// What advances with the setting is no line of its own, and null is a line across.
  @Test func accuracyAgainstASettingOfASweep() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      variant,encoding.bits,training.weighting,seed,run,status,future_federated_accuracy_top1
      server,,uniform,1,r1,finished,0.5
      few,10,uniform,1,r2,finished,0.1
      many,20,uniform,1,r3,finished,0.4
      server,,examples,1,r4,finished,0.6
      few,10,examples,1,r5,finished,0.2
      many,20,examples,1,r6,finished,0.3

      """, to: "sweep/sweep.csv")
    let figure = try FigureKind.accuracySetting.figure(of: folder.runs("sweep"))
    #expect(
      figure.line("weighting = uniform")?.points == [Point(x: 10, y: 0.1), Point(x: 20, y: 0.4)])
    #expect(
      figure.line("weighting = examples; bits = null")?.points == [
        Point(x: 10, y: 0.6), Point(x: 20, y: 0.6),
      ])
    #expect(figure.series.count == 4 && figure.horizontal.logarithm == nil)
    #expect(figure.horizontal.label == "Bits" && figure.horizontal.column == "bits")
  }

  /// A longer history helps whoever trains alone: no line across could say so.
  @Test func whatTheSettingChangesIsACurve() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      population.days,run,status,future_federated_accuracy_top1,future_local_only_accuracy_top1,\
      future_most_frequent_accuracy_top1
      10,r1,finished,0.4,0.2,0.1
      28,r2,finished,0.5,0.4,0.1

      """, to: "sweep/sweep.csv")
    let figure = try FigureKind.accuracySetting.figure(of: folder.runs("sweep"))
    #expect(
      figure.line("local_only")?.points == [Point(x: 10, y: 0.2), Point(x: 28, y: 0.4)])
    #expect(
      figure.line("most_frequent")?.points == [Point(x: 10, y: 0.1), Point(x: 28, y: 0.1)])
  }

  @Test func accuracyAgainstEpsilonOfOneRunGrowsWithTheRounds() throws {
    let folder = try TemporaryFolder()
    try SmallRun(mechanism: "gaussian", epsilons: ["0.5", "0.75"]).write(to: folder, "one")
    let figure = try FigureKind.accuracyEpsilon.figure(of: folder.runs("one"))
    // The intervals are those of the curve over rounds: over the clients of the run.
    let course = try FigureKind.accuracyRounds.figure(of: folder.runs("one"))
    let expected = zip([0.5, 0.75], course.line("federated")?.points ?? []).map {
      Point(x: $0, y: $1.y, margin: $1.margin)
    }
    #expect(figure.line("federated")?.points == expected)
    #expect(expected.map(\.y) == [0.2, 0.4] && expected.allSatisfy { $0.margin != nil })
  }

  /// An accuracy is neither negative nor above 100 %, however few the seeds.
  @Test func intervalsEndWhereAccuraciesDo() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      encoding.bits,seed,run,status,future_federated_accuracy_top1
      10,1,r1,finished,0.1
      10,2,r2,finished,0.3
      12,1,r3,finished,0.9
      12,2,r4,finished,0.8

      """, to: "sweep/sweep.csv")
    let figure = try FigureKind.accuracySetting.figure(of: folder.runs("sweep"))
    let rows = figure.dataFile.split(separator: "\r\n").dropFirst()
    let ends = rows.compactMap { row in
      let cells = row.split(separator: ",").compactMap { Double($0) }
      return cells.count == 4 ? Array(cells[2...]) : nil
    }
    // 0.2 ± 12.7 × 0.1 and 0.85 ± 12.7 × 0.05.
    #expect(ends.count == 2 && ends[0] == [0, 1] && ends[1][1] == 1)
    #expect(isClose(ends[1][0], 0.2146897632, 1e-8))
  }
}
