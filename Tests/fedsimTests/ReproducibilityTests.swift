import Foundation
import Glibc
import Testing

/// The same configuration gives the same bytes: for any number of workers, whatever is killed.
@Suite(.serialized) struct ReproducibilityTests {
  static let experiment = """
    name: reproducible
    population:
      clients: 60
      days: 16
    model:
      kind: lstm_ranker
      hidden: 16
    training:
      rounds: 12
      cohort_size: 12
      weighting: examples
      server: {optimizer: yogi, learning_rate: 0.05}
    evaluation:
      every: 4
      clients: 5
      new_clients: 3
      local_only_epochs: 1
      pooled_epochs: 2
    faults: {dropout_rate: 0.1}
    checkpoint: {every: 3}
    """

  /// A run that nothing disturbed, with one worker.
  private func reference(in folder: TemporaryFolder) throws -> URL {
    try folder.write(Self.experiment, to: "experiment.yaml")
    let result = try CommandLineProgram.run(
      ["run", "experiment.yaml", "--workers", "1", "--out", "reference", "--quiet"],
      in: folder.url)
    #expect(result.exitCode == 0, "\(result.errors)")
    return folder.file("reference")
  }

  @Test func anyNumberOfWorkersGivesTheSameBytes() throws {
    let folder = try TemporaryFolder()
    let reference = try reference(in: folder)
    for workers in [2, 7] {
      let result = try CommandLineProgram.run(
        ["run", "experiment.yaml", "--workers", "\(workers)", "--out", "w\(workers)", "--quiet"],
        in: folder.url)
      #expect(result.exitCode == 0, "\(result.errors)")
      #expect(differences(reference, folder.file("w\(workers)")) == [])
    }
  }

  /// On a processor without AVX-512 both runs are narrow, and the test shows nothing new.
  @Test func theWidthOfVectorsDoesNotMatter() throws {
    let folder = try TemporaryFolder()
    let reference = try reference(in: folder)
    let result = try CommandLineProgram.run(
      ["run", "experiment.yaml", "--workers", "2", "--out", "narrow", "--quiet"], in: folder.url,
      environment: ["FEDSIM_VECTOR_BITS": "256"])
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(differences(reference, folder.file("narrow")) == [])
  }

  @Test func anotherSeedGivesOtherBytes() throws {
    let folder = try TemporaryFolder()
    let reference = try reference(in: folder)
    _ = try CommandLineProgram.run(
      ["run", "experiment.yaml", "--set", "seed=2", "--out", "other", "--quiet"], in: folder.url)
    let files = differences(reference, folder.file("other"))
    #expect(files.contains("rounds.csv") && files.contains("model.safetensors"))
  }

  @Test func aRunRepeatedFromItsOwnResolvedConfigurationGivesTheSameBytes() throws {
    let folder = try TemporaryFolder()
    let reference = try reference(in: folder)
    let result = try CommandLineProgram.run(
      ["run", "reference/config.yaml", "--out", "again", "--quiet"], in: folder.url)
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(differences(reference, folder.file("again")) == [])
  }

  @Test func aWorkerKilledInMidRoundChangesNothing() throws {
    let folder = try TemporaryFolder()
    let reference = try reference(in: folder)
    let run = try CommandLineProgram.start(
      ["run", "experiment.yaml", "--workers", "2", "--out", "killed"], in: folder.url)
    // Two workers that have set themselves up are training or evaluating.
    #expect(run.wait { run.workers.count == 2 && rounds(in: folder.file("killed")) >= 1 })
    for worker in run.workers.prefix(1) { Glibc.kill(worker, SIGKILL) }
    let result = try run.wait()
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(result.errors.contains("signal 9"), "the loss must be reported: \(result.errors)")
    #expect(differences(reference, folder.file("killed")) == [])
  }

  /// Rounds after which the coordinator is killed: before, just after and between checkpoints.
  @Test(arguments: [1, 6, 10]) func killedAndResumedGivesTheSameBytes(rounds: Int) throws {
    let folder = try TemporaryFolder()
    let reference = try reference(in: folder)
    let run = try CommandLineProgram.start(
      ["run", "experiment.yaml", "--workers", "2", "--out", "killed", "--quiet"], in: folder.url)
    #expect(run.wait { self.rounds(in: folder.file("killed")) >= rounds })
    run.kill(SIGKILL)
    #expect(try run.wait().exitCode == 128 + SIGKILL)
    #expect(
      !FileManager.default.fileExists(atPath: folder.file("killed/model.safetensors").path))
    let resumed = try CommandLineProgram.run(["resume", "killed", "--quiet"], in: folder.url)
    #expect(resumed.exitCode == 0, "\(resumed.errors)")
    #expect(differences(reference, folder.file("killed")) == [])
  }

  @Test func killedAtRandomMomentsUntilItIsFinishedGivesTheSameBytes() throws {
    let folder = try TemporaryFolder()
    let reference = try reference(in: folder)
    var generator = SystemRandomNumberGenerator()
    let delays = (0..<4).map { _ in UInt32.random(in: 50_000..<900_000, using: &generator) }
    print("killed after \(delays) microseconds")
    var command = ["run", "experiment.yaml", "--out", "killed", "--quiet"]
    for delay in delays {
      let run = try CommandLineProgram.start(command, in: folder.url)
      usleep(delay)
      run.kill(SIGKILL)
      _ = try run.wait()
      if FileManager.default.fileExists(atPath: folder.file("killed").path) {
        command = ["resume", "killed", "--quiet"]
      }
    }
    let result = try CommandLineProgram.run(command, in: folder.url)
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(differences(reference, folder.file("killed")) == [])
  }

  @Test(arguments: [SIGINT, SIGTERM]) func anInterruptedRunStopsCleanly(signal: Int32) throws {
    let folder = try TemporaryFolder()
    let reference = try reference(in: folder)
    let run = try CommandLineProgram.start(
      ["run", "experiment.yaml", "--workers", "2", "--out", "stopped", "--quiet"], in: folder.url)
    #expect(run.wait { rounds(in: folder.file("stopped")) >= 2 })
    run.kill(signal)
    let result = try run.wait()
    #expect(result.exitCode == 130)
    #expect(result.message.contains("fedsim resume"))
    #expect(run.workers.isEmpty)
    let manifest = try folder.text(of: "stopped/manifest.json")
    #expect(manifest.contains("\"interrupted\""))
    let resumed = try CommandLineProgram.run(["resume", "stopped", "--quiet"], in: folder.url)
    #expect(resumed.exitCode == 0, "\(resumed.errors)")
    #expect(differences(reference, folder.file("stopped")) == [])
    let again = try CommandLineProgram.run(["resume", "stopped", "--quiet"], in: folder.url)
    #expect(again.exitCode == 0, "resuming a finished run is no error")
    #expect(differences(reference, folder.file("stopped")) == [])
  }

  /// Finished rounds, as the rows of rounds.csv tell.
  private func rounds(in folder: URL) -> Int {
    let file = folder.appendingPathComponent("rounds.csv")
    guard let text = try? String(contentsOf: file, encoding: .utf8) else { return 0 }
    return max(0, text.utf8.reduce(0) { $0 + ($1 == 10 ? 1 : 0) } - 1)
  }
}
