import Foundation
import Testing

/// Runs whose clients are those of another program.
@Suite(
  .enabled(if: ClientProgram.hasPython, "python3 is not here; no client program can be started"))
struct ClientProgramTests {
  /// Clients 0 to 19; client 0 never has an example.
  static func experiment(_ mistake: String = "", more: String = "") -> String {
    """
    name: program
    seed: 5
    population: {source: worker, clients: 20, new_client_share: 0.2}
    model: {kind: worker, parameters: 3}
    workers: {program: [/usr/bin/env, \(ClientProgram.words.joined(separator: ", "))\(mistake)], max_failures: 2}
    training: {rounds: 3, cohort_size: 8}
    evaluation: {every: 3, clients: 5, new_clients: 3}
    \(more)
    """
  }

  static let secure = """
    privacy: {mechanism: gaussian, noise_multiplier: 0.8, clipping_bound: 1.0, delta: 1.0e-3}
    secure_aggregation: {protocol: secagg_plus}
    """

  static func run(
    _ text: String, _ arguments: [String], in folder: TemporaryFolder, out: String = "out"
  ) throws -> CommandLineProgram.Result {
    try folder.write(text, to: "experiment.yaml")
    return try CommandLineProgram.run(
      ["run", "experiment.yaml", "--out", out, "--quiet"] + arguments, in: folder.url)
  }

  static let files = [
    "rounds.csv", "evaluation.csv", "metrics.csv", "clients.csv", "privacy.csv", "summary.json",
    "model.safetensors",
  ]

  @Test(arguments: ["", secure, "aggregator: {name: median}", "faults: {dropout_rate: 0.3}"])
  func theSameBytesForAnyNumberOfWorkers(more: String) throws {
    let folder = try TemporaryFolder()
    for workers in ["1", "3"] {
      let result = try Self.run(
        Self.experiment(more: more), ["--workers", workers], in: folder, out: workers)
      #expect(result.exitCode == 0, "\(result.errors)")
    }
    for file in Self.files {
      let files = try ["1", "3"].map { try Data(contentsOf: folder.file("\($0)/\(file)")) }
      #expect(files[0] == files[1], "\(file)")
    }
  }

