import Foundation
import Testing

/// What is no damage but a misunderstanding is called by its name.
struct MisunderstandingTests {
  private static let experiment = """
    name: small
    population: {clients: 20, days: 9}
    model: {kind: logistic}
    training: {rounds: 1, cohort_size: 4}
    evaluation: {every: 0}
    """

  /// A folder where a file is meant, whichever way it is named.
  @Test func aFolderIsNoLog() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      at: folder.file("logs"), withIntermediateDirectories: false)
    try folder.write("user,time,app\na,2024-05-01T10:00:00Z,x\n", to: "log.csv")
    try folder.write(
      "name: x\npopulation: {source: file, path: logs}\n", to: "folder.yaml")
    for arguments in [
      ["data", "describe", "logs"], ["data", "expire", "logs", "--keep-days", "3"],
      ["data", "import", "logs", "--out", "x.sqlite"], ["run", "folder.yaml"],
      ["validate", "folder.yaml"], ["plan", "folder.yaml"], ["run", "logs"],
      ["data", "import", "log.csv", "--out", "x.sqlite", "--key-file", "logs"],
      ["data", "import", "log.csv", "--out", "x.sqlite", "--seal-key-file", "logs"],
    ] {
      let result = try CommandLineProgram.run(arguments, in: folder.url)
      #expect(result.exitCode == 65, "\(arguments) \(result.errors)")
      #expect(result.message.contains("is a folder"), "\(arguments) \(result.errors)")
      #expect(!result.message.contains("disk"), "\(arguments)")
    }
    let device = try CommandLineProgram.run(["data", "describe", "/dev/null"], in: folder.url)
    #expect(device.exitCode == 65 && device.message.contains("is a pipe or device"))
    #expect(!FileManager.default.fileExists(atPath: folder.file("x.sqlite").path))
  }

  /// Keys that a run does not look at are accepted, as one file may be both, and named.
  @Test func keysOfALifecycleDoNothingInARun() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    func errors(_ arguments: [String]) throws -> String {
      let result = try CommandLineProgram.run(arguments + ["--quiet"], in: folder.url)
      #expect(result.exitCode == 0, "\(result.errors)")
      return result.errors
    }
    let run = ["run", "experiment.yaml", "--out"]
    #expect(
      try errors(run + ["a", "--set", "lifecycle.offline_rate=0.2"]).contains(
        "lifecycle.offline_rate has no effect on a run"))
    #expect(try errors(run + ["b"]).contains("no effect") == false)
    // Every key stands in the file of a run, which is no wish.
    #expect(try errors(["run", "b/config.yaml", "--out", "c"]).contains("no effect") == false)
    try folder.write(
      Self.experiment
        + "\nlifecycle: {first_day: 3, monitor: {threshold: 0.5}}\nsweep: {seed: 2}\n",
      to: "sweep.yaml")
    #expect(
      try errors(["sweep", "sweep.yaml", "--out", "s"]).contains(
        "lifecycle.first_day and 1 other key of lifecycle have no effect"))
  }

  /// Values that begin with a minus are values: what is wrong with them is said.
  @Test func aMinusIsNoOption() throws {
    let folder = try TemporaryFolder()
    for (arguments, words) in [
      (["compare", "a", "--sort", "-1"], "a: is neither"),
      (["plot", "a", "--figure", "-1"], "--figure -1: there is no such figure"),
      (["new", "a", "--template", "-1"], "'-1' is invalid"),
      (["privacy", "epsilon", "--mechanism", "-1"], "'-1' is invalid"),
      (["registry", "promote", "1", "--to", "-1"], "'-1' is invalid"),
      (["data", "generate", "--preset", "-1", "--out", "x"], "'-1' is invalid"),
    ] {
      let result = try CommandLineProgram.run(arguments, in: folder.url)
      #expect(result.exitCode == 64 || result.exitCode == 66, "\(arguments)")
      #expect(result.errors.contains(words), "\(arguments) \(result.errors)")
      #expect(!result.errors.contains("Missing value"), "\(arguments)")
    }
  }
}
