import Foundation
import Glibc
import Testing

/// What a lifecycle spends and refuses, and how it and other verbs tell it from a run.
@Suite(.serialized) struct LifecycleLimitTests {
  /// Training and monitoring share one ledger, and its budget stops retraining.
  @Test func everyReleaseIsOnTheLedger() throws {
    let folder = try LifecycleTests.folder()
    let noise = [
      "privacy.mechanism=gaussian", "privacy.clipping_bound=0.5", "privacy.noise_multiplier=1",
      "training.sampling=poisson", "lifecycle.monitor.noise_multiplier=5",
    ]
    try LifecycleTests.play(folder, "life", noise)
    let days = try LifecycleTests.days(folder, "life")
    let spent = days.compactMap { Double($0["epsilon"] ?? "") }
    #expect(spent.count == days.count)
    #expect(zip(spent, spent.dropFirst()).allSatisfy { $0 <= $1 })
    // The twelve nights alone cost less than all together.
    let question = try CommandLineProgram.run(
      [
        "privacy", "epsilon", "--mechanism", "gaussian", "--sampler", "none",
        "--noise-multiplier", "5", "--rounds", "12", "--delta", "1e-5", "--json",
      ], in: folder.url)
    let answer = try JSONSerialization.jsonObject(with: Data(question.output.utf8))
    let nights = try #require((answer as? [String: Any])?["epsilon"] as? Double)
    #expect(spent.last ?? 0 > nights)

    // Enough for the nights before the retraining and not for the retraining.
    let retraining = days.firstIndex { $0["event"]?.contains("version 2 trained") ?? false } ?? 1
    let budget = (spent[retraining - 1] + spent[retraining]) / 2
    try LifecycleTests.play(folder, "short", noise + ["privacy.budget.epsilon=\(budget)"])
    let short = try LifecycleTests.days(folder, "short")
    let events = short.compactMap { $0["event"] }
    #expect(events.contains { $0.contains("no budget left to retrain") }, "\(events)")
    #expect(!events.contains { $0.contains("version 2") })
    #expect(short.allSatisfy { (Double($0["epsilon"] ?? "") ?? .infinity) <= budget })
    // Once the nights have used it up as well, nothing is released any more.
    let tight = spent[0] + 0.01
    try LifecycleTests.play(folder, "tight", noise + ["privacy.budget.epsilon=\(tight)"])
    let last = try LifecycleTests.days(folder, "tight").last
    #expect(last?["event"] == "no budget left to monitor" && last?["monitored_accuracy"] == "")
    #expect((Double(last?["epsilon"] ?? "") ?? .infinity) <= tight)
  }

  /// Phones of a lifecycle have no models of their own.
  @Test(arguments: ["fedper", "fedrep", "ditto", "apfl", "fine_tune"])
  func personalModelsAreRefused(method: String) throws {
    let folder = try LifecycleTests.folder()
    let result = try CommandLineProgram.run(
      [
        "lifecycle", "months.yaml", "--out", "refused", "--set", "personalisation.method=\(method)",
      ], in: folder.url)
    #expect(result.exitCode == 78 && result.errors.contains("personalisation.method (\(method))"))
    #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
  }

  /// Of few phones none may be there, or none able to train, and the days go on.
  @Test func fewPhonesAreEnough() throws {
    let folder = try LifecycleTests.folder()
    try LifecycleTests.play(
      folder, "life",
      [
        "seed=3", "population.clients=3", "training.cohort_size=2", "population.arrivals.share=0.7",
        "population.arrivals.days=300", "lifecycle.candidate.day=8", "lifecycle.offline_rate=0.8",
        "lifecycle.offline_days=6",
      ])
    let days = try LifecycleTests.days(folder, "life")
    #expect(days.first?["day"] == "6" && days.last?["day"] == "17")
    #expect(days.contains { $0["event"] == "no phone could train" })
  }

  /// Without a first version there is nothing to play.
  @Test func aFirstTrainingOfNobodyEndsTheLifecycle() throws {
    let folder = try LifecycleTests.folder()
    let result = try CommandLineProgram.run(
      [
        "lifecycle", "months.yaml", "--out", "life", "--quiet", "--set", "population.clients=4",
        "--set", "training.cohort_size=2", "--set", "population.arrivals.share=1",
        "--set", "population.arrivals.days=300",
      ], in: folder.url)
    #expect(result.exitCode == 78, "\(result.errors)")
    #expect(result.message.contains("version 1: Nothing was trained"), "\(result.message)")
  }