  /// The program's step is (client − model) / (2 + round) for clients with examples; idle ones add nothing and
  /// are no part of the mean over those that reported.
  @Test func updatesAreAveragedAndSummed() throws {
    let folder = try TemporaryFolder()
    let text = Self.experiment(more: "")
      .replacing("clients: 20, new_client_share: 0.2", with: "clients: 4, new_client_share: 0")
      .replacing("rounds: 3, cohort_size: 8", with: "rounds: 1, cohort_size: 4")
      .replacing(
        "evaluation: {every: 3, clients: 5, new_clients: 3}", with: "evaluation: {every: 1}")
    let result = try Self.run(text, ["--workers", "2"], in: folder)
    #expect(result.exitCode == 0, "\(result.errors)")
    // From (0, 1/4, 1/2): the mean of (c − w) / 3 over c = 1, 2, 3 is (2 − w) / 3.
    let expected: [Float] = [2.0 / 3, 0.25 + 1.75 / 3, 0.5 + 1.5 / 3]
    let model = try Data(contentsOf: folder.file("out/model.safetensors")).suffix(12)
    let values = model.withUnsafeBytes { bytes in
      (0..<3).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
    }
    for (value, wanted) in zip(values, expected) { #expect(abs(value - wanted) < 1e-6) }
    let metrics = try folder.text(of: "out/metrics.csv").split(separator: "\r\n").map(String.init)
    // Accuracy is 0.5 on 4 examples of each; the loss of client c is |c − w₀|.
    #expect(metrics[1] == "1,future,accuracy,4,16,0.5,0.5,0.5,0.5,0.5")
    #expect(metrics[2].hasPrefix("1,future,loss,4,16,1.16666"))
    let evaluation = try folder.text(of: "out/evaluation.csv").split(separator: "\r\n").map(
      String.init)
    #expect(evaluation[1].hasPrefix("1,future,federated,4,16,0.5,,,,1.16666"))
  }

  @Test(arguments: [
    ("stays-alive", 75, "ended with exit status 3"), ("update-length", 65, "the model has 3"),
    ("report-order", 65, "is not the report of this client"),
    ("frame-checksum", 65, "checksum is wrong"), ("initial", 65, "no model of 3 parameters"),
    ("ready", 65, "ready"), ("metrics", 65, "accuracy is 1.5"),
  ])
  func mistakesAreToldOfInOneSentence(_ mistake: (name: String, exitCode: Int32, words: String))
    throws
  {
    let folder = try TemporaryFolder()
    let result = try Self.run(
      Self.experiment(", \(mistake.name)"), ["--workers", "2"], in: folder)
    #expect(result.exitCode == mistake.exitCode, "\(mistake): \(result.errors)")
    #expect(result.message.contains(mistake.words), "\(result.errors)")
    #expect(result.message.contains("client_program.py"), "\(result.errors)")
  }

  @Test func aSilentProgramIsReplacedAndThenToldOf() throws {
    let folder = try TemporaryFolder()
    let result = try Self.run(
      Self.experiment(", deadline"), ["--workers", "1", "--set", "workers.deadline_seconds=0.5"],
      in: folder)
    #expect(result.exitCode == 75, "\(result.errors)")
    #expect(result.message.contains("said nothing for 0.4 seconds"), "\(result.errors)")
  }

  /// A program of another model, or for fewer clients, is a mistake in the file.
  @Test func theFileMustFitTheProgram() throws {
    let folder = try TemporaryFolder()
    let result = try Self.run(
      Self.experiment().replacing("parameters: 3", with: "parameters: 4"), [], in: folder)
    #expect(result.exitCode == 78)
    #expect(result.message.contains("model.parameters is 4"), "\(result.errors)")
  }

  @Test(arguments: [
    ("model: {kind: logistic}", "model.kind"), ("algorithm: {name: scaffold}", "algorithm.name"),
    ("attack: {kind: label_flip, share: 0.2}", "attack.kind"),
    ("personalisation: {method: fine_tune}", "personalisation.method"),
    ("training: {ignored_weight: 2}", "training.ignored_weight"),
    ("training: {stop: {patience: 2, metric: mrr}}", "training.stop.metric"),
    ("workers: {program: null}", "workers.program"),
    ("workers: {program: \"python3 'open\"}", "workers.program"),
  ])
  func whatCannotGoTogetherIsRefused(_ change: (text: String, key: String)) throws {
    let folder = try TemporaryFolder()
    let group = change.text.split(separator: ":")[0]
    let text =
      Self.experiment().split(separator: "\n").filter { !$0.hasPrefix("\(group):") }
      .joined(separator: "\n") + "\n\(change.text)\n"
    try folder.write(text, to: "experiment.yaml")
    let result = try CommandLineProgram.run(["validate", "experiment.yaml"], in: folder.url)
    #expect(result.exitCode == 78, "\(change): \(result.output)")
    #expect(result.errors.contains(change.key), "\(change): \(result.errors)")
  }

  /// ε is solved and planned without the program.
  @Test func planNeedsNoProgram() throws {
    let folder = try TemporaryFolder()
    let text = Self.experiment(more: Self.secure)
    let result = try Self.run(text, [], in: folder)
    #expect(result.exitCode == 0, "\(result.errors)")
    try folder.write(text.replacing("/usr/bin/env", with: "/no/such"), to: "plan.yaml")
    let plan = try CommandLineProgram.run(["plan", "plan.yaml", "--json"], in: folder.url)
    #expect(plan.exitCode == 0, "\(plan.errors)")
    struct Plan: Decodable { var epsilon: Double }
    let planned = try JSONDecoder().decode(Plan.self, from: Data(plan.output.utf8))
    let rows = try folder.text(of: "out/privacy.csv").split(separator: "\r\n").map(String.init)
    let columns = rows[0].split(separator: ",", omittingEmptySubsequences: false)
    let last = try #require(rows.last).split(separator: ",", omittingEmptySubsequences: false)
    let place = try #require(columns.firstIndex(of: "epsilon"))
    #expect(Double(last[place]) == planned.epsilon)
  }
}
