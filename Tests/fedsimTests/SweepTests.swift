import Foundation
import Glibc
import Testing

/// Sweeps with real processes: killed and continued, failing points, shared work.
@Suite(.serialized) struct SweepTests {
  /// Twelve points, each a fraction of a second.
  static let experiment = """
    # Are twelve points a sweep?
    name: tiny
    population: {clients: 40, days: 12}
    model: {kind: logistic}
    training: {rounds: 6, cohort_size: 8}
    evaluation: {every: 3, clients: 4, new_clients: 2, test_days: 3, local_only_epochs: 1}
    checkpoint: {every: 2}
    sweep:
      training.cohort_size: [4, 8]
      privacy.clipping_bound: [null, 0.5]
      seed: 3
    """

  private func sweep(_ folder: TemporaryFolder, _ name: String) throws -> CommandLineProgram.Result
  {
    try CommandLineProgram.run(
      ["sweep", "experiment.yaml", "--out", name, "--jobs", "2", "--quiet"], in: folder.url)
  }

  private func runs(_ folder: TemporaryFolder, _ name: String) -> [String] {
    let path = folder.file("\(name)/runs").path
    return ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }

  private func finished(_ folder: TemporaryFolder, _ name: String) -> Int {
    runs(folder, name).count { run in
      FileManager.default.fileExists(atPath: folder.file("\(name)/runs/\(run)/summary.json").path)
    }
  }

  @Test func killedInTheMiddleItGoesOnAndEndsWithTheSameBytes() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    #expect(try sweep(folder, "whole").exitCode == 0)
    let table = try folder.text(of: "whole/sweep.csv")
    #expect(table.split(separator: "\r\n").count == 13)

    let killed = try CommandLineProgram.start(
      ["sweep", "experiment.yaml", "--out", "killed", "--jobs", "2", "--quiet"], in: folder.url)
    #expect(killed.wait { finished(folder, "killed") >= 5 })
    killed.kill(SIGKILL)
    #expect(try killed.wait().exitCode == 128 + SIGKILL)
    let before = try logs(folder, "killed")
    let done = before.filter { $0.value.contains("Finished after round 6") }
    #expect(done.count >= 4 && done.count < 12, "killed in the middle: \(done.count) finished")

    // Once by the same command, which is killed as well, then by the folder's name.
    let again = try CommandLineProgram.start(
      ["sweep", "experiment.yaml", "--out", "killed", "--jobs", "2", "--quiet"], in: folder.url)
    #expect(again.wait { finished(folder, "killed") >= done.count + 2 })
    again.kill(SIGKILL)
    _ = try again.wait()
    let resumed = try CommandLineProgram.run(["resume", "killed", "--quiet"], in: folder.url)
    #expect(resumed.exitCode == 0, "\(resumed.errors)")

