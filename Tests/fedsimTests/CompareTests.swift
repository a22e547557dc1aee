import Foundation
import Testing

/// Comparisons of real runs: what is called a difference, and what is not.
@Suite(.serialized) struct CompareTests {
  static let experiment = """
    name: compared
    population: {clients: 60, days: 14}
    model: {kind: logistic}
    training: {rounds: 4, cohort_size: 12}
    evaluation: {every: 2, clients: 20, new_clients: 5, test_days: 3, local_only: false}
    sweep:
      training.local.learning_rate: [0.05, 0.000001]
      checkpoint.every: [10]
      seed: 3
    """

  private func compare(
    _ arguments: [String], in folder: TemporaryFolder
  ) throws -> [[String: Any]] {
    let result = try CommandLineProgram.run(["compare", "--json"] + arguments, in: folder.url)
    #expect(result.exitCode == 0, "\(result.errors)")
    let parsed = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    return try #require((parsed as? [String: Any])?["groups"] as? [[String: Any]])
  }

  private func metric(_ group: [String: Any], _ name: String) throws -> [String: Any] {
    try #require((group["metrics"] as? [String: Any])?[name] as? [String: Any])
  }

  private func bounds(_ metric: [String: Any], _ key: String) throws -> [Double] {
    let interval = try #require(metric[key] as? [String: Any])
    return try ["low", "value", "high"].map { try #require(interval[$0] as? Double) }
  }

  @Test func aRealDifferenceIsFoundAndAnEmptyOneIsNot() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    let made = try CommandLineProgram.run(
      ["sweep", "experiment.yaml", "--out", "out", "--quiet"], in: folder.url)
    #expect(made.exitCode == 0, "\(made.errors)")

    // Over three seeds: a model that hardly moves is worse than one that learns.
    let groups = try compare(["out"], in: folder)
    #expect(groups.count == 2)
    #expect(groups.map { ($0["seeds"] as? [Int]) ?? [] } == [[1, 2, 3], [1, 2, 3]])
    #expect(
      groups.map { $0["settings"] as? [String: String] } == [
        ["training.local.learning_rate": "0.05"], ["training.local.learning_rate": "1e-06"],
      ])
    let reference = try metric(groups[0], "future_federated_accuracy_top1")
    #expect(reference["verdict"] as? String == "reference" && reference["difference"] == nil)
    let worse = try metric(groups[1], "future_federated_accuracy_top1")
    #expect(worse["verdict"] as? String == "lower")
    #expect((worse["difference"] as? [String: Any])?["interval"] as? String == "seeds")
    #expect(try bounds(worse, "difference")[2] < 0)
    // The mean over seeds is that of sweep.csv, and lies within its interval.
    let mean = try mean("future_federated_accuracy_top1", rows: 0..<3, in: folder)
    let final = try bounds(reference, "final")
    #expect(abs(final[1] - mean) < 1e-12 && final[0] < mean && mean < final[2])

    // One seed each: paired by client.
    let runs = try FileManager.default.contentsOfDirectory(atPath: folder.file("out/runs").path)
      .sorted().map { "out/runs/\($0)" }
    let pair = try compare([runs[0], runs[3]], in: folder)
    let byClient = try metric(pair[1], "future_federated_accuracy_top1")
    #expect((byClient["difference"] as? [String: Any])?["interval"] as? String == "clients")
    #expect(byClient["verdict"] as? String == "lower")
    let alone = try metric(pair[0], "future_federated_accuracy_top1")
    #expect((alone["final"] as? [String: Any])?["interval"] as? String == "clients")

