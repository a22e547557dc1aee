import Foundation
import Glibc
import Testing

/// Training that ends by what evaluations say, and the model of the best of them.
@Suite(.serialized) struct EarlyStoppingTests {
  private static let experiment = """
    name: stopping
    population: {clients: 60, days: 14}
    model: {kind: logistic}
    training: {rounds: 12, cohort_size: 10, local: {learning_rate: 0.5}}
    evaluation: {every: 1, clients: 8, new_clients: 4, test_days: 3, local_only: false}
    checkpoint: {every: 2}
    """

  private func run(
    _ folder: TemporaryFolder, _ name: String, _ settings: [String]
  ) throws -> CommandLineProgram.Result {
    let result = try CommandLineProgram.run(
      ["run", "experiment.yaml", "--out", name, "--quiet"]
        + settings.flatMap { ["--set", $0] }, in: folder.url)
    #expect(result.exitCode == 0, "\(result.errors)")
    return result
  }

  /// A metric of the federated model, evaluation by evaluation.
  private func series(
    _ folder: TemporaryFolder, _ name: String, _ metric: String, _ split: String
  ) throws -> [Double] {
    let rows = try folder.text(of: "\(name)/evaluation.csv").split(separator: "\r\n")
      .map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    let column = try #require(rows[0].firstIndex(of: metric))
    return try rows.filter { $0[1] == split && $0[2] == "federated" }
      .map { try #require(Double($0[column])) }
  }

  /// The evaluation after which training ends, from 1: the definition in other words than the program's.
  private func expectedEnd(
    _ values: [Double], patience: Int?, gain: Double, target: Double?, isLoss: Bool = false
  ) -> Int {
    let values = values.map { isLoss ? -$0 : $0 }
    var last = (index: 0, value: values[0])
    for (index, value) in values.enumerated() {
      if value - last.value > gain { last = (index, value) }
      if let target, value >= (isLoss ? -target : target) { return index + 1 }
      if let patience, index - last.index >= patience { return index + 1 }
    }
    return values.count
  }

  @Test func trainingEndsWhereTheEvaluationsOfAWholeRunSaySo() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    _ = try run(folder, "whole", [])
    #expect(!(try folder.text(of: "whole/config.yaml")).contains("stop:"))
    let accuracy = try series(folder, "whole", "accuracy_top1", "future")
    let entropy = try series(folder, "whole", "cross_entropy", "new_clients")
    #expect(accuracy.count == 12)
    let target = accuracy.sorted()[6]
    let low = entropy.sorted()[4]
    let settings: [(name: String, settings: [String], end: Int)] = [
      (
        "patience", ["training.stop.patience=2", "training.stop.minimum_gain=0.02"],
        expectedEnd(accuracy, patience: 2, gain: 0.02, target: nil)
      ),
      (
        "target", ["training.stop.target=\(target)"],
        expectedEnd(accuracy, patience: nil, gain: 0, target: target)
      ),
      (
        "loss",
        [
          "training.stop.metric=cross_entropy", "training.stop.split=new_clients",
          "training.stop.target=\(low)", "training.stop.patience=4",
        ], expectedEnd(entropy, patience: 4, gain: 0, target: low, isLoss: true)
      ),
    ]
    #expect(settings.contains { $0.end < 12 }, "\(accuracy) \(entropy)")
    for (name, settings, end) in settings {
      let result = try run(folder, name, settings + ["evaluation.keep_best=true"])
      let rounds = try folder.text(of: "\(name)/rounds.csv")
      #expect(rounds.split(separator: "\r\n").count == end + 1, "\(name) ends after \(end)")
      // What was done is the beginning of the whole run.
      #expect(try folder.text(of: "whole/rounds.csv").hasPrefix(rounds))
      #expect(
        try folder.text(of: "whole/evaluation.csv").hasPrefix(
          folder.text(of: "\(name)/evaluation.csv")))
      #expect(end == 12 || result.errors.contains("Ended after round \(end) of 12"), "\(name)")
    }
  }

  @Test func theBestModelIsThatOfItsRound() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    let result = try run(folder, "kept", ["evaluation.keep_best=true"])
    let accuracy = try series(folder, "kept", "accuracy_top1", "future")
    let best = try #require(accuracy.firstIndex(of: accuracy.max() ?? 0)) + 1
    #expect(result.errors.contains("model of round \(best)"))
    #expect(result.errors.contains("optimistically biased"))
    #expect(try folder.text(of: "kept/SHA256SUMS").contains("  model-best.safetensors\n"))
    // The model that a run of so many rounds ends with; the header names another configuration.
    _ = try run(folder, "short", ["training.rounds=\(best)"])
    #expect(
      try parameters(folder, "kept/model-best.safetensors")
        == parameters(folder, "short/model.safetensors"))
    let predicted = try CommandLineProgram.run(
      ["predict", "kept/model-best.safetensors", "--client", "3"], in: folder.url)
    let expected = try CommandLineProgram.run(
      ["predict", "short", "--client", "3"], in: folder.url)
    #expect(predicted.exitCode == 0 && predicted.output == expected.output, "\(predicted.errors)")
    let verified = try CommandLineProgram.run(["verify", "kept"], in: folder.url)
    #expect(verified.exitCode == 0)
    // One that is damaged is noticed, and one that is lost is written again.
    let file = folder.file("kept/model-best.safetensors")
    let bytes = try Data(contentsOf: file)
    try (bytes.dropLast() + [bytes[bytes.count - 1] ^ 1]).write(to: file)
    #expect(try CommandLineProgram.run(["verify", "kept"], in: folder.url).exitCode == 65)
    try FileManager.default.removeItem(at: file)
    let resumed = try CommandLineProgram.run(["resume", "kept", "--quiet"], in: folder.url)
    #expect(resumed.exitCode == 0, "\(resumed.errors)")
    #expect(try Data(contentsOf: file) == bytes)
  }

  /// The bytes behind the header of a safetensors file.
  private func parameters(_ folder: TemporaryFolder, _ name: String) throws -> Data {
    let data = try Data(contentsOf: folder.file(name))
    let length = data.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    return data.dropFirst(8 + length)
  }

  @Test func aKilledRunDecidesAsOneThatWasNot() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    let settings = [
      "training.stop.patience=5", "evaluation.keep_best=true", "training.rounds=16",
      "privacy.mechanism=gaussian", "privacy.clipping_bound=1", "privacy.noise_multiplier=0.3",
    ]
    _ = try run(folder, "whole", settings)
    let claim = try folder.text(of: "whole/manifest.json")
    #expect(claim.contains("training.stop decides by evaluations without noise"))
    let killed = try CommandLineProgram.start(
      ["run", "experiment.yaml", "--out", "killed", "--quiet", "--workers", "2"]
        + settings.flatMap { ["--set", $0] }, in: folder.url)
    #expect(
      killed.wait {
        let rows = (try? folder.text(of: "killed/evaluation.csv"))?.split(separator: "\r\n")
        return (rows?.count ?? 0) > 30
      })
    killed.kill(SIGKILL)
    _ = try killed.wait()
    let resumed = try CommandLineProgram.run(["resume", "killed", "--quiet"], in: folder.url)
    #expect(resumed.exitCode == 0, "\(resumed.errors)")
    #expect(differences(folder.file("whole"), folder.file("killed")) == [])
    #expect(
      try folder.text(of: "whole/SHA256SUMS") == folder.text(of: "killed/SHA256SUMS"))
  }

  @Test func whatCannotDecideIsRefused() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    for (settings, words) in [
      (["training.stop.patience=3", "evaluation.every=0"], "training.stop.patience"),
      (["training.stop.target=0.4", "evaluation.clients=0"], "training.stop.split"),
      (["training.stop.target=42"], "write 0.42 for 42 %"),
      (["training.stop.minimum_gain=0.1"], "without training.stop.patience"),
      (["evaluation.keep_best=true", "evaluation.every=0"], "evaluation.keep_best"),
    ] {
      let result = try CommandLineProgram.run(
        ["validate", "experiment.yaml"] + settings.flatMap { ["--set", $0] }, in: folder.url)
      #expect(result.exitCode == 78 && result.message.contains(words), "\(result.message)")
    }
  }
}
