import Foundation
import Testing

/// A real log, end to end: import, baselines, federated model.
///
/// The data is no part of the project.
struct StudentLifeTests {
  static let log = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().appendingPathComponent(
      "../../../shared/data/studentlife-3u/events.csv.gz"
    )
    .standardizedFileURL
  static let experiments = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().appendingPathComponent("../../experiments").standardizedFileURL

  /// Figures of the design notes (app-usage, section 7), in percent.
  struct Expectation: Sendable {
    var task: String
    var examples: Int
    var mostFrequent: [Double]
  }

  @Test(
    .enabled(if: FileManager.default.fileExists(atPath: log.path), "\(log.path) is not here"),
    arguments: [
      Expectation(task: "first_app", examples: 293, mostFrequent: [38.9, 59.0, 65.9, 32.4]),
      Expectation(task: "next_app", examples: 1_132, mostFrequent: [32.3, 53.9, 63.1, 23.8]),
    ]) func baselinesAndModelComeOutAsPublished(_ expected: Expectation) throws
  {
    let folder = try TemporaryFolder()
    let imported = try CommandLineProgram.run(
      ["data", "import", Self.log.path, "--format", "studentlife", "--out", "log.sqlite"],
      in: folder.url)
    #expect(imported.exitCode == 0, "\(imported.errors)")
    let result = try CommandLineProgram.run(
      [
        "run", Self.experiments.appendingPathComponent("studentlife.yaml").path, "--json",
        "--set", "population.path=log.sqlite", "--set", "task=\(expected.task)",
      ], in: folder.url)
    #expect(result.exitCode == 0, "\(result.errors)")
    let report =
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    let future = try #require(report?["future"] as? [String: [String: Any]])
    func figure(_ predictor: String, _ metric: String) throws -> Double {
      100 * (try #require(future[predictor]?[metric] as? Double))
    }
    #expect(future["most_frequent"]?["examples"] as? Int == expected.examples)
    let metrics = ["accuracy_top1", "accuracy_top3", "accuracy_top5", "client_accuracy_mean"]
    for (metric, published) in zip(metrics, expected.mostFrequent) {
      let ours = try figure("most_frequent", metric)
      #expect(abs(ours - published) <= 1, "\(metric): \(ours), published \(published)")
    }
    if expected.task == "next_app" {
      #expect(try figure("federated", "accuracy_top3") >= 60)
      #expect(try figure("federated", "accuracy_top5") >= 74)
    }
  }
}
