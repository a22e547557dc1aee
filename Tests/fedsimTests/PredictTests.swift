import Foundation
import Testing

/// `fedsim predict` on the run of a real experiment.
struct PredictTests {
  private static func trained(in folder: TemporaryFolder, _ extra: [String] = []) throws {
    try folder.write(ErrorTests.experiment, to: "experiment.yaml")
    let run = try CommandLineProgram.run(
      ["run", "experiment.yaml", "--out", "run"] + extra, in: folder.url)
    #expect(run.exitCode == 0, "\(run.errors)")
  }

  private func predict(
    _ arguments: [String], in folder: TemporaryFolder
  ) throws -> CommandLineProgram.Result {
    try CommandLineProgram.run(["predict"] + arguments, in: folder.url)
  }

  /// Foundation's JSON reader is off by a last bit at times.
  private static func isSame(_ number: Any?, _ text: String) -> Bool {
    guard let left = number as? Double, let right = Double(text) else { return false }
    return abs(left - right) < 1e-12
  }

  private func object(_ result: CommandLineProgram.Result) throws -> [String: Any] {
    #expect(result.exitCode == 0, "\(result.errors)")
    let parsed = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    return try #require(parsed as? [String: Any])
  }

  /// The same model, client and period: the phone must be right as often as the evaluation said.
  @Test(arguments: [["--set", "model.kind=logistic"], ["--set", "model.kind=lstm_ranker"]])
  func accuracyOverThePeriodIsThatOfTheEvaluation(extra: [String]) throws {
    let folder = try TemporaryFolder()
    try Self.trained(in: folder, extra)
    let rows = try folder.text(of: "run/clients.csv").split(whereSeparator: \.isNewline)
      .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    let header = try #require(rows.first)
    var checked = 0
    for row in rows.dropFirst() where row[0] == "2" && row[3] == "federated" {
      let answer = try object(
        predict(
          ["run", "--client", row[2], "--period", "2026-01-07..2026-01-14", "--json"], in: folder))
      let examples = try #require(header.firstIndex(of: "sim_examples"))
      #expect(answer["opened"] as? Int == Int(row[examples]))
      for places in ["1", "3", "5"] {
        let column = try #require(header.firstIndex(of: "sim_accuracy_top\(places)"))
        #expect(Self.isSame(answer["accuracy_top\(places)"], row[column]))
      }
      checked += 1
    }
    #expect(checked == 3)
  }

