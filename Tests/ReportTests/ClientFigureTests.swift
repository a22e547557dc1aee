import Report
import Testing

/// Clients, norms, secure aggregation and certainty, on numbers that can be checked by hand.
struct ClientFigureTests {
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
      2,future,bayes_optimal,0.5,0,1,0.8

      """, to: "one/evaluation.csv")
    let runs = try folder.runs("one")
    #expect(
      try FigureKind.calibration.figure(of: runs).line("federated")?.points == [
        Point(x: 1, y: 0.3), Point(x: 2, y: 0.1),
      ])
    #expect(
      try FigureKind.coverage.figure(of: runs).line("federated")?.points == [
        // All moments: the accuracy itself.
        Point(x: 0.1, y: 0.9), Point(x: 0.5, y: 0.7), Point(x: 1, y: 0.4),
      ])
    // One group: the ceiling where it stated how sure it is.
    let ceiling = try FigureKind.coverage.figure(of: runs).line("bayes_optimal")
    #expect(ceiling?.points.map(\.y) == [1, 0.8, 0.5])
  }

  /// A line that another lies on shows on both sides of it.
  @Test func aCoveredLineIsWider() throws {
    let folder = try TemporaryFolder()
    for (size, last) in [(5, 0.4), (10, 0.4001), (20, 0.2)] {
      try SmallRun(cohortSize: size, accuracies: [0.1, last]).write(to: folder, "\(size)")
    }
    let script = try FigureKind.accuracyRounds.figure(of: folder.runs("5", "10", "20")).script
    let wide = script.split(separator: "\n").filter { $0.contains(" lw 3 ps 0.7 ") }
    #expect(wide.count == 1 && wide[0].contains("cohort_size = 5"))
  }
}
