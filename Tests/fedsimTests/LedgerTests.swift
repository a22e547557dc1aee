import Foundation
import Glibc
import Testing

/// Runs on the same people that share one ledger.
@Suite(.serialized) struct LedgerTests {
  private static let privacy =
    "\(PrivacyReportTests.gaussian), delta: 1e-5, ledger: people.ledger"

  private func fedsim(
    _ arguments: String..., in folder: TemporaryFolder
  ) throws -> CommandLineProgram.Result {
    try CommandLineProgram.run(arguments, in: folder.url)
  }

  private func ledger(
    _ folder: TemporaryFolder
  ) throws -> (entries: [[String: Any]], totals: [String: Any]) {
    let result = try fedsim("privacy", "ledger", "people.ledger", "--json", in: folder)
    #expect(result.exitCode == 0, "\(result.errors)")
    let parsed = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    return (
      try #require(parsed?["entries"] as? [[String: Any]]),
      try #require(parsed?["totals"] as? [String: Any])
    )
  }

  private func epsilon(_ entry: [String: Any]) -> Double {
    (entry["part"] as? [String: Any])?["epsilon"] as? Double ?? .nan
  }

  @Test func runsAddUpUntilTheBudgetIsGone() throws {
    let folder = try TemporaryFolder()
    // One run spends about a half; what it is exactly, the accountant's own tests say.
    try folder.write(
      PrivacyReportTests.experiment(
        Self.privacy + ", ledger_budget: {epsilon: 1.2, delta: 1e-4}"), to: "run.yaml")
    let plain = try fedsim(
      "run", "run.yaml", "--out", "plain", "--quiet", "--set",
      "privacy.ledger=null", "--set", "privacy.ledger_budget.epsilon=null", "--set",
      "privacy.ledger_budget.delta=null", in: folder)
    #expect(plain.exitCode == 0, "\(plain.errors)")
    let first = try fedsim("run", "run.yaml", "--out", "one", "--quiet", in: folder)
    #expect(first.exitCode == 0, "\(first.errors)")
    let second = try fedsim(
      "run", "run.yaml", "--out", "two", "--quiet", "--set", "population.seed=1", "--set", "seed=2",
      in: folder)
    #expect(second.exitCode == 0, "\(second.errors)")
    // The ledger changes nothing else.
    for name in ["rounds.csv", "privacy.csv", "summary.json"] {
      #expect(try folder.text(of: "one/\(name)") == folder.text(of: "plain/\(name)"))
    }
    #expect(try !folder.text(of: "plain/config.yaml").contains("ledger"))
    #expect(try !folder.text(of: "plain/manifest.json").contains("ledger"))
    let (entries, totals) = try ledger(folder)
    #expect(entries.map { $0["state"] as? String } == ["settled", "settled"])
    let each = epsilon(entries[0])
    #expect(each > 0.45 && each < 0.55 && epsilon(entries[1]) == each)
    let basic = try #require(totals["basic"] as? [String: Any])
    let joint = try #require(totals["joint"] as? [String: Any])
    #expect(basic["epsilon"] as? Double == 2 * each)
    #expect(try #require(joint["epsilon"] as? Double) < 2 * each)
    // A third is refused before anything is made, by every verb.
    for verb in [
      ["run", "run.yaml", "--out", "three"], ["plan", "run.yaml"], ["validate", "run.yaml"],
    ] {
      let third = try CommandLineProgram.run(
        verb + ["--set", "population.seed=1", "--set", "seed=3"], in: folder.url)
      #expect(third.exitCode == 78, "\(verb): \(third.errors)")
      #expect(
        third.message.contains("have 0.") && third.message.contains("left, and this needs"),
        "\(third.errors)")
    }
    #expect(!FileManager.default.fileExists(atPath: folder.file("three").path))
    let verified = try fedsim("verify", "one", "two", "people.ledger", in: folder)
    #expect(verified.exitCode == 0, "\(verified.output)\(verified.errors)")
    let report = try fedsim("privacy", "report", "one", in: folder)
    #expect(report.output.contains("has 2 entries"))
    // With an earlier run's seed its noise would come again, and cancel in the difference.
    let same = try fedsim(
      "run", "run.yaml", "--out", "x", "--quiet", "--set", "privacy.noise_multiplier=20", in: folder
    )
    #expect(same.exitCode == 78 && same.message.contains("the seed 1 and so the same noise"))
    // Other people have no place on it.
    let others = try fedsim(
      "run", "run.yaml", "--out", "x", "--set", "seed=2", "--quiet", in: folder)
    #expect(others.exitCode == 78 && others.message.contains("other people"))
    // Lost lines are found by the runs that wrote them.
    let lines = try folder.text(of: "people.ledger").split(separator: "\n")
    try folder.write(lines.prefix(3).joined(separator: "\n") + "\n", to: "people.ledger")
    let damaged = try fedsim("verify", "one", "two", in: folder)
    #expect(damaged.exitCode == 65 && damaged.output.contains("has lost the entry of two"))
  }

  @Test func aKilledRunStaysAtItsWorstAndCountsOnce() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      PrivacyReportTests.experiment(Self.privacy, rest: "checkpoint: {every: 5}")
        .replacing("rounds: 6", with: "rounds: 400"), to: "run.yaml")
    let running = try CommandLineProgram.start(
      ["run", "run.yaml", "--out", "run", "--quiet"], in: folder.url)
    _ = running.wait {
      ((try? folder.text(of: "run/privacy.csv")) ?? "").split(separator: "\r\n").count > 3
    }
    running.kill(SIGKILL)
    _ = try running.wait()
    let plan = try fedsim(
      "plan", "run.yaml", "--json", "--set", "privacy.ledger=null", in: folder)
    let planned = try JSONSerialization.jsonObject(with: Data(plan.output.utf8)) as? [String: Any]
    let killed = try ledger(folder).entries
    #expect(killed.count == 1 && killed[0]["state"] as? String == "reserved")
    #expect(epsilon(killed[0]) == planned?["epsilon"] as? Double)
    // Twice killed, and then to its end.
    let again = try CommandLineProgram.start(["resume", "run", "--quiet"], in: folder.url)
    _ = again.wait {
      ((try? folder.text(of: "run/privacy.csv")) ?? "").split(separator: "\r\n").count > 20
    }
    again.kill(SIGKILL)
    _ = try again.wait()
    #expect(try ledger(folder).entries.count == 1)
    let resumed = try fedsim("resume", "run", "--quiet", in: folder)
    #expect(resumed.exitCode == 0, "\(resumed.errors)")
    let entries = try ledger(folder).entries
    #expect(entries.count == 1 && entries[0]["state"] as? String == "settled")
    #expect(abs(epsilon(entries[0]) / epsilon(killed[0]) - 1) < 1e-6)
    // A finished run that is resumed adds nothing.
    let before = try folder.text(of: "people.ledger")
    #expect(try fedsim("resume", "run", "--quiet", in: folder).exitCode == 0)
    #expect(try folder.text(of: "people.ledger") == before)
  }

  /// Two programs at once, with room for one of them.
  @Test func twoAtOnceNeverSpendTheSameTwice() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      PrivacyReportTests.experiment(
        Self.privacy + ", ledger_budget: {epsilon: 1.2, delta: 1e-4}"), to: "run.yaml")
    let programs = try (1...4).map { index in
      try CommandLineProgram.start(
        [
          "run", "run.yaml", "--out", "run\(index)", "--quiet", "--workers", "1", "--set",
          "population.seed=1", "--set", "seed=\(index)",
        ], in: folder.url)
    }
    let codes = try programs.map { try $0.wait().exitCode }.sorted()
    #expect(codes == [0, 0, 78, 78])
    #expect(try ledger(folder).entries.count == 2)
  }

  @Test func aSweepPaysForEveryPointBeforeTheFirst() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      PrivacyReportTests.experiment(
        Self.privacy + ", ledger_budget: {epsilon: 1.2, delta: 1e-4}, randomness: system",
        rest: "sweep: {training.local.learning_rate: [0.1, 0.2, 0.3]}"), to: "sweep.yaml")
    let alike = try fedsim(
      "sweep", "sweep.yaml", "--out", "sweep", "--quiet", "--set",
      "privacy.randomness=reproducible",
      in: folder)
    #expect(alike.exitCode == 78 && alike.message.contains("the seed 1 and so the same noise"))
    let refused = try fedsim("sweep", "sweep.yaml", "--out", "sweep", "--quiet", in: folder)
    #expect(refused.exitCode == 78 && refused.message.contains("all points together"))
    #expect(!FileManager.default.fileExists(atPath: folder.file("sweep").path))
    let groups = try fedsim(
      "sweep", "sweep.yaml", "--out", "sweep", "--quiet", "--set", "sweep={seed: 2}", in: folder)
    #expect(groups.exitCode == 78 && groups.message.contains("two groups of people"))
    #expect(!FileManager.default.fileExists(atPath: folder.file("people.ledger").path))
    let two = try fedsim(
      "sweep", "sweep.yaml", "--out", "two", "--quiet", "--set",
      "sweep.training.local.learning_rate=[0.1, 0.2]", in: folder)
    #expect(two.exitCode == 0, "\(two.errors)")
    #expect(try ledger(folder).entries.count == 2)
    let again = try fedsim("resume", "two", "--quiet", in: folder)
    #expect(again.exitCode == 0, "\(again.errors)")
  }

  /// A random number of trials: each with noise of its own, and the price of the best beside them.
  @Test func randomStoppingTriesAndPays() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      PrivacyReportTests.experiment(
        PrivacyReportTests.gaussian + ", delta: 1e-5",
        rest: """
          sweep:
            training.local.learning_rate: [0.1, 0.2, 0.3]
            tuning: {random_stopping: {distribution: geometric, mean: 4}}
          """), to: "sweep.yaml")
    let result = try fedsim(
      "sweep", "sweep.yaml", "--out", "sweep", "--json", "--set", "seed=3", in: folder)
    #expect(result.exitCode == 0, "\(result.errors)")
    let parsed = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    let points = try #require(parsed?["points"] as? [[String: Any]])
    let table = try folder.text(of: "sweep/sweep.csv").split(separator: "\r\n")
    #expect(table[0].hasPrefix("trial,training.local.learning_rate,run,status"))
    #expect(table.count == points.count + 1)
    // The same file draws the same trials.
    let again = try fedsim(
      "sweep", "sweep.yaml", "--out", "sweep", "--quiet", "--set", "seed=3", in: folder)
    #expect(again.exitCode == 0 && again.errors.isEmpty, "\(again.errors)")
    let wrong: [(String, String)] = [
      ("sweep.tuning.random_stopping.mean=0", "must lie in 1…1000"),
      ("sweep.tuning.random_stopping.distribution=normal", "one of geometric, poisson"),
      ("sweep.tuning.stop=1", "is unknown"), ("privacy.randomness=system", "follow from"),
      ("sweep.seed=3", "a seed of its own"),
    ]
    for (change, words) in wrong {
      let refused = try fedsim("validate", "sweep.yaml", "--set", change, in: folder)
      #expect(
        refused.exitCode == 78 && refused.message.contains(words), "\(change): \(refused.errors)")
    }
    let choice = try #require(parsed?["choice"] as? [String: Any])
    let paid = try #require(choice["random_stopping"] as? [String: Any])
    let largest = try #require(choice["largest_epsilon"] as? Double)
    #expect(try #require(paid["epsilon"] as? Double) > largest)
  }
}

