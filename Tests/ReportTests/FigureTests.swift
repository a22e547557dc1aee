import Report
import Tables
import Testing

/// What is drawn, on runs whose numbers can be checked by hand.
struct FigureTests {
  @Test func accuracyOverRoundsOfOneRun() throws {
    let folder = try TemporaryFolder()
    try SmallRun().write(to: folder, "one")
    let figure = try FigureKind.accuracyRounds.figure(of: folder.runs("one"))
    let line = try #require(figure.line("federated"))
    #expect(line.points.map(\.x) == [1, 2])
    #expect(line.points.map(\.y) == [0.2, 0.4])
    // See IntervalTests: two clients, 6 of 10 and 6 of 20.
    #expect(isClose(line.points[1].margin, 1.694160631, 1e-8))
    #expect(figure.line("bayes_optimal")?.points == [Point(x: 1, y: 0.5), Point(x: 2, y: 0.5)])
    #expect(figure.line("most_frequent")?.points.map(\.y) == [0.1, 0.1])
    #expect(figure.series.count == 3)
    #expect(
      figure.dataFile.hasPrefix(
        "series,round,accuracy_top1,low,high\r\nfederated,1,0.2,"), "\(figure.dataFile)")
    #expect(figure.dataFile.hasSuffix("most_frequent,1,0.1,,\r\nmost_frequent,2,0.1,,\r\n"))
  }

  /// Lines need two ends, or they are in the legend and nowhere else.
  @Test func aSingleEvaluationHasItsBaselinesAndCeiling() throws {
    let folder = try TemporaryFolder()
    try SmallRun().write(to: folder, "one")
    let rows = try folder.text(of: "one/evaluation.csv").split(separator: "\r\n")
    try folder.write(
      rows.filter { !$0.hasPrefix("1,") }.joined(separator: "\r\n"), to: "one/evaluation.csv")
    for kind in [FigureKind.accuracyRounds, .accuracyBytes, .accuracyTime] {
      let figure = try kind.figure(of: folder.runs("one"))
      let x = try #require(figure.line("federated")?.points.map(\.x))
      #expect(figure.script.contains("set xtics ("), "its place, and no fraction of a round")
      for name in ["bayes_optimal", "most_frequent"] {
        let line = try #require(figure.line(name)?.points)
        #expect(x.count == 1 && line.count == 2 && line[0].y == line[1].y)
        #expect(line[0].x < x[0] && x[0] < line[1].x, "\(kind): \(name)")
      }
    }
  }

  @Test func seedsMakeTheBand() throws {
    let folder = try TemporaryFolder()
    for (seed, last) in [(1, 0.4), (2, 0.5), (3, 0.6)] {
      try SmallRun(seed: seed, accuracies: [0.2, last]).write(to: folder, "s\(seed)")
    }
    let figure = try FigureKind.accuracyRounds.figure(of: folder.runs("s1", "s2", "s3"))
    let points = try #require(figure.line("federated")?.points)
    #expect(points[0].margin == 0 || isClose(points[0].margin, 0, 1e-12))
    #expect(isClose(points[1].y, 0.5) && isClose(points[1].margin, 0.248413766, 1e-8))
    #expect(figure.caption.contains("3 seeds"))
  }

  @Test func bytesAndTimeAddUp() throws {
    let folder = try TemporaryFolder()
    try SmallRun().write(to: folder, "one")
    let runs = try folder.runs("one")
    let bytes = try FigureKind.accuracyBytes.figure(of: runs)
    #expect(bytes.line("federated")?.points.map(\.x) == [3000, 8000])
    #expect(bytes.horizontal.label.hasSuffix("(kB)") && bytes.horizontal.scale == 1e-3)
    // 1.5 − 0.5, then 3 − 1 more.
    let time = try FigureKind.accuracyTime.figure(of: runs)
    #expect(time.line("federated")?.points.map(\.x) == [1, 3])
    #expect(time.horizontal.label.hasSuffix("(s)"))
  }

  @Test func severalGroupsShowWhatTheyAgreeOn() throws {
    let folder = try TemporaryFolder()
    try SmallRun(cohortSize: 5).write(to: folder, "a")
    try SmallRun(cohortSize: 10, ceiling: 0.6).write(to: folder, "b")
    let figure = try FigureKind.accuracyRounds.figure(of: folder.runs("a", "b"))
    #expect(
      figure.series.map(\.name) == [
        "cohort_size = 5", "cohort_size = 10", "bayes_optimal: cohort_size = 5",
        "bayes_optimal: cohort_size = 10", "most_frequent",
      ])
    #expect(figure.series[2].look.color == figure.series[0].look.color)
    #expect(!figure.series[2].isNamed && figure.series[4].isNamed)
  }

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
    #expect(figure.horizontal.label == "encoding.bits" && figure.horizontal.column == "bits")
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
    #expect(figure.line("federated")?.points == [Point(x: 0.5, y: 0.2), Point(x: 0.75, y: 0.4)])
  }

  @Test func clientsAreACumulativeDistribution() throws {
    let folder = try TemporaryFolder()
    try SmallRun().write(to: folder, "one")
    let figure = try FigureKind.clientAccuracy.figure(of: folder.runs("one"))
    #expect(figure.line("federated")?.points == [Point(x: 0.3, y: 0.5), Point(x: 0.6, y: 1)])
    // Written once, in the first evaluation.
    #expect(figure.line("most_frequent")?.points == [Point(x: 0.1, y: 0.5), Point(x: 0.1, y: 1)])
  }

  @Test func aLongDistributionIsThinned() {
    let points = FigureKind.distribution(of: (1...1_000).reversed().map(Double.init))
    #expect(points.count == 200)
    #expect(points[0] == Point(x: 5, y: 0.005))
    #expect(points[199] == Point(x: 1_000, y: 1))
  }

  @Test func normAndBound() throws {
    let folder = try TemporaryFolder()
    try SmallRun().write(to: folder, "one")
    let free = try FigureKind.updateNorm.figure(of: folder.runs("one"))
    #expect(free.series.map(\.name) == ["update norm"])
    #expect(free.series[0].points == [Point(x: 1, y: 0.5), Point(x: 2, y: 0.25)])
    let rounds = try folder.text(of: "one/rounds.csv").replacing(",,", with: ",0.005,")
    try folder.write(rounds, to: "one/rounds.csv")
    let clipped = try FigureKind.updateNorm.figure(of: folder.runs("one"))
    #expect(clipped.line("clipping bound")?.points.map(\.y) == [0.005, 0.005])
    #expect(clipped.vertical.logarithm == 10 && free.vertical.logarithm == nil)
  }

  @Test func secureAggregationAgainstTheNumberOfClients() throws {
    let folder = try TemporaryFolder()
    for (size, kind) in [(10, "none"), (20, "none"), (10, "secagg"), (20, "secagg")] {
      try SmallRun(cohortSize: size, secureAggregation: kind).write(to: folder, "\(kind)-\(size)")
    }
    let runs = try folder.runs("none-10", "none-20", "secagg-10", "secagg-20")
    let bytes = try FigureKind.aggregationBytes.figure(of: runs)
    // Rounds of 3 000 and 5 000 bytes: 4 000 ÷ 10 and ÷ 20.
    #expect(
      bytes.line("protocol = secagg")?.points == [Point(x: 10, y: 400), Point(x: 20, y: 200)])
    #expect(bytes.series.map(\.name) == ["protocol = none", "protocol = secagg"])
    let time = try FigureKind.aggregationTime.figure(of: runs)
    // Server: 0.5 and 1.5; clients: 1 and 3.
    #expect(
      time.line("protocol = secagg: server")?.points == [Point(x: 10, y: 1), Point(x: 20, y: 1)])
    #expect(time.line("protocol = secagg: clients")?.points.map(\.y) == [2, 2])
    #expect(time.series.count == 2)
  }

  @Test func calibrationAndCoverageWhereTheyWereMeasured() throws {
    let folder = try TemporaryFolder()
    try SmallRun().write(to: folder, "one")
    try folder.write(
      """
      round,split,predictor,accuracy_top1,expected_calibration_error,accuracy_at_coverage_10,accuracy_at_coverage_50
      1,future,federated,0.2,0.3,0.5,0.4
      2,future,federated,0.4,0.1,0.9,0.7

      """, to: "one/evaluation.csv")
    let runs = try folder.runs("one")
    #expect(
      try FigureKind.calibration.figure(of: runs).line("federated")?.points == [
        Point(x: 1, y: 0.3), Point(x: 2, y: 0.1),
      ])
    #expect(
      try FigureKind.coverage.figure(of: runs).line("federated")?.points == [
        Point(x: 0.1, y: 0.9), Point(x: 0.5, y: 0.7),
      ])
  }

  /// One sentence: which folder, which figure, what to do.
  @Test(arguments: [
    (FigureKind.accuracyEpsilon, "privacy.mechanism"),
    (.aggregationBytes, "secure_aggregation.protocol"), (.calibration, "did not measure"),
    (.coverage, "did not measure"),
  ])
  func whatTheDataCannotGiveIsSaid(kind: FigureKind, words: String) throws {
    let folder = try TemporaryFolder()
    try SmallRun().write(to: folder, "one")
    let runs = try folder.runs("one")
    let error = #expect(throws: ReportError.self) { try runs.figures(kind) }
    #expect(error?.kind == .badData)
    for word in [folder.path, kind.rawValue, words] {
      #expect(error?.message.contains(word) == true, "\(String(describing: error))")
    }
    #expect(
      try runs.figures(nil).map(\.kind) == [
        .accuracyRounds, .accuracyBytes, .accuracyTime, .clientAccuracy, .updateNorm,
      ])
  }

  @Test func aMissingColumnIsNoMissingFigure() throws {
    let folder = try TemporaryFolder()
    try SmallRun().write(to: folder, "one")
    try folder.write("round,seconds\r\n1,1\r\n", to: "one/system.csv")
    let runs = try folder.runs("one")
    let error = #expect(throws: TableError.self) { try runs.figures(nil) }
    #expect("\(error, default: "")".contains("one/system.csv: has no column 'evaluate_seconds'"))
  }
}