    #expect(try folder.text(of: "killed/sweep.csv") == table)
    #expect(runs(folder, "killed") == runs(folder, "whole"))
    for run in runs(folder, "whole") {
      #expect(
        differences(folder.file("whole/runs/\(run)"), folder.file("killed/runs/\(run)")) == [])
    }
    let after = try logs(folder, "killed")
    for (run, log) in done { #expect(after[run] == log, "\(run) was finished and ran again") }
  }

  private func logs(_ folder: TemporaryFolder, _ name: String) throws -> [String: String] {
    var logs: [String: String] = [:]
    for run in runs(folder, name) where !run.contains("partial") {
      logs[run] = try folder.text(of: "\(name)/runs/\(run)/log.txt")
    }
    return logs
  }

  /// What a sweep shares between its runs changes no byte of any of them.
  @Test func everyRunHasTheBytesOfASingleRun() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    #expect(try sweep(folder, "out").exitCode == 0)
    let shared = try FileManager.default.contentsOfDirectory(atPath: folder.file("out/shared").path)
    #expect(shared.count == 3, "evaluations are shared by the four runs of each seed")
    let question = "# Are twelve points a sweep?\nname: tiny\n"
    #expect(try folder.text(of: "out/sweep.yaml").hasPrefix(question))
    for run in runs(folder, "out").suffix(5) {
      #expect(try folder.text(of: "out/runs/\(run)/config.yaml").hasPrefix(question))
      let result = try CommandLineProgram.run(
        ["run", "out/runs/\(run)/config.yaml", "--out", run, "--quiet"], in: folder.url)
      #expect(result.exitCode == 0, "\(result.errors)")
      #expect(differences(folder.file("out/runs/\(run)"), folder.file(run)) == [])
    }
  }

  @Test func aFailedPointIsReportedAndDoesNotStopTheRest() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      """
      name: failing
      population: {clients: 40, days: 12}
      model: {kind: logistic}
      training: {rounds: 12, cohort_size: 8}
      evaluation: {every: 0}
      secure_aggregation: {protocol: secagg}
      sweep:
        faults.dropout_rate: [0, 1, 0.02]
      """, to: "experiment.yaml")
    let result = try CommandLineProgram.run(
      ["sweep", "experiment.yaml", "--out", "out", "--json", "--quiet"], in: folder.url)
    #expect(result.exitCode == 75, "\(result.errors)")
    #expect(result.errors.contains("point 2 (faults.dropout_rate=1) failed"))
    #expect(result.message.contains("1 of 3 runs failed"))
    let parsed = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    let report = try #require(parsed as? [String: Any])
    let points = try #require(report["points"] as? [[String: Any]])
    #expect(points.map { $0["status"] as? String } == ["finished", "failed", "finished"])
    #expect((points[1]["error"] as? String)?.contains("abandoned") == true)
    let table = try folder.text(of: "out/sweep.csv")
    #expect(table.contains("1,runs/2-dropout_rate-1,failed,"))
    #expect(table.contains("0.02,runs/3-dropout_rate-0.02,finished,12,"))

    let list = try CommandLineProgram.run(["list", ".", "--json"], in: folder.url)
    let listing = try #require(
      try JSONSerialization.jsonObject(with: Data(list.output.utf8)) as? [String: Any])
    #expect((listing["runs"] as? [[String: Any]])?.count == 3)
    let sweeps = try #require(listing["sweeps"] as? [[String: Any]])
    try #require(sweeps.count == 1)
    #expect(sweeps[0]["path"] as? String == "./out" && sweeps[0]["name"] as? String == "failing")
    #expect(sweeps[0]["state"] as? String == "failed")
    #expect(sweeps[0]["finished"] as? Int == 2 && sweeps[0]["failed"] as? Int == 1)
    // The runs of a sweep are not in the way of others.
    let outer = try CommandLineProgram.run(["list", "."], in: folder.url).output
    #expect(outer.contains("2 of 3") && !outer.contains("out/runs/"))
    let inner = try CommandLineProgram.run(["list", "out"], in: folder.url).output
    #expect(inner.contains("out/runs/2-dropout_rate-1"))
  }

  @Test func anInterruptedSweepCanBeContinued() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    let running = try CommandLineProgram.start(
      ["sweep", "experiment.yaml", "--out", "out", "--jobs", "1", "--quiet"], in: folder.url)
    #expect(running.wait { finished(folder, "out") >= 1 })
    running.kill(SIGINT)
    let result = try running.wait()
    #expect(result.exitCode == 130)
    #expect(result.message.contains("fedsim resume out"))
    #expect(running.workers.isEmpty)
    let resumed = try CommandLineProgram.run(
      ["resume", "out", "--jobs", "2", "--quiet"], in: folder.url)
    #expect(resumed.exitCode == 0, "\(resumed.errors)")
    #expect(finished(folder, "out") == 12)
    #expect(try folder.text(of: "out/log.txt").contains("2 at a time with 1 workers each"))
    for wrong in [["out", "--workers", "2"], ["out/\(runs(folder, "out")[0])", "--jobs", "2"]] {
      #expect(
        try CommandLineProgram.run(["resume"] + wrong, in: folder.url).exitCode == 64, "\(wrong)")
    }
    #expect(try sweep(folder, "out").exitCode == 0, "a finished sweep is no error")
  }

  @Test func everyPointIsPlanned() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    let json = try CommandLineProgram.run(["plan", "experiment.yaml", "--json"], in: folder.url)
    #expect(json.exitCode == 0, "\(json.errors)")
    let parsed = try JSONSerialization.jsonObject(with: Data(json.output.utf8))
    let points = try #require((parsed as? [String: Any])?["points"] as? [[String: Any]])
    #expect(
      points.map { $0["cohort_size"] as? Int } == Array(repeating: 4, count: 6)
        + Array(repeating: 8, count: 6))
    let single = try CommandLineProgram.run(
      ["plan", "experiment.yaml", "--json", "--set", "sweep=null"], in: folder.url)
    let plan = try #require(
      try JSONSerialization.jsonObject(with: Data(single.output.utf8)) as? [String: Any])
    #expect(plan["points"] == nil && Set(plan.keys).isSubset(of: points[0].keys))
    let table = try CommandLineProgram.run(["plan", "experiment.yaml"], in: folder.url)
    #expect(table.output.contains("12 points, 12 runs"))
    #expect(!FileManager.default.fileExists(atPath: folder.file("results").path))
  }

  @Test func nothingIsOverwritten() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    try FileManager.default.createDirectory(
      at: folder.file("taken"), withIntermediateDirectories: true)
    try folder.write("mine", to: "taken/file")
    #expect(try sweep(folder, "taken").exitCode == 74)
    let options = ["--set", "sweep.seed=1", "--quiet", "--set", "training.rounds=1"]
    let first = try CommandLineProgram.run(
      ["sweep", "experiment.yaml"] + options, in: folder.url)
    #expect(first.exitCode == 0, "\(first.errors)")
    let path = try #require(first.output.split(separator: "\n").first.map(String.init))
    #expect(path.hasPrefix("results/tiny/sweep-"))
    let other = try sweep(folder, path)
    #expect(other.exitCode == 74)
    #expect(other.message.contains("another sweep"))
  }
}
