import Foundation
import Glibc
import Testing

/// Clients that keep something, behind secure aggregation with dropouts in every phase: what they keep is
/// the same whatever happens to the processes.
@Suite(.serialized) struct ClientStateTests {
  /// Of an algorithm.
  static let experiment = """
    name: stateful
    population: {clients: 60, days: 12}
    model: {kind: logistic, vocabulary: 64}
    algorithm: {name: scaffold}
    training: {rounds: 60, cohort_size: 16, max_examples: 40}
    evaluation: {every: 0}
    checkpoint: {every: 5}
    secure_aggregation: {protocol: secagg_plus, dropout_fraction: 0.5}
    faults:
      dropout_rate: 0.1
      before_keys_rate: 0.05
      after_shares_rate: 0.05
      after_upload_rate: 0.05
      before_unmask_rate: 0.05
    """

  /// Of personal models: heads that stay on the phones.
  static let personal =
    experiment
    .replacingOccurrences(
      of: "algorithm: {name: scaffold}", with: "personalisation: {method: fedrep}"
    )
    .replacingOccurrences(
      of: "evaluation: {every: 0}", with: "evaluation: {every: 30, clients: 6, new_clients: 4}")

  private func reference(
    _ experiment: String = experiment, in folder: TemporaryFolder
  ) throws -> URL {
    try folder.write(experiment, to: "experiment.yaml")
    let result = try CommandLineProgram.run(
      ["run", "experiment.yaml", "--workers", "1", "--out", "reference", "--quiet"],
      in: folder.url)
    #expect(result.exitCode == 0, "\(result.errors)")
    return folder.file("reference")
  }

  private func difference(_ left: URL, _ right: URL) throws -> [String] {
    try ["rounds.csv", "model.safetensors", "checkpoint/clients.bin", "evaluation.csv"].filter {
      name in
      let files = [left, right].map { $0.appendingPathComponent(name) }
      // Where nothing is evaluated neither has the last.
      guard files.contains(where: { FileManager.default.fileExists(atPath: $0.path) }) else {
        return false
      }
      return try Data(contentsOf: files[0]) != Data(contentsOf: files[1])
    }
  }

  private func rounds(in run: URL) -> Int {
    let text = try? String(contentsOf: run.appendingPathComponent("rounds.csv"), encoding: .utf8)
    return max(0, (text?.split(separator: "\r\n").count ?? 0) - 1)
  }

  @Test(arguments: [experiment, personal]) func anyNumberOfWorkersKeepsTheSame(
    experiment: String
  ) throws {
    let folder = try TemporaryFolder()
    let reference = try reference(experiment, in: folder)
    for workers in [2, 7] {
      let result = try CommandLineProgram.run(
        ["run", "experiment.yaml", "--workers", "\(workers)", "--out", "w\(workers)", "--quiet"],
        in: folder.url)
      #expect(result.exitCode == 0, "\(result.errors)")
      #expect(try difference(reference, folder.file("w\(workers)")) == [])
    }
  }

  @Test(arguments: [experiment, personal]) func aKilledWorkerAndAKilledRunKeepTheSame(
    experiment: String
  ) throws {
    let folder = try TemporaryFolder()
    let reference = try reference(experiment, in: folder)
    let run = try CommandLineProgram.start(
      ["run", "experiment.yaml", "--workers", "2", "--out", "killed", "--quiet"], in: folder.url)
    #expect(run.wait { run.workers.count == 2 && self.rounds(in: folder.file("killed")) >= 2 })
    for worker in run.workers.prefix(1) { Glibc.kill(worker, SIGKILL) }
    #expect(run.wait { self.rounds(in: folder.file("killed")) >= 7 })
    run.kill(SIGKILL)
    #expect(try run.wait().exitCode == 128 + SIGKILL)
    let resumed = try CommandLineProgram.run(
      ["resume", "killed", "--workers", "3", "--quiet"], in: folder.url)
    #expect(resumed.exitCode == 0, "\(resumed.errors)")
    #expect(try difference(reference, folder.file("killed")) == [])
  }

  /// A file that was changed since the checkpoint is an error, not another result.
  @Test func aDamagedFileIsRefused() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.experiment, to: "experiment.yaml")
    let run = try CommandLineProgram.start(
      ["run", "experiment.yaml", "--out", "killed", "--quiet"], in: folder.url)
    #expect(run.wait { self.rounds(in: folder.file("killed")) >= 7 })
    run.kill(SIGKILL)
    _ = try run.wait()
    let file = folder.file("killed/checkpoint/clients.bin")
    var data = try Data(contentsOf: file)
    data[9] ^= 1
    try data.write(to: file)
    let resumed = try CommandLineProgram.run(["resume", "killed", "--quiet"], in: folder.url)
    #expect(resumed.exitCode == 65)
    #expect(resumed.errors.contains("checkpoint/clients.bin"), "\(resumed.errors)")
  }
}