  /// The folder holds many models, and verbs that want one say how to name it.
  @Test func otherVerbsTellALifecycleFromARun() throws {
    let folder = try LifecycleTests.folder()
    try LifecycleTests.play(folder, "life")
    for arguments in [["predict", "life", "--client", "3"], ["compare", "life"]] {
      let result = try CommandLineProgram.run(arguments, in: folder.url)
      #expect(result.exitCode == 65)
      #expect(result.message.contains("life/trainings/1"), "\(result.errors)")
    }
    let list = try CommandLineProgram.run(["list", ".", "--json"], in: folder.url)
    let paths = list.output.split(separator: "\n").filter { $0.contains("\"path\"") }
    #expect(list.exitCode == 0)
    #expect(!paths.contains { $0.contains("registry") }, "\(paths)")
    #expect(paths.contains { $0.contains("trainings/2") }, "\(paths)")
  }

  /// While a lifecycle is not over, its registry is its own.
  @Test func aRegistryThatWasChangedByHandIsNoticed() throws {
    let folder = try LifecycleTests.folder()
    // Long enough to be killed before another version is trained.
    let settings = ["population.days=80", "population.drift.day=null"]
    let program = try CommandLineProgram.start(
      ["lifecycle", "months.yaml", "--out", "life"] + settings.flatMap { ["--set", $0] },
      in: folder.url)
    #expect(
      program.wait {
        ((try? folder.text(of: "life/lifecycle.csv")) ?? "").contains("\r\n6,")
      })
    program.kill(SIGKILL)
    _ = try program.wait()
    let added = try CommandLineProgram.run(
      ["registry", "add", "life/trainings/1", "--registry", "life/registry"], in: folder.url)
    #expect(added.exitCode == 0, "\(added.errors)")
    let resumed = try CommandLineProgram.run(["resume", "life", "--quiet"], in: folder.url)
    #expect(resumed.exitCode == 65)
    #expect(resumed.message.contains("life/registry: version 2"), "\(resumed.errors)")
  }

  @Test func whatCannotBeIsSaidBeforeADayIsPlayed() throws {
    let folder = try LifecycleTests.folder()
    let cases: [(settings: [String], words: String)] = [
      (["lifecycle.first_day=30"], "lifecycle.first_day (30) must be below population.days (18)"),
      (["task=next_app"], "task must be first_app"),
      (["lifecycle.candidate.day=17"], "6…16"),
      (["lifecycle.offline_rate=1"], "lifecycle.offline_rate must be at least 0 and below 1"),
      (["lifecycle.monitor.treshold=0.5"], "the nearest is 'lifecycle.monitor.threshold'"),
      (["lifecycle.monitor.noise_multiplier=3"], "has no effect with privacy.mechanism: none"),
      (
        [
          "privacy.mechanism=blt", "privacy.clipping_bound=1", "privacy.noise_multiplier=1",
          "training.sampling=cyclic", "training.min_separation=4",
        ],
        "privacy.mechanism (blt)"
      ),
      (
        [
          "privacy.mechanism=gaussian", "privacy.clipping_bound=1", "privacy.noise_multiplier=1",
          "training.sampling=poisson",
        ], "lifecycle.monitor.noise_multiplier is missing"
      ),
      (
        [
          "privacy.mechanism=gaussian", "privacy.clipping_bound=1", "privacy.target_epsilon=4",
          "training.sampling=poisson",
        ], "privacy.target_epsilon is of one training"
      ),
      (["population.drift.share=2"], "population.drift.share must lie in 0…1"),
    ]
    for (settings, words) in cases {
      let result = try CommandLineProgram.run(
        ["lifecycle", "months.yaml", "--out", "never"] + settings.flatMap { ["--set", $0] },
        in: folder.url)
      #expect(result.exitCode == 78, "\(settings): \(result.errors)")
      #expect(result.message.contains(words), "\(settings): \(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder.file("never").path))
    }
  }
}
