import Foundation
import Glibc
import Testing

/// Runs behind secure aggregation, with the real program.
@Suite(.serialized) struct SecureAggregationTests {
  static let experiment = """
    name: secure
    population: {source: benchmark, clients: 200, new_client_share: 0}
    model: {kind: softmax, vocabulary: 16, sequence_length: 2}
    training:
      rounds: 3
      cohort_size: 64
      weighting: examples
      server: {optimizer: adam, learning_rate: 0.05}
    evaluation: {every: 0}
    secure_aggregation: {encoding: {clip: 0.5, rotation: true}}
    faults: {dropout_rate: 0.05}
    checkpoint: {every: 2}
    """

  static let results = reproducibleFiles + ["secure_aggregation.csv"]

  @discardableResult
  private func run(
    _ folder: TemporaryFolder, _ out: String, workers: Int, _ settings: [String] = []
  ) throws -> CommandLineProgram.Result {
    try folder.write(Self.experiment, to: "experiment.yaml")
    return try CommandLineProgram.run(
      ["run", "experiment.yaml", "--workers", "\(workers)", "--out", out, "--quiet"]
        + settings.flatMap { ["--set", $0] }, in: folder.url)
  }

  /// The parameters alone: the header of the file names the configuration.
  private func parameters(_ folder: TemporaryFolder, _ run: String) throws -> Data {
    let file = try Data(contentsOf: folder.file("\(run)/model.safetensors"))
    let header = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    return file.dropFirst(8 + header)
  }

  private func differences(_ folder: TemporaryFolder, _ one: String, _ other: String) -> [String] {
    Self.results.filter { name in
      let files = [one, other].map { try? Data(contentsOf: folder.file("\($0)/\(name)")) }
      return files[0] == nil || files[0] != files[1]
    }
  }

  @Test func theModelIsThatOfARunInClearForAnyNumberOfWorkers() throws {
    let folder = try TemporaryFolder()
    for workers in [1, 2, 7] {
      #expect(try run(folder, "clear-\(workers)", workers: workers).exitCode == 0)
    }
    let expected = try parameters(folder, "clear-1")
    // 16 apps by two steps of eight numbers and a bias.
    #expect(expected.count == 4 * 16 * 17)
    for workers in [2, 7] { #expect(try parameters(folder, "clear-\(workers)") == expected) }
    // Clients that vanish after their upload are in the sum all the same.
    let faults = ["faults.after_upload_rate=0.04", "faults.before_unmask_rate=0.04"]
    for kind in ["secagg", "secagg_plus"] {
      for workers in [1, 2, 7] {
        let result = try run(
          folder, "\(kind)-\(workers)", workers: workers,
          faults + ["secure_aggregation.protocol=\(kind)"])
        #expect(result.exitCode == 0, "\(result.errors)")
        #expect(try parameters(folder, "\(kind)-\(workers)") == expected)
        #expect(differences(folder, "\(kind)-1", "\(kind)-\(workers)") == [])
      }
    }
    let rows = try folder.text(of: "secagg_plus-1/secure_aggregation.csv")
    #expect(rows.split(separator: "\r\n").count == 4)
    #expect(rows.hasPrefix("round,status,cohort_size,neighbours,threshold,survivors,"))
    let log = try folder.text(of: "secagg_plus-1/log.txt")
    #expect(log.contains("Bytes to clients: planned"))
    // Poisson noise of 3 × 64 clients at 5 % dropouts: planned and expanded differ by a little.
    let masks = try #require(log.firstMatch(of: /masks: planned (\d+), expanded (\d+)/))
    let expanded = rows.split(separator: "\r\n").dropFirst().map { $0.split(separator: ",")[6] }
    #expect(expanded.compactMap { Int($0) }.reduce(0, +) == Int(masks.output.2))
    let planned = try #require(Double(masks.output.1))
    #expect(abs(planned / Double(expanded.compactMap { Int($0) }.reduce(0, +)) - 1) < 0.5)
  }

  @Test func workersAndTheCoordinatorMayBeKilled() throws {
    let folder = try TemporaryFolder()
    // Longer rounds, so that the kill falls into one.
    let settings = [
      "secure_aggregation.protocol=secagg", "model.vocabulary=2048", "training.rounds=5",
      "training.cohort_size=20", "faults.dropout_rate=0.1",
      "secure_aggregation.adversary=active", "faults.after_upload_rate=0.02",
    ]
    #expect(try run(folder, "reference", workers: 2, settings).exitCode == 0)
    let arguments =
      ["run", "experiment.yaml", "--workers", "2", "--quiet"]
      + settings.flatMap { ["--set", $0] }
    let wounded = try CommandLineProgram.start(
      arguments + ["--out", "wounded"], in: folder.url)
    #expect(wounded.wait { rounds(folder, "wounded") >= 1 })
    for worker in wounded.workers.prefix(1) { Glibc.kill(worker, SIGKILL) }
    let result = try wounded.wait()
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(result.errors.contains("signal 9"))
    #expect(differences(folder, "reference", "wounded") == [])

    let killed = try CommandLineProgram.start(arguments + ["--out", "killed"], in: folder.url)
    #expect(killed.wait { rounds(folder, "killed") >= 3 })
    killed.kill(SIGKILL)
    _ = try killed.wait()
    let resumed = try CommandLineProgram.run(["resume", "killed", "--quiet"], in: folder.url)
    #expect(resumed.exitCode == 0, "\(resumed.errors)")
    #expect(differences(folder, "reference", "killed") == [])
  }

  @Test func tooManyAbandonedRoundsStopARunThatCanBeResumed() throws {
    let folder = try TemporaryFolder()
    let result = try run(
      folder, "hopeless", workers: 2,
      [
        "secure_aggregation.protocol=secagg", "training.rounds=25", "training.cohort_size=10",
        "faults.dropout_rate=0.95",
      ])
    #expect(result.exitCode == 75)
    #expect(result.message.contains("10 rounds in a row"))
    #expect(result.message.contains("fedsim resume hopeless"))
    let rows = try folder.text(of: "hopeless/rounds.csv").split(separator: "\r\n")
    #expect(rows.count == 11)
    #expect(rows[0].hasSuffix(",status"))
    #expect(rows.dropFirst().allSatisfy { $0.hasSuffix(",abandoned") })
    let resumed = try CommandLineProgram.run(["resume", "hopeless", "--quiet"], in: folder.url)
    #expect(resumed.exitCode == 75)
    #expect(try folder.text(of: "hopeless/rounds.csv").split(separator: "\r\n").count == 21)
  }

  /// The count goes on where a killed run had got to.
  @Test func aKilledRunStopsWhereItWouldHaveStopped() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    let settings = [
      "secure_aggregation.protocol=secagg", "training.rounds=25", "training.cohort_size=60",
      "faults.dropout_rate=0.95", "checkpoint.every=1",
    ]
    let killed = try CommandLineProgram.start(
      ["run", "experiment.yaml", "--workers", "2", "--quiet", "--out", "killed"]
        + settings.flatMap { ["--set", $0] }, in: folder.url)
    #expect(killed.wait { rounds(folder, "killed") >= 3 })
    killed.kill(SIGKILL)
    _ = try killed.wait()
    let resumed = try CommandLineProgram.run(["resume", "killed", "--quiet"], in: folder.url)
    #expect(resumed.exitCode == 75, "\(resumed.errors)")
    #expect(rounds(folder, "killed") == 10)
  }

