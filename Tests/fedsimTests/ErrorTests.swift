import Foundation
import Testing

/// Every problem is one sentence, the right exit code, and nothing half-written.
struct ErrorTests {
  static let experiment = """
    name: small
    population: {clients: 20, days: 9}
    model: {kind: logistic}
    training: {rounds: 2, cohort_size: 4}
    evaluation: {clients: 2, new_clients: 1, local_only: false}
    """

  struct WrongExperiment: Sendable, CustomTestStringConvertible {
    var text: String
    var exitCode: Int32
    var words: [String]

    var testDescription: String { words.joined(separator: " ") }
  }

  static let wrongExperiments = [
    WrongExperiment(
      text: "training:\n  cohort_sise: 4\n", exitCode: 78,
      words: ["experiment.yaml:2", "training.cohort_sise", "'training.cohort_size'"]),
    WrongExperiment(
      text: "training:\n  rounds: many\n", exitCode: 78,
      words: ["experiment.yaml:2", "training.rounds", "whole number", "'many'"]),
    WrongExperiment(
      text: "training:\n  cohort_size: -3\n", exitCode: 78,
      words: ["experiment.yaml:2", "training.cohort_size", "at least 1"]),
    WrongExperiment(
      text: "population:\n  clients: 50\ntraining:\n  cohort_size: 46\n", exitCode: 78,
      words: ["experiment.yaml:4", "larger than the 45 clients"]),
    WrongExperiment(
      text: "model:\n  kind: lstmranker\n", exitCode: 78,
      words: ["experiment.yaml:2", "model.kind", "lstm_ranker"]),
    WrongExperiment(
      text: "population:\n  source: file\n  path: nowhere.sqlite\n", exitCode: 66,
      words: ["nowhere.sqlite"]),
    WrongExperiment(
      text: "seed: 1\nseed: 2\n", exitCode: 78, words: ["experiment.yaml", "'seed'", "twice"]),
  ]

  @Test(arguments: wrongExperiments) func wrongExperimentsAreRefused(_ wrong: WrongExperiment)
    throws
  {
    let folder = try TemporaryFolder()
    try folder.write(wrong.text, to: "experiment.yaml")
    for verb in ["run", "validate"] {
      let result = try CommandLineProgram.run([verb, "experiment.yaml"], in: folder.url)
      #expect(result.exitCode == wrong.exitCode, "\(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
      for word in wrong.words { #expect(result.message.contains(word), "\(result.message)") }
      #expect(!FileManager.default.fileExists(atPath: folder.file("results").path))
    }
  }

  @Test func aMissingExperimentIsNamed() throws {
    let folder = try TemporaryFolder()
    let result = try CommandLineProgram.run(["run", "none.yaml"], in: folder.url)
    #expect(result.exitCode == 66)
    #expect(result.message.contains("none.yaml"))
  }

  @Test func wrongUsageSaysSo() throws {
    let folder = try TemporaryFolder()
    for arguments in [
      ["run"], ["rum", "x"], ["run", "x.yaml", "--workers", "0"], ["list", "--x"],
    ] {
      #expect(try CommandLineProgram.run(arguments, in: folder.url).exitCode == 64)
    }
  }

  @Test func errorsComeAsJSONWhenAskedFor() throws {
    let folder = try TemporaryFolder()
    let result = try CommandLineProgram.run(["run", "none.yaml", "--json"], in: folder.url)
    let object = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    #expect(object?["exit_code"] as? Int == 66)
    #expect((object?["error"] as? String)?.contains("none.yaml") == true)
  }

  @Test func anExistingRunIsNeverOverwritten() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    let arguments = ["run", "experiment.yaml", "--out", "mine", "--quiet"]
    #expect(try CommandLineProgram.run(arguments, in: folder.url).exitCode == 0)
    let before = try folder.text(of: "mine/log.txt")
    let second = try CommandLineProgram.run(arguments, in: folder.url)
    #expect(second.exitCode == 74)
    #expect(second.message.contains("mine") && second.message.contains("--out"))
    #expect(try folder.text(of: "mine/log.txt") == before)
  }

