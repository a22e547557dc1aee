import Foundation
import Testing

/// What runs, comparisons, sweeps and reports answer, and that they answer the same.
@Suite(.serialized) struct VerdictTests {
  static let experiment = """
    name: judged
    population: {clients: 60, days: 14}
    model: {kind: logistic}
    training: {rounds: 4, cohort_size: 12}
    evaluation: {every: 2, clients: 20, new_clients: 1, test_days: 3}
    """

  private func object(
    _ arguments: [String], in folder: TemporaryFolder
  ) throws -> [String: Any] {
    let result = try CommandLineProgram.run(arguments, in: folder.url)
    #expect(result.exitCode == 0, "\(result.errors)")
    return try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
  }

  private func parts(_ verdict: Any?) throws -> [[String: Any]] {
    try #require((verdict as? [String: Any])?["parts"] as? [[String: Any]])
  }

  private func oneLine(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  @Test func aRunAndCompareAndAReportSayTheSame() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    let printed = try CommandLineProgram.run(
      ["run", "experiment.yaml", "--out", "shown", "--quiet"], in: folder.url)
    #expect(printed.exitCode == 0, "\(printed.errors)")
    // The answer comes before any table.
    let lines = printed.output.split(separator: "\n")
    #expect(lines[0] == "shown")
    #expect(lines[1].hasPrefix("Does federated learning help here? "))
    #expect(printed.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    let text = oneLine(printed.output)
    #expect(text.contains("local-only by ") && text.contains(" on the same 20 clients"))
    #expect(text.contains("% of the Bayes optimum"))
    #expect(text.contains("1 held-out client: "))
    #expect(text.contains("Warning: 1 client cannot be judged; raise evaluation.new_clients."))
    #expect(text.contains("Warning: 20 clients are too few"))
    #expect(text.contains("--set evaluation.pooled_epochs=5 trains that baseline."))

    let run = try object(
      ["run", "experiment.yaml", "--out", "json", "--quiet", "--json"], in: folder)
    let own = try parts(run["verdict"])
    #expect(own.map { $0["split"] as? String } == ["future", "new_clients"])
    #expect(own.map { $0["clients"] as? Int } == [20, 1])
    #expect(own[1]["answer"] as? String == "cannot_be_judged")
    let comparisons = try #require(own[0]["comparisons"] as? [[String: Any]])
    #expect(
      comparisons.map { $0["predictor"] as? String } == [
        "local_only", "most_frequent", "most_recent", "hourly_frequent", "markov", "repeat_first",
        "bayes_optimal",
      ])
    for comparison in comparisons {
      let low = try #require(comparison["low"] as? Double)
      let high = try #require(comparison["high"] as? Double)
      let difference = try #require(comparison["difference"] as? Double)
      #expect(low <= difference && difference <= high)
      #expect(comparison["shown"] as? Bool == (low > 0 || high < 0))
      #expect(comparison["clients"] as? Int == 20 && comparison.keys.contains("needed_clients"))
    }
    let compared = try object(["compare", "json", "--json"], in: folder)
    let group = try #require((compared["groups"] as? [[String: Any]])?.first)
    #expect(
      try NSArray(array: parts(group["verdict"])).isEqual(to: own), "compare differs from run")

    let page = try CommandLineProgram.run(
      ["report", "json", "--out", "page.html"], in: folder.url)
    #expect(page.exitCode == 0, "\(page.errors)")
    let html = try folder.text(of: "page.html")
    let headline = try #require((run["verdict"] as? [String: Any])?["headline"] as? String)
    #expect(html.contains(headline))
    let answer = try #require(html.range(of: "<h2>Answer</h2>"))
    #expect(answer.lowerBound < (try #require(html.range(of: "<h2>Result</h2>"))).lowerBound)
  }

  /// With both keys another seed is judged on the same clients, and without them on others.
  @Test func peopleCanBeHeldFixedOverSeeds() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    func clients(_ name: String, _ seed: Int, _ settings: [String]) throws -> [[String]] {
      let more = (settings + ["seed=\(seed)", "evaluation.new_clients=4"]).flatMap {
        ["--set", $0]
      }
      let result = try CommandLineProgram.run(
        ["run", "experiment.yaml", "--out", name, "--quiet"] + more, in: folder.url)
      #expect(result.exitCode == 0, "\(result.errors)")
      return try folder.text(of: "\(name)/clients.csv").split(separator: "\r\n").map {
        $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      }
    }
    func rows(_ table: [[String]], _ predictor: String) -> [[String]] {
      table.filter { $0[0] == "4" && $0[3] == predictor || $0[0] == "2" && $0[3] == predictor }
    }
    let held = ["population.seed=3", "evaluation.seed=5"]
    let (one, two) = (try clients("a", 1, held), try clients("b", 2, held))
    // Client, split and what it does are the same; what was trained is not.
    #expect(one.map { Array($0[0...3]) } == two.map { Array($0[0...3]) })
    for predictor in ["most_frequent", "markov", "bayes_optimal"] {
      #expect(!rows(one, predictor).isEmpty && rows(one, predictor) == rows(two, predictor))
    }
    #expect(rows(one, "federated") != rows(two, "federated"))
    // Another choice among the same phones.
    let other = try clients("c", 1, ["population.seed=3", "evaluation.seed=6"])
    #expect(Set(one.map { $0[2] }) != Set(other.map { $0[2] }))
    #expect(
      try Set(clients("d", 1, ["population.seed=3"]).map { $0[2] })
        != Set(clients("e", 2, ["population.seed=3"]).map { $0[2] }))
    for (settings, words) in [
      (["evaluation.seed=5"], "evaluation.seed needs population.seed"),
      (
        ["population.seed=3", "evaluation.seed=5", "evaluation.every=0"],
        "evaluation.seed has no effect without an evaluation"
      ),
      (["population.seed=3", "evaluation.seed=-1"], "evaluation.seed"),
    ] {
      let refused = try CommandLineProgram.run(
        ["validate", "experiment.yaml"] + settings.flatMap { ["--set", $0] }, in: folder.url)
      #expect(refused.exitCode == 78 && refused.message.contains(words), "\(refused.errors)")
    }
  }

  @Test func aSweepAnswersAtItsEnd() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      Self.experiment + """

        sweep:
          training.local.epochs: [2, 1]
          seed: 2
        """, to: "experiment.yaml")
    let sweep = try CommandLineProgram.run(
      ["sweep", "experiment.yaml", "--out", "out", "--quiet"], in: folder.url)
    #expect(sweep.exitCode == 0, "\(sweep.errors)")
    let text = oneLine(sweep.output)
    #expect(
      text.contains("training.local.epochs that costs less than 1 point against 2, the largest")
        || text.contains(
          "training.local.epochs is shown to cost less than 1 point against 2, the largest")
    )
    #expect(text.contains("More of it costs work on the clients."))
    let compared = try CommandLineProgram.run(["compare", "out"], in: folder.url)
    // Two seeds: the interval is wide, whatever the difference is.
    #expect(oneLine(compared.output).contains("Does federated learning help here?"))
    #expect(compared.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    let json = try object(["compare", "out", "--json", "--margin", "90"], in: folder)
    let answer = try #require(json["answer"] as? [String: Any])
    #expect(answer["question"] as? String == "setting" && answer["margin_points"] as? Double == 90)
    #expect(answer["smallest"] as? String == "1")
    let again = try object(
      ["sweep", "experiment.yaml", "--out", "out", "--quiet", "--json", "--margin", "90"],
      in: folder)
    #expect(try #require(again["answer"] as? [String: Any])["smallest"] as? String == "1")
    for margin in ["0", "-1", "100", "nan"] {
      let wrong = try CommandLineProgram.run(
        ["compare", "out", "--margin", margin], in: folder.url)
      #expect(wrong.exitCode == 64, "\(margin)")
    }
  }

  /// Where clients have models of their own, those are compared, also with a run that has none.
  @Test func personalModelsAreWhatIsCompared() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    for (name, more) in [
      ("plain", []), ("own", ["--set", "personalisation.method=fine_tune"]),
    ] {
      let result = try CommandLineProgram.run(
        ["run", "experiment.yaml", "--out", name, "--quiet"] + more, in: folder.url)
      #expect(result.exitCode == 0, "\(result.errors)")
    }
    let json = try object(["compare", "plain", "own", "--json"], in: folder)
    let groups = try #require(json["groups"] as? [[String: Any]])
    #expect(
      groups.map { $0["metric"] as? String } == [
        "future_federated_accuracy_top1", "future_personalised_accuracy_top1",
      ])
    #expect(
      try groups.map { try parts($0["verdict"])[0]["predictor"] as? String } == [
        "federated", "personalised",
      ])
    // Against the other run's own predictor: personalised of one minus federated of the other.
    func value(_ group: [String: Any], _ metric: String) throws -> Double {
      let metrics = try #require(group["metrics"] as? [String: [String: Any]])
      return try #require((metrics[metric]?["final"] as? [String: Any])?["value"] as? Double)
    }
    let expected =
      try value(groups[1], "future_personalised_accuracy_top1")
      - value(groups[0], "future_federated_accuracy_top1")
    let answer = try #require(json["answer"] as? [String: Any])
    let row = try #require((answer["differences"] as? [[String: Any]])?.first)
    #expect(abs(try #require(row["difference"] as? Double) - expected) < 1e-12)
    #expect(row["interval"] as? String == "clients")
  }
}
