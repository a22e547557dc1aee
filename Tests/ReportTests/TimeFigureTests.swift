import Report
import Testing

/// Figures of virtual time, on two seeds of one group and with numbers made by hand.
struct TimeFigureTests {
  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (seed, (seconds, counted)) in [
      (1, ([600, 1_800], [1, 2, 3, 4])), (2, ([1_200, 3_600], [0, 2, 2, 4])),
    ] {
      let place = "run\(seed)"
      try SmallRun(seed: seed).write(to: folder, place)
      try folder.write(
        "round,virtual_seconds\r\n1,\(seconds[0])\r\n2,\(seconds[1])\r\n", to: "\(place)/rounds.csv"
      )
      try folder.write(
        """
        {"bytes_from_clients": 3000, "bytes_to_clients": 5000, "delta": 0, "epsilon": null,
         "virtual_seconds": \(seconds[1]), "future": {"federated": {"accuracy_top1": 0.4}},
         "new_clients": {}, "rounds": 2}
        """, to: "\(place)/summary.json")
      let rows = counted.enumerated().map { "2,speed_quartile,\($0 + 1),\($1)\r\n" }
      try folder.write(
        "round,segment_kind,segment,sim_counted\r\n1,speed_quartile,1,9\r\n2,archetype,x,7\r\n"
          + rows.joined(), to: "\(place)/segments.csv")
    }
    return folder
  }

  @Test func accuracyIsDrawnOverVirtualTime() throws {
    let folder = try folder()
    let figure = try FigureKind.accuracyVirtualTime.figure(of: folder.runs("run1", "run2"))
    let line = try #require(figure.series.first)
    // Means of both seeds.
    #expect(line.points.map(\.x) == [900, 2_700])
    #expect(isClose(line.points.last?.y, 0.4))
  }

  @Test func hoursHaveAnIntervalOverSeeds() throws {
    let folder = try folder()
    let figure = try FigureKind.virtualHours.figure(of: folder.runs("run1", "run2"))
    let point = try #require(figure.series.first?.points.first)
    #expect(point.y == 2_700)
    // Student's t of one degree of freedom, 12.7062, times the standard error of 1 800 and 3 600.
    #expect(isClose(point.margin, 12.7062 * 900, 1))
  }

  @Test func durationsAreDifferencesOfEnds() throws {
    let folder = try folder()
    let figure = try FigureKind.roundDuration.figure(of: folder.runs("run1", "run2"))
    #expect(figure.series.first?.points.map(\.x) == [600, 1_200, 1_200, 2_400])
  }

  @Test func sharesAreOfTheLastEvaluation() throws {
    let folder = try folder()
    let figure = try FigureKind.participation.figure(of: folder.runs("run1", "run2"))
    let points = try #require(figure.series.first?.points)
    #expect(points.map(\.x) == [1, 2, 3, 4])
    for (point, share) in zip(points, [0.05, 0.225, 0.275, 0.45]) {
      #expect(isClose(point.y, share))
    }
  }

  @Test func runsWithoutTimeHaveNoneOfThem() throws {
    let folder = try TemporaryFolder()
    try SmallRun().write(to: folder, "run")
    let kinds = try folder.runs("run").figures().map(\.kind)
    #expect(
      Set(kinds).isDisjoint(with: [
        .accuracyVirtualTime, .virtualHours, .roundDuration, .participation,
      ]))
  }
}