    // Other people and another seed: nothing to pair, so nothing is claimed.
    let apart = try compare([runs[0], runs[4]], in: folder)
    #expect(
      try metric(apart[1], "future_federated_accuracy_top1")["verdict"] as? String
        == "not comparable")
    #expect(try compare([runs[0], runs[1]], in: folder).count == 1)

    // Sorted by a loss, the lower one comes first; the reference stays the first run named.
    let sorted = try compare(
      [runs[3], runs[0], "--sort", "future_federated_cross_entropy"], in: folder)
    #expect(
      sorted.map { ($0["runs"] as? [String]) ?? [] } == [[runs[0]], [runs[3]]])
    #expect(
      try metric(sorted[0], "future_federated_cross_entropy")["verdict"] as? String == "lower")

    let csv = try CommandLineProgram.run(["compare", "out", "--csv"], in: folder.url)
    #expect(csv.output.hasPrefix("training.local.learning_rate,runs,seeds,metric,final,final_low,"))
    let table = try CommandLineProgram.run(["compare", "out"], in: folder.url)
    #expect(table.output.contains("[") && table.output.contains("reference"))
    let wrong = try CommandLineProgram.run(
      ["compare", "out", "--sort", "future_federated_accuracy"], in: folder.url)
    #expect(
      wrong.exitCode == 65
        && wrong.message.contains("the nearest is 'future_federated_accuracy_top1'"))
  }

  private func mean(
    _ column: String, rows: Range<Int>, in folder: TemporaryFolder
  ) throws -> Double {
    let lines = try folder.text(of: "out/sweep.csv").split(separator: "\r\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let index = try #require(lines[0].firstIndex(of: column))
    let values = try rows.map { try #require(Double(lines[$0 + 1][index])) }
    return values.reduce(0, +) / Double(values.count)
  }

  /// One number has one interval, whoever states it: over clients with one seed, else over seeds.
  @Test func compareAndPlotAndReportStateOneInterval() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    let made = try CommandLineProgram.run(
      [
        "sweep", "experiment.yaml", "--out", "out", "--quiet", "--set",
        "sweep.training.local.learning_rate=[0.05]", "--set", "sweep.seed=2",
      ], in: folder.url)
    #expect(made.exitCode == 0, "\(made.errors)")
    let run =
      "out/runs/1-"
      + (try #require(
        try FileManager.default.contentsOfDirectory(atPath: folder.file("out/runs").path)
          .first { $0.hasPrefix("1-") })).dropFirst(2)
    for source in [run, "out"] {
      let groups = try compare([source], in: folder)
      let final = try bounds(
        try metric(groups[0], "future_federated_accuracy_top1"), "final")
      let plotted = try CommandLineProgram.run(
        ["plot", source, "--figure", "accuracy-rounds", "--out", "figures"],
        in: folder.url)
      #expect(plotted.exitCode == 0, "\(plotted.errors)")
      let rows = try folder.text(of: "figures/accuracy-rounds.csv").split(separator: "\r\n").map {
        $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      }
      #expect(rows.first == ["series", "round", "accuracy_top1", "low", "high"])
      let last = try #require(rows.last { $0.count == 5 && $0[1] == "4" && !$0[3].isEmpty })
      // JSON is read to the last bit but one.
      for (cell, number) in zip([last[3], last[2], last[4]], final) {
        #expect(abs(try #require(Double(cell)) - number) < 1e-14, "\(last)")
      }
      let page = try CommandLineProgram.run(
        ["report", source, "--out", "page.html"], in: folder.url)
      #expect(page.exitCode == 0, "\(page.errors)")
      let shown = String(
        format: "%.1f %% [%.1f, %.1f]", 100 * final[1], 100 * final[0], 100 * final[2])
      #expect(try folder.text(of: "page.html").contains(shown), "no \(shown)")
      try FileManager.default.removeItem(at: folder.file("page.html"))
    }
  }

  /// Two runs whose models are the same cannot be told apart, however the interval is made.
  @Test func equalRunsAreNotCalledDifferent() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    for (name, extra) in [("a", "name=a"), ("b", "name=b")] {
      let run = try CommandLineProgram.run(
        [
          "run", "experiment.yaml", "--set", "sweep=null", "--set", extra, "--out", name, "--quiet",
        ],
        in: folder.url)
      #expect(run.exitCode == 0, "\(run.errors)")
    }
    let groups = try compare(["a", "b"], in: folder)
    #expect(groups.count == 2)
    let same = try metric(groups[1], "future_federated_mrr")
    #expect(same["verdict"] as? String == "no difference shown")
    #expect(try bounds(same, "difference") == [0, 0, 0])
    let missing = try CommandLineProgram.run(["compare", "nowhere"], in: folder.url)
    #expect(missing.exitCode == 66 && missing.message.contains("nowhere"))
  }
}