extension LedgerTests {
  /// A lifecycle reserves its budget, whatever it spends of it, and has a report of its own.
  @Test func aLifecycleIsOnTheLedgerWithItsBudget() throws {
    let folder = try LifecycleTests.folder()
    let noise = [
      "privacy.mechanism=gaussian", "privacy.clipping_bound=0.5", "privacy.noise_multiplier=20",
      "training.sampling=poisson", "privacy.delta=1e-5", "lifecycle.monitor.noise_multiplier=40",
      "population.days=9", "lifecycle.first_day=6", "population.drift.day=null",
    ]
    let settings = (noise + ["privacy.ledger=\(folder.file("people.ledger").path)"])
      .flatMap { ["--set", $0] }
    let missing = try CommandLineProgram.run(
      ["lifecycle", "months.yaml", "--out", "none"] + settings, in: folder.url)
    #expect(missing.exitCode == 78 && missing.message.contains("privacy.budget.epsilon is missing"))
    let result = try CommandLineProgram.run(
      ["lifecycle", "months.yaml", "--out", "life", "--set", "privacy.budget.epsilon=5"] + settings,
      in: folder.url)
    #expect(result.exitCode == 0, "\(result.errors)")
    let ledger = try ledger(folder)
    #expect(ledger.entries.count == 1 && epsilon(ledger.entries[0]) == 5)
    #expect(ledger.entries[0]["state"] as? String == "settled")
    #expect(ledger.totals["joint"] == nil, "the trainings followed from what came before")
    #expect(try !folder.text(of: "life/trainings/1/config.yaml").contains("ledger"))
    let verified = try fedsim("verify", "life", in: folder)
    #expect(verified.exitCode == 0, "\(verified.output)")
    let report = try fedsim("privacy", "report", "life", in: folder)
    #expect(report.exitCode == 0, "\(report.errors)")
    for words in [
      "over the whole lifecycle", "the monitor's nightly sums", "given those decisions",
      "has 1 entry", "each client sampled with probability",
    ] {
      #expect(report.output.contains(words), "\(words)\n\(report.output)")
    }
    #expect(report.output.contains("**ε = 5.00 at δ = 1e-5**"), "the budget is the claim")
    let training = try fedsim("privacy", "report", "life/trainings/1", in: folder)
    #expect(training.exitCode == 65 && training.message.contains("is a training of a lifecycle"))
  }
}
