import Foundation
import Testing

/// What each verb prints, on small input.
struct VerbTests {
  private func object(_ result: CommandLineProgram.Result) throws -> [String: Any] {
    #expect(result.exitCode == 0, "\(result.errors)")
    let parsed = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    return try #require(parsed as? [String: Any])
  }

  @Test func aRunPrintsItsFolderFirstAndWritesTheContractsFiles() throws {
    let folder = try TemporaryFolder()
    try folder.write(ErrorTests.experiment, to: "experiment.yaml")
    let result = try CommandLineProgram.run(["run", "experiment.yaml"], in: folder.url)
    #expect(result.exitCode == 0, "\(result.errors)")
    let path = try #require(result.output.split(separator: "\n").first.map(String.init))
    #expect(path.hasPrefix("results/small/"))
    for name in reproducibleFiles + ["manifest.json", "system.csv", "log.txt", "checkpoint"] {
      #expect(
        FileManager.default.fileExists(atPath: folder.file("\(path)/\(name)").path), "\(name)")
    }
    let rounds = try folder.text(of: "\(path)/rounds.csv")
    #expect(
      rounds.hasPrefix(
        "round,cohort_size,reported,dropped,update_norm,clipping_bound,noise_multiplier,epsilon,"
          + "delta,server_learning_rate,bytes_to_clients,bytes_from_clients,sim_train_loss"))
    let evaluation = try folder.text(of: "\(path)/evaluation.csv")
    let columns = """
      round,split,predictor,clients,examples,accuracy_top1,accuracy_top3,accuracy_top5,mrr,\
      cross_entropy,client_accuracy_mean,client_accuracy_p10,client_accuracy_p50,\
      client_accuracy_p90,unseen,precision_macro,recall_macro,f1_macro,\
      expected_calibration_error,accuracy_at_coverage_1,accuracy_at_coverage_2,\
      accuracy_at_coverage_5,accuracy_at_coverage_10,accuracy_at_coverage_25,\
      accuracy_at_coverage_50,accuracy_at_coverage_75,accuracy_at_coverage_90\r\n
      """
    #expect(evaluation.hasPrefix(columns))
    for predictor in ["federated", "most_frequent", "most_recent", "markov", "bayes_optimal"] {
      #expect(evaluation.contains("2,future,\(predictor),"), "\(predictor)")
      #expect(evaluation.contains("2,new_clients,\(predictor),"), "\(predictor)")
    }
    let segments = try folder.text(of: "\(path)/segments.csv")
    #expect(
      segments.hasPrefix(
        "round,split,predictor,segment_kind,segment,clients,examples,accuracy_top1,"))
    for kind in ["archetype,", "activity_quartile,1,", "cold_start,first_7_days,"] {
      #expect(segments.contains("2,new_clients,federated,\(kind)"), "\(kind)")
    }
    #expect(
      try folder.text(of: "\(path)/privacy.csv").hasPrefix(
        "round,mechanism,unit,adjacency,sampler,sampling_rate,noise_multiplier,accountant,epsilon,"
          + "delta"))

    let list = try object(CommandLineProgram.run(["list", "--json"], in: folder.url))
    let runs = try #require(list["runs"] as? [[String: Any]])
    #expect(runs.count == 1 && runs[0]["state"] as? String == "finished")
  }

  @Test func jsonOfARunIsOneObject() throws {
    let folder = try TemporaryFolder()
    try folder.write(ErrorTests.experiment, to: "experiment.yaml")
    let report = try object(
      CommandLineProgram.run(["run", "experiment.yaml", "--json"], in: folder.url))
    #expect(report["rounds"] as? Int == 2)
    let future = try #require(report["future"] as? [String: [String: Any]])
    #expect(future["federated"]?["accuracy_top1"] is Double)
    #expect((report["run_folder"] as? String)?.hasPrefix("results/small/") == true)
  }

  @Test func everyVerbHasHelpWithAnExample() throws {
    let folder = try TemporaryFolder()
    let verbs = [
      ["new"], ["run"], ["sweep"], ["compare"], ["plot"], ["report"], ["resume"], ["validate"],
      ["plan"], ["audit"], ["list"], ["predict"], ["doctor"], ["data", "import"],
      ["data", "describe"], ["data", "generate"], ["privacy"], ["privacy", "epsilon"],
      ["privacy", "noise"],
      ["registry"], ["registry", "add"], ["registry", "list"], ["registry", "show"],
      ["registry", "promote"], ["registry", "rollback"],
    ]
    for verb in verbs {
      let result = try CommandLineProgram.run(verb + ["--help"], in: folder.url)
      #expect(result.exitCode == 0)
      #expect(result.output.contains("fedsim \(verb.joined(separator: " "))"))
      #expect(result.output.contains("Example"), "\(verb)")
    }
    let help = try CommandLineProgram.run(["--help"], in: folder.url)
    #expect(!help.output.contains("worker  "), "the worker is hidden")
  }

  @Test func theDoctorFindsThisMachineFit() throws {
    let folder = try TemporaryFolder()
    let report = try object(CommandLineProgram.run(["doctor", "--json"], in: folder.url))
    #expect(report["is_healthy"] as? Bool == true)
  }

  @Test func anExportedPopulationComesBackThroughImportAndTrains() throws {
    let folder = try TemporaryFolder()
    let generated = try CommandLineProgram.run(
      ["data", "generate", "--clients", "12", "--days", "10", "--out", "-"], in: folder.url)
    #expect(generated.exitCode == 0, "\(generated.errors)")
    let report = try object(
      CommandLineProgram.run(
        ["data", "import", "-", "--out", "phones.sqlite", "--json"], in: folder.url,
        input: Data(generated.output.utf8)))
    #expect(report["clients"] as? Int == 12)
    #expect(report["bad_rows"] as? Int == 0)
    let described = try object(
      CommandLineProgram.run(["data", "describe", "phones.sqlite", "--json"], in: folder.url))
    #expect(described["clients"] as? Int == 12)
    try folder.write(
      """
      name: imported
      population: {source: file, path: phones.sqlite}
      model: {kind: logistic}
      training: {rounds: 2, cohort_size: 3}
      evaluation: {clients: 2, new_clients: 1, test_days: 3}
      """, to: "imported.yaml")
    let run = try object(
      CommandLineProgram.run(["run", "imported.yaml", "--json"], in: folder.url))
    let future = try #require(run["future"] as? [String: Any])
    #expect(future["federated"] != nil && future["bayes_optimal"] == nil)
  }

  @Test func badRowsAreCountedAndStrictStopsAtTheFirst() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "user,time,app\nu1,2024-01-01 10:00:00,mail\nu1,yesterday,mail\nu1,2024-01-01 11:00:00,maps\n",
      to: "log.csv")
    let loose = try CommandLineProgram.run(
      ["data", "import", "log.csv", "--out", "loose.sqlite"], in: folder.url)
    #expect(loose.exitCode == 0)
    #expect(loose.errors.contains("log.csv:3"))
    let strict = try CommandLineProgram.run(
      ["data", "import", "log.csv", "--out", "strict.sqlite", "--strict"], in: folder.url)
    #expect(strict.exitCode == 65)
    #expect(strict.message.contains("log.csv:3"))
    #expect(!FileManager.default.fileExists(atPath: folder.file("strict.sqlite").path))
  }

  /// Two logs that differ in the test period alone must train the same model.
  @Test func theTestPeriodNeverReachesTraining() throws {
    let folder = try TemporaryFolder()
    let log = try CommandLineProgram.run(
      ["data", "generate", "--clients", "8", "--days", "12", "--out", "-"], in: folder.url
    ).output
    try folder.write(String(repeating: "0123456789abcdef", count: 4), to: "key")
    try folder.write(
      """
      name: leak
      population: {source: file, path: log.sqlite, new_client_share: 0}
      model: {kind: lstm_ranker, vocabulary: 20}
      training: {rounds: 2, cohort_size: 8}
      evaluation: {clients: 1, test_days: 3, local_only: false}
      """, to: "leak.yaml")
    // The period begins on 2026-01-05, and a late session may reach into the 17th.
    let changed = log.split(separator: "\n").map { row -> String in
      var cells = row.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      guard cells[1] >= "2026-01-15", cells[2] == "open" || cells[2] == "unlock" else {
        return String(row)
      }
      if cells[2] == "open" { cells[3] = "test-\(cells[3])" } else { cells[4] = "elsewhere" }
      return cells.joined(separator: ",")
    }
    var rounds: [String] = []
    for (name, text) in [("a", log), ("b", changed.joined(separator: "\n") + "\n")] {
      let imported = try CommandLineProgram.run(
        [
          "data", "import", "-", "--out", "log.sqlite", "--overwrite", "--key-file", "key",
        ], in: folder.url, input: Data(text.utf8))
      #expect(imported.exitCode == 0, "\(imported.errors)")
      let run = try CommandLineProgram.run(
        ["run", "leak.yaml", "--out", name, "--quiet"], in: folder.url)
      #expect(run.exitCode == 0, "\(run.errors)")
      rounds.append(try folder.text(of: "\(name)/rounds.csv"))
    }
    #expect(rounds[0] == rounds[1])
    let evaluations = try ["a", "b"].map { try folder.text(of: "\($0)/evaluation.csv") }
    #expect(evaluations[0] != evaluations[1], "the logs do differ")
  }
}
