import Foundation
import Glibc
import Testing

/// Sweeps that get more points, with real runs.
@Suite(.serialized) struct GrowingSweepTests {
  private static let experiment = """
    # Does it grow?
    name: growing
    population: {clients: 40, days: 12}
    model: {kind: logistic}
    training: {rounds: 4, cohort_size: 8}
    evaluation: {every: 2, clients: 4, new_clients: 2, test_days: 3, local_only_epochs: 1}
    sweep:
      training.cohort_size: [4, 8]
      seed: 3
    """
  private static let larger = [
    "--set", "sweep.training.cohort_size=[2, 4, 8]", "--set", "sweep.seed=4",
  ]

  private func sweep(
    _ folder: TemporaryFolder, _ name: String, _ more: [String] = []
  ) throws -> CommandLineProgram.Result {
    try CommandLineProgram.run(
      ["sweep", "experiment.yaml", "--out", name, "--quiet"] + more, in: folder.url)
  }

  private func runs(_ folder: TemporaryFolder, _ name: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.file("\(name)/runs").path).sorted()
  }

  /// Two folders of sweeps hold the same, to the last byte that depends on the experiment.
  private func expectSame(_ folder: TemporaryFolder, _ left: String, _ right: String) throws {
    for name in ["sweep.yaml", "sweep.csv", "SHA256SUMS"] {
      #expect(
        try folder.text(of: "\(left)/\(name)") == folder.text(of: "\(right)/\(name)"), "\(name)")
    }
    #expect(try runs(folder, left) == runs(folder, right))
    for run in try runs(folder, left) {
      #expect(
        differences(folder.file("\(left)/runs/\(run)"), folder.file("\(right)/runs/\(run)")) == [])
    }
    let verified = try CommandLineProgram.run(["verify", left], in: folder.url)
    #expect(verified.exitCode == 0, "\(verified.errors)")
  }

  private func finishings(_ folder: TemporaryFolder, _ name: String) throws -> Int {
    try runs(folder, name).reduce(0) { count, run in
      let log = try folder.text(of: "\(name)/runs/\(run)/log.txt")
      return count + log.split(separator: "\n").count { $0.contains("Finished after round") }
    }
  }

  @Test func aGrownSweepIsOneThatWasThisLargeFromTheStart() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    #expect(try sweep(folder, "whole", Self.larger).exitCode == 0)
    #expect(try sweep(folder, "grown").exitCode == 0)
    let old = try folder.text(of: "grown/runs/1-cohort_size-4-seed-1/log.txt")
    let plain = try sweep(folder, "grown", Self.larger)
    #expect(plain.exitCode == 0, "\(plain.errors)")
    #expect(plain.errors.contains("6 of 12 runs were there already"))
    try expectSame(folder, "grown", "whole")
    #expect(try folder.text(of: "grown/runs/05-cohort_size-4-seed-1/log.txt") == old)
    #expect(try finishings(folder, "grown") == 12, "nothing is run twice")

    // Smaller again is another sweep, and may take over what fits.
    let smaller = try sweep(folder, "grown")
    #expect(smaller.exitCode == 74 && smaller.message.contains("--reuse grown"))
    let reused = try sweep(folder, "small", ["--reuse", "grown"])
    #expect(reused.exitCode == 0 && reused.errors.contains("6 of 6 runs are taken from grown"))
    #expect(try finishings(folder, "small") == 6)
    let first = try folder.text(of: "small/runs/1-cohort_size-4-seed-1/log.txt")
    #expect(first == old, "copied, not run")
    #expect(try sweep(folder, "fresh").exitCode == 0)
    try expectSame(folder, "small", "fresh")
    let wrong = try sweep(folder, "other", ["--reuse", "small/runs"])
    #expect(wrong.exitCode == 66 && wrong.message.contains("not the folder of a sweep"))
  }

  /// A folder named by its settings is another one once the grid is larger.
  @Test func theFolderOfASmallerGridIsNamed() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    func sweep(_ more: [String]) throws -> (output: String, errors: String) {
      let result = try CommandLineProgram.run(
        ["sweep", "experiment.yaml", "--quiet"] + more, in: folder.url)
      #expect(result.exitCode == 0, "\(result.errors)")
      return (result.output, result.errors)
    }
    let first = try sweep([])
    #expect(!first.errors.contains("--reuse"))
    let path = try #require(first.output.split(separator: "\n").first { $0.hasPrefix("results/") })
    let larger = try sweep(Self.larger)
    #expect(
      larger.errors.contains("\(path) has 6 of these 12 runs: --out \(path)"), "\(larger.errors)")
  }

  /// Begun runs grow as well, whoever is killed on the way.
  @Test func aKilledSweepGrowsAndIsKilledAgain() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    #expect(try sweep(folder, "whole", Self.larger).exitCode == 0)
    for more in [[], Self.larger] {
      let killed = try CommandLineProgram.start(
        ["sweep", "experiment.yaml", "--out", "killed", "--quiet"] + more, in: folder.url)
      let wanted = more.isEmpty ? 2 : 8
      #expect(killed.wait { (try? runs(folder, "killed"))?.count ?? 0 >= wanted })
      killed.kill(SIGKILL)
      _ = try killed.wait()
    }
    let resumed = try CommandLineProgram.run(["resume", "killed", "--quiet"], in: folder.url)
    #expect(resumed.exitCode == 0, "\(resumed.errors)")
    try expectSame(folder, "killed", "whole")
  }

  @Test func experimentsMayShareABase() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    try folder.write(
      "# Shared.\nextends: experiment.yaml\nname: child\nsweep: null\n", to: "child.yaml")
    let run = try CommandLineProgram.run(
      ["run", "child.yaml", "--out", "child", "--quiet"], in: folder.url)
    #expect(run.exitCode == 0, "\(run.errors)")
    let config = try folder.text(of: "child/config.yaml")
    #expect(config.hasPrefix("# Shared.\nname: child\n") && !config.contains("extends"))
    let manifest = try folder.text(of: "child/manifest.json")
    #expect(manifest.contains("\"path\" : \"experiment.yaml\""))
    for verb in ["plan", "validate"] {
      let result = try CommandLineProgram.run([verb, "child.yaml"], in: folder.url)
      #expect(result.exitCode == 0, "\(result.errors)")
    }
    // The folder does not need the files any more.
    try FileManager.default.removeItem(at: folder.file("experiment.yaml"))
    let again = try CommandLineProgram.run(
      ["run", "child/config.yaml", "--out", "again", "--quiet"], in: folder.url)
    #expect(again.exitCode == 0 && differences(folder.file("child"), folder.file("again")) == [])
  }
}
