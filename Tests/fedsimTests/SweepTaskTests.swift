import Foundation
import Glibc
import Testing

/// A sweep that is made point by point, as tasks of a cluster do.
@Suite(.serialized) struct SweepTaskTests {
  private static let experiment = """
    # Does it matter who makes a point?
    name: points
    population: {clients: 40, days: 12}
    model: {kind: logistic}
    training: {rounds: 6, cohort_size: 8}
    evaluation: {every: 3, clients: 4, new_clients: 2, test_days: 3, local_only_epochs: 1}
    checkpoint: {every: 2}
    sweep:
      variants: {plain: {}, again: {checkpoint.every: 3}, nobody: {faults.dropout_rate: 1}}
      seed: 2
    """

  private func run(_ arguments: [String], in folder: TemporaryFolder) throws
    -> CommandLineProgram.Result
  {
    try CommandLineProgram.run(arguments + ["--quiet"], in: folder.url)
  }

  @Test func pointsMadeOneByOneGiveTheTableOfTheSweep() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    #expect(try run(["sweep", "experiment.yaml", "--out", "whole"], in: folder).exitCode == 78)
    let dry = try run(
      ["sweep", "experiment.yaml", "--out", "parts", "--slurm", "--dry-run", "--jobs", "2"],
      in: folder)
    #expect(dry.exitCode == 0, "\(dry.errors)")
    let submission = try folder.text(of: "parts/slurm/submit.sh")
    // Points 3 and 4 differ from 1 and 2 in nothing that shows.
    #expect(submission.contains("--array=1-2,5-6%2"))
    #expect(try run(["resume", "parts", "--prepare"], in: folder).exitCode == 0)
    let shared = try FileManager.default.contentsOfDirectory(
      atPath: folder.file("parts/shared").path)
    #expect(shared.count { $0.hasSuffix(".bin") } == 2, "one for each population")

    #expect(try run(["resume", "parts", "--point", "2"], in: folder).exitCode == 0)
    let early = try run(["resume", "parts", "--collect"], in: folder)
    #expect(early.exitCode == 75 && early.message.contains("3 of 4 runs are unfinished"))
    let copy = try run(["resume", "parts", "--point", "3"], in: folder)
    #expect(copy.exitCode == 0 && copy.message.contains("results of point 1"))
    #expect(try run(["resume", "parts", "--point", "5"], in: folder).exitCode == 78)
    #expect(try run(["resume", "parts", "--point", "6"], in: folder).exitCode == 78)
    #expect(try run(["resume", "parts", "--point", "1"], in: folder).exitCode == 0)
    let twice = try run(["resume", "parts", "--point", "1"], in: folder)
    #expect(twice.exitCode == 0 && twice.errors.contains("finished already"))

    let collected = try run(["resume", "parts", "--collect"], in: folder)
    #expect(collected.exitCode == 78 && collected.errors.contains("2 of 4 runs failed"))
    for name in ["sweep.csv", "sweep.yaml", "SHA256SUMS"] {
      #expect(try folder.text(of: "parts/\(name)") == folder.text(of: "whole/\(name)"), "\(name)")
    }
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.file("whole/runs").path)
    where !name.contains("nobody") {
      #expect(
        differences(folder.file("whole/runs/\(name)"), folder.file("parts/runs/\(name)")) == [])
    }
  }

  /// Somebody else's tasks must never be cleared away.
  @Test func aPointThatIsBeingMadeKeepsOutWhoeverWorksOnAllPoints() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      Self.experiment.replacingOccurrences(of: "rounds: 6", with: "rounds: 20000"),
      to: "experiment.yaml")
    #expect(
      try run(["sweep", "experiment.yaml", "--out", "s", "--slurm", "--dry-run"], in: folder)
        .exitCode == 0)
    let tasks = try ["1", "2"].map {
      try CommandLineProgram.start(
        ["resume", "s", "--point", $0, "--quiet", "--workers", "1"], in: folder.url)
    }
    defer { for task in tasks { task.kill(SIGKILL) } }
    for (task, run) in zip(tasks, ["1-plain-seed-1", "2-plain-seed-2"]) {
      #expect(
        task.wait {
          FileManager.default.fileExists(atPath: folder.file("s/runs/\(run)/rounds.csv").path)
        })
    }
    let other = try run(["resume", "s"], in: folder)
    #expect(other.exitCode == 74 && other.message.contains("another fedsim process"))
    let same = try run(["resume", "s", "--point", "2"], in: folder)
    #expect(same.exitCode == 74 && same.message.contains("another fedsim process"))
    for task in tasks {
      task.kill(SIGTERM)
      #expect(try task.wait().exitCode == 130)
    }
  }

  @Test func wrongCombinationsAreOneSentence() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    try folder.write("name: single\n", to: "single.yaml")
    let dry = ["--slurm", "--dry-run"]
    #expect(try run(["sweep", "experiment.yaml", "--out", "s"] + dry, in: folder).exitCode == 0)
    let cases: [([String], Int32, String)] = [
      (["sweep", "experiment.yaml", "--dry-run"], 64, "--dry-run is for --slurm"),
      (["sweep", "experiment.yaml", "--sbatch=--time=5"], 64, "--sbatch is for --slurm"),
      (
        ["sweep", "experiment.yaml", "--slurm", "--sbatch=--array=1"], 64, "set --array themselves"
      ),
      (["sweep", "experiment.yaml", "--slurm", "--sbatch=time"], 64, "one option of sbatch"),
      (["sweep", "single.yaml"] + dry, 78, "no sweep group"),
      (
        [
          "sweep", "experiment.yaml", "--set", "privacy.ledger=spent", "--set",
          "privacy.mechanism=gaussian", "--set", "privacy.noise_multiplier=1", "--set",
          "privacy.clipping_bound=1",
        ] + dry, 78, "a ledger needs a lock"
      ),
      (["resume", "s", "--point", "7"], 64, "points 1 to 6"),
      (["resume", "s", "--point", "0"], 64, "points 1 to 6"),
      (["resume", "s", "--point", "1", "--collect"], 64, "exclude each other"),
      (["resume", "s", "--prepare", "--slurm"], 64, "exclude each other"),
      (["resume", "s", "--collect", "--jobs", "2"], 64, "--jobs has no meaning with --collect"),
      (["resume", "s", "--collect", "--workers", "2"], 64, "--workers is for runs"),
      (["resume", "none", "--collect"], 64, "--collect is for sweeps"),
    ]
    for (arguments, code, words) in cases {
      let result = try run(arguments, in: folder)
      #expect(result.exitCode == code, "\(arguments): \(result.errors)")
      #expect(result.errors.contains(words), "\(arguments): \(result.errors)")
    }
    // No Slurm far and wide: nothing is made.
    let result = try CommandLineProgram.run(
      ["sweep", "experiment.yaml", "--slurm", "--out", "none"], in: folder.url,
      environment: ["PATH": "/nowhere"])
    #expect(result.exitCode == 74 && result.message.contains("sbatch, which submits jobs"))
    #expect(!FileManager.default.fileExists(atPath: folder.file("none").path))
  }
}