  @Test(arguments: ["run/", "empty"]) func aFolderAsTheShellCompletesItIsFine(out: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    try FileManager.default.createDirectory(
      at: folder.file("empty"), withIntermediateDirectories: false)
    let result = try CommandLineProgram.run(
      ["run", "experiment.yaml", "--out", out, "--quiet"], in: folder.url)
    #expect(result.exitCode == 0, "\(result.errors)")
  }

  @Test func aRunWhoseClientsAllDivergedHasNoResult() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    let result = try CommandLineProgram.run(
      [
        "run", "experiment.yaml", "--out", "mine", "--json", "--set",
        "training.local.learning_rate=1e6",
      ], in: folder.url)
    #expect(result.exitCode == 78)
    #expect(result.message.contains("training.local.learning_rate"), "\(result.message)")
    #expect(!FileManager.default.fileExists(atPath: folder.file("mine/model.safetensors").path))
    let runs = try CommandLineProgram.run(["list", ".", "--json"], in: folder.url)
    #expect(runs.output.contains("failed"), "\(runs.output)")
  }

  @Test func aFinishedRunReportsItsResultsAgain() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    let arguments = ["run", "experiment.yaml", "--out", "mine", "--quiet"]
    #expect(try CommandLineProgram.run(arguments, in: folder.url).exitCode == 0)
    let again = try CommandLineProgram.run(["resume", "mine", "--json"], in: folder.url)
    #expect(again.exitCode == 0)
    #expect(again.output.contains("\"federated\""))
  }

  @Test func outputThatCannotBeWrittenIsAnError() throws {
    let folder = try TemporaryFolder()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: CommandLineProgram.executable)
    process.arguments = ["list", folder.url.path]
    process.standardOutput = FileHandle(forWritingAtPath: "/dev/full")
    process.standardError = FileHandle(forWritingAtPath: "/dev/full")
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 74)
  }

  @Test func aDamagedCheckpointIsNamed() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    _ = try CommandLineProgram.run(
      ["run", "experiment.yaml", "--out", "mine", "--quiet"], in: folder.url)
    try folder.write("nonsense", to: "mine/checkpoint/state.bin")
    let result = try CommandLineProgram.run(["resume", "mine"], in: folder.url)
    #expect(result.exitCode == 65)
    #expect(result.message.contains("state.bin"))
    let nothing = try CommandLineProgram.run(["resume", "nowhere"], in: folder.url)
    #expect(nothing.exitCode == 66)
  }

  @Test func aFolderThatCannotBeWrittenIsNamed() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    // /proc refuses new folders even to root.
    let result = try CommandLineProgram.run(
      ["run", "experiment.yaml", "--out", "/proc/fedsim-run"], in: folder.url)
    #expect(result.exitCode == 74)
    #expect(result.message.contains("/proc/fedsim-run") && result.message.contains("--out"))
  }

  /// Needs the right to mount; says so where it is missing.
  @Test(arguments: ["size=64k", "size=400k", "ro"]) func aFullOrReadOnlyDiskIsReported(
    option: String
  ) throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    let disk = folder.file("disk").path
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
    guard try shell("mount -t tmpfs -o \(option) tmpfs \(disk)") == 0 else {
      print("not tried: mounting a small disk needs root")
      return
    }
    defer { _ = try? shell("umount \(disk)") }
    // A model of 300 kB does not fit either size.
    let result = try CommandLineProgram.run(
      [
        "run", "experiment.yaml", "--out", "\(disk)/run", "--quiet", "--set", "model.kind=softmax",
        "--set", "model.vocabulary=4000",
      ], in: folder.url)
    #expect(result.exitCode == 74, "\(result.errors)")
    #expect(result.message.contains(disk), "\(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: "\(disk)/run/model.safetensors"))
    let left = try FileManager.default.contentsOfDirectory(atPath: disk)
    #expect(left.allSatisfy { !$0.contains("partial") }, "\(left)")
  }

  /// The library that starts processes would end this one on the way.
  @Test(arguments: [16, 24, 30, 40]) func fewDescriptorsAreRefused(limit: Int) throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    let command =
      "cd '\(folder.url.path)' && ulimit -n \(limit) && exec '\(CommandLineProgram.executable)'"
      + " run experiment.yaml --workers 8 --out run --quiet"
    #expect(try shell(command) == 74)
    #expect(!FileManager.default.fileExists(atPath: folder.file("run").path))
  }

  private func shell(_ command: String) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", command + " 2>/dev/null"]
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }
}
