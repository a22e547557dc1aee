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
    #expect(bytes.horizontal.label == "Communication, both directions (kB)")
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
    #expect(
      figure.series.filter(\.isNamed).map(\.title) == [
        "Clients per round = 5", "Clients per round = 10",
        "Bayes optimum (thin, in the group’s colour)", "Most frequent app (all groups)",
      ])
  }

  /// One sentence: which folder, which figure, what to do.
  @Test(arguments: [
    (FigureKind.accuracyEpsilon, "privacy.mechanism"),
    (.aggregationBytes, "secure_aggregation.protocol"), (.calibration, "evaluation.every above 0"),
    (.coverage, "evaluation.every above 0"),
  ])
  func whatTheDataCannotGiveIsSaid(kind: FigureKind, words: String) throws {
    let folder = try TemporaryFolder()
    try SmallRun().write(to: folder, "one")
    let runs = try folder.runs("one")
    let error = #expect(throws: ReportError.self) { try runs.figures([kind]) }
    #expect(error?.kind == .badData)
    for word in [folder.path, kind.rawValue, words] {
      #expect(error?.message.contains(word) == true, "\(String(describing: error))")
    }
    #expect(
      try runs.figures().map(\.kind) == [
        .accuracyRounds, .accuracyBytes, .accuracyTime, .clientAccuracy, .updateNorm,
      ])
    #expect(try FigureKind.accuracyRounds.figure(of: runs).caption.contains("evaluation.every"))
  }

  @Test func aMissingColumnIsNoMissingFigure() throws {
    let folder = try TemporaryFolder()
    try SmallRun().write(to: folder, "one")
    try folder.write("round,seconds\r\n1,1\r\n", to: "one/system.csv")
    let runs = try folder.runs("one")
    let error = #expect(throws: TableError.self) { try runs.figures() }
    #expect("\(error, default: "")".contains("one/system.csv: has no column 'evaluate_seconds'"))
  }
}