  /// Keys that nobody can draw again: the same sums all the same.
  @Test func theSystemsRandomnessGivesTheSameModel() throws {
    let folder = try TemporaryFolder()
    let settings = ["secure_aggregation.protocol=secagg_plus"]
    try run(folder, "keyed", workers: 1, settings)
    for workers in [1, 3] {
      let result = try run(
        folder, "system-\(workers)", workers: workers, settings + ["privacy.randomness=system"])
      #expect(result.exitCode == 0, "\(result.errors)")
      #expect(
        try parameters(folder, "system-\(workers)") == parameters(folder, "keyed"))
      #expect(
        try folder.text(of: "system-\(workers)/rounds.csv") == folder.text(of: "keyed/rounds.csv"))
    }
  }

  @Test func thePlanForetellsTheBytes() throws {
    let folder = try TemporaryFolder()
    try run(folder, "done", workers: 2, ["secure_aggregation.protocol=secagg_plus"])
    func object(_ text: String) throws -> [String: Any] {
      let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
      return try #require(object as? [String: Any])
    }
    let result = try CommandLineProgram.run(
      [
        "plan", "experiment.yaml", "--json", "--set", "secure_aggregation.protocol=secagg_plus",
      ], in: folder.url)
    #expect(result.exitCode == 0, "\(result.errors)")
    let plan = try object(result.output)
    let summary = try object(folder.text(of: "done/summary.json"))
    for key in ["bytes_to_clients", "bytes_from_clients"] {
      let planned = try #require(plan[key] as? Double)
      let actual = try #require(summary[key] as? Double)
      #expect(abs(planned / actual - 1) < 0.05, "\(key): \(planned), \(actual)")
    }
    // k and t of a cohort of 64 at 5 % corrupt and 20 % dropouts are those of the table in use.
    let session = try #require(plan["secure_aggregation"] as? [String: Any])
    #expect(session["neighbours"] is Int && session["threshold"] is Int)
    #expect(plan["epsilon"] is NSNull && plan["rounds"] as? Int == 3)
    #expect(plan["masks"] is Int && plan["delta"] != nil && plan["noise_multiplier"] != nil)
  }

  private func rounds(_ folder: TemporaryFolder, _ run: String) -> Int {
    guard let text = try? folder.text(of: "\(run)/rounds.csv") else { return 0 }
    return max(0, text.utf8.reduce(0) { $0 + ($1 == 10 ? 1 : 0) } - 1)
  }
}