  /// A file without the phones' heads is no model, and one beside personal models is told to be the shared one.
  @Test func aModelThatStaysOnPhonesIsNotServed() throws {
    let folder = try TemporaryFolder()
    try folder.write(ErrorTests.experiment, to: "experiment.yaml")
    for method in ["fedper", "fedrep", "ditto", "fine_tune"] {
      let keepsHead = method.hasPrefix("fed")
      let run = try CommandLineProgram.run(
        [
          "run", "experiment.yaml", "--out", method, "--quiet", "--set", "training.rounds=1",
          "--set",
          "personalisation.method=\(method)",
        ], in: folder.url)
      #expect(run.exitCode == 0, "\(run.errors)")
      for verb in [
        ["predict", method, "--client", "0"],
        ["predict", "\(method)/model.safetensors", "--latency"],
        ["registry", "add", method],
      ] {
        // Times of a machine are not what is asked here.
        if verb.contains("--latency"), !keepsHead { continue }
        let result = try CommandLineProgram.run(verb, in: folder.url)
        #expect(result.exitCode == (keepsHead ? 65 : 0), "\(verb): \(result.errors)")
        #expect(result.errors.contains("personalisation.method: \(method)"), "\(result.errors)")
        #expect(
          result.errors.contains(keepsHead ? "on each phone" : "the model that all phones share"))
        #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
      }
    }
  }

  /// Both know one definition of calibration and of macro scores.
  @Test func confidenceIsThatOfTheEvaluation() throws {
    let folder = try TemporaryFolder()
    try Self.trained(in: folder)
    let report = try object(predict(["run", "--confidence", "--json"], in: folder))
    let text = try folder.text(of: "run/summary.json")
    let summary = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    for split in ["future", "new_clients"] {
      let all = try #require(summary[split] as? [String: [String: Double]])
      let evaluated = try #require(all["federated"])
      let judged = try #require(report[split] as? [String: Any])
      for name in ["precision_macro", "recall_macro", "f1_macro"] {
        #expect(Self.isSame(judged[name], "\(evaluated[name] ?? .nan)"), "\(name)")
      }
      // Batches and single moments may differ in the last bits of a score.
      let error = try #require(judged["expected_calibration_error_unscaled"] as? Double)
      #expect(abs(error - (evaluated["expected_calibration_error"] ?? .nan)) < 1e-4)
      #expect(evaluated["accuracy_at_coverage_10"] != nil)
      #expect(all["markov"]?["accuracy_at_coverage_10"] == nil)
    }
  }

  @Test func oneMomentIsAnsweredWithRankedApps() throws {
    let folder = try TemporaryFolder()
    try Self.trained(in: folder)
    let answer = try object(
      predict(
        [
          "run/model.safetensors", "--client", "3", "--at", "2026-01-10T08:30", "--json", "--top",
          "3",
        ],
        in: folder))
    let predictions = try #require(answer["predictions"] as? [[String: Any]])
    #expect(predictions.count == 1 && predictions[0]["time"] as? String == "2026-01-10T08:30:00")
    let apps = try #require(predictions[0]["apps"] as? [[String: Any]])
    let probabilities = apps.compactMap { $0["probability"] as? Double }
    #expect(probabilities.count == 3 && probabilities == probabilities.sorted(by: >))
    let text = try predict(["run", "--client", "3"], in: folder)
    #expect(text.exitCode == 0 && text.output.hasPrefix("2026-01-1"))
  }

  @Test func confidenceIsToldForTheEvaluatedClients() throws {
    let folder = try TemporaryFolder()
    try Self.trained(in: folder)
    let report = try object(
      predict(["run", "--confidence", "--out", "confidence", "--json"], in: folder))
    let rows = try folder.text(of: "run/evaluation.csv").split(whereSeparator: \.isNewline)
      .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    for row in rows where row[0] == "2" && row[2] == "federated" {
      let split = try #require(report[row[1]] as? [String: Any])
      let accuracy = try #require(split["accuracy_top1"] as? [String: Double])
      #expect(split["clients"] as? Int == Int(row[3]) && split["examples"] as? Int == Int(row[4]))
      #expect(Self.isSame(accuracy["value"], row[5]))
    }
    for (name, columns) in [
      ("calibration", "split,scaling,confidence_low"), ("coverage", "split,coverage,confidence"),
      ("segments", "split,segment,value,clients,examples,accuracy_top1"),
    ] {
      let text = try folder.text(of: "confidence/\(name).csv")
      #expect(text.hasPrefix(columns) && text.contains("new_clients,"))
    }
    let again = try predict(["run", "--confidence", "--out", "confidence"], in: folder)
    #expect(again.exitCode == 74 && again.message.contains("this command replaces nothing"))
  }

  @Test func latencyIsReportedWithMemoryAndCost() throws {
    let folder = try TemporaryFolder()
    try Self.trained(in: folder)
    let report = try object(
      predict(["run", "--latency", "--predictions", "500", "--json"], in: folder))
    let prediction = try #require(report["prediction"] as? [String: Double])
    #expect((prediction["count"] ?? 0) >= 500)
    #expect((prediction["p50_microseconds"] ?? 0) > 0)
    #expect((prediction["p50_microseconds"] ?? 1) <= (prediction["maximum_microseconds"] ?? 0))
    #expect((report["feature_state_bytes"] as? Int ?? 0) > 1_000)
    let cost = try #require(report["cost_per_prediction"] as? [String: Double])
    #expect((cost["rupees"] ?? 1) < 0.001 && (cost["rupees"] ?? 0) > 0)
  }

  @Test func problemsAreOneSentenceWithTheRightExitCode() throws {
    let folder = try TemporaryFolder()
    try Self.trained(in: folder)
    let cases: [(arguments: [String], exitCode: Int32, words: String)] = [
      (["nowhere", "--client", "1"], 66, "nowhere: does not exist"),
      (["run"], 64, "--client is missing"),
      (["run", "--client", "20"], 64, "has clients 0…19"),
      (["run", "--client", "1", "--at", "noon"], 64, "'noon': unrecognised time"),
      // The phone's clock knows no zone.
      (["run", "--client", "1", "--at", "2026-01-10T08:30Z"], 64, "without a zone"),
      (["run", "--client", "1", "--at", "2026-01-10T08:30:00+01:00"], 64, "without a zone"),
      (
        ["run", "--client", "1", "--period", "2026-01-08..2026-01-09T00:00Z"], 64, "without a zone"
      ),
      (["run", "--client", "1", "--at", "-1"], 64, "'-1': unrecognised time"),
      (["run", "--client", "1", "--period", "-1"], 64, "write FROM..TO"),
      (
        ["run", "--client", "1", "--period", "2026-01-08..2026-01-07"], 64, "ends before it begins"
      ),
      (["run", "--client", "1", "--period", "2026-01-08"], 64, "write FROM..TO"),
      (["run", "--client", "1", "--at", "2026-01-07", "--latency"], 64, "exclude each other"),
      (["run", "--client", "1", "--at", "2025-12-01"], 65, "the history begins at 2026-01-05"),
      (["run", "--client", "1", "--period", "2027-01-01..2027-01-02"], 65, "unlocks lie between"),
    ]
    for (arguments, exitCode, words) in cases {
      let result = try predict(arguments, in: folder)
      #expect(result.exitCode == exitCode, "\(arguments)")
      #expect(result.errors.contains(words), "\(result.errors)")
    }
    // A model beside the configuration of another, in a folder that has no checksums.
    let config = try folder.text(of: "run/config.yaml")
    try FileManager.default.createDirectory(
      at: folder.file("copy"), withIntermediateDirectories: false)
    try FileManager.default.copyItem(
      at: folder.file("run/model.safetensors"), to: folder.file("copy/model.safetensors"))
    let others = [
      ("kind: logistic", "kind: lstm", "is not a model of this experiment"),
      ("task: first_app", "task: next_app", "do not belong together"),
      ("seed: 1", "seed: 2", "another configuration or seed"),
    ]
    for (old, new, words) in others {
      #expect(config.contains(old))
      try folder.write(config.replacing(old, with: new), to: "copy/config.yaml")
      let wrong = try predict(["copy", "--client", "1"], in: folder)
      #expect(wrong.exitCode == 65 && wrong.message.contains(words), "\(wrong.errors)")
    }
    try folder.write(config, to: "copy/config.yaml")
    let right = try predict(["copy", "--client", "1"], in: folder)
    #expect(right.exitCode == 0 && right.errors.contains("has no checksums"), "\(right.errors)")
    try FileManager.default.removeItem(at: folder.file("run/model.safetensors"))
    let unfinished = try predict(["run", "--client", "1"], in: folder)
    #expect(unfinished.exitCode == 66 && unfinished.message.contains("fedsim resume"))
  }
}
