import Foundation
import Testing

/// Files to begin with: valid as they are, and they run.
struct NewTests {
  @Test(arguments: ["quickstart", "sweep", "secure", "privacy"])
  func everyTemplateIsValidAndRuns(template: String) throws {
    let folder = try TemporaryFolder()
    let made = try CommandLineProgram.run(
      ["new", "first-try", "--template", template], in: folder.url)
    #expect(made.exitCode == 0, "\(made.errors)")
    #expect(made.output == "first-try.yaml\n")
    let validated = try CommandLineProgram.run(["validate", "first-try.yaml"], in: folder.url)
    #expect(validated.exitCode == 0, "\(validated.errors)")
    let few = template == "privacy" ? ["sweep.seed=1", "population.clients=100"] : []
    let small = (["training.rounds=1", "evaluation.clients=3", "evaluation.new_clients=2"] + few)
      .flatMap { ["--set", $0] }
    let verb = ["sweep", "privacy"].contains(template) ? "sweep" : "run"
    let run = try CommandLineProgram.run(
      [verb, "first-try.yaml", "--out", "out", "--quiet"] + small, in: folder.url)
    #expect(run.exitCode == 0, "\(run.errors)")
    // The name of the experiment is that of the file.
    #expect(try folder.text(of: "first-try.yaml").contains("\nname: first-try\n"))
  }

  @Test func theTemplateForALogNeedsOnlyTheLog() throws {
    let folder = try TemporaryFolder()
    let log = try CommandLineProgram.run(
      ["data", "generate", "--clients", "8", "--days", "12", "--out", "log.csv"], in: folder.url)
    #expect(log.exitCode == 0, "\(log.errors)")
    let imported = try CommandLineProgram.run(
      ["data", "import", "log.csv", "--out", "phones.sqlite"], in: folder.url)
    #expect(imported.exitCode == 0, "\(imported.errors)")
    _ = try CommandLineProgram.run(["new", "mine", "--template", "log"], in: folder.url)
    let run = try CommandLineProgram.run(
      ["run", "mine.yaml", "--set", "training.rounds=1", "--quiet"], in: folder.url)
    #expect(run.exitCode == 0, "\(run.errors)")
  }

  @Test func theTemplateOfALifecycleRuns() throws {
    let folder = try TemporaryFolder()
    let made = try CommandLineProgram.run(
      ["new", "weeks", "--template", "lifecycle"], in: folder.url)
    #expect(made.exitCode == 0 && made.errors.contains("fedsim lifecycle weeks.yaml"))
    let small = [
      "training.rounds=2", "population.clients=60", "population.days=14", "population.drift.day=12",
      "population.arrivals.days=14",
    ].flatMap { ["--set", $0] }
    let run = try CommandLineProgram.run(
      ["lifecycle", "weeks.yaml", "--out", "out", "--quiet"] + small, in: folder.url)
    #expect(run.exitCode == 0, "\(run.errors)")
  }

  @Test func nothingIsOverwritten() throws {
    let folder = try TemporaryFolder()
    try folder.write("mine", to: "experiment.yaml")
    let result = try CommandLineProgram.run(["new"], in: folder.url)
    #expect(result.exitCode == 74)
    #expect(result.message.contains("experiment.yaml"))
    #expect(try folder.text(of: "experiment.yaml") == "mine")
    #expect(
      try CommandLineProgram.run(["new", "3 wishes"], in: folder.url).exitCode == 78)
  }
}
