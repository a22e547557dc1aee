import Foundation
import Glibc
import Testing

/// Sealed logs and their retention, from the command line.
struct SealedDataTests {
  private static let experiment = """
    name: sealed
    population: {source: file, path: sealed.sqlite, seal_key_file: keys/seal.key}
    model: {kind: logistic}
    training: {rounds: 2, cohort_size: 4}
    evaluation: {every: 2, test_days: 2, clients: 3, new_clients: 1}
    """

  /// A folder with a log, imported in clear and sealed, and an experiment on the sealed one.
  private static func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      at: folder.file("keys"), withIntermediateDirectories: true)
    try folder.write(experiment, to: "experiment.yaml")
    for arguments in [
      ["key", "keys/seal.key"], ["key", "keys/ids.key"], ["key", "keys/other.key"],
      ["generate", "--clients", "12", "--days", "9", "--out", "log.csv"],
      ["import", "log.csv", "--key-file", "keys/ids.key", "--out", "clear.sqlite"],
      [
        "import", "log.csv", "--key-file", "keys/ids.key", "--seal-key-file", "keys/seal.key",
        "--out", "sealed.sqlite",
      ],
    ] {
      let result = try CommandLineProgram.run(["data"] + arguments, in: folder.url)
      #expect(result.exitCode == 0, "\(result.errors)")
    }
    return folder
  }

  private static func tensors(_ run: String, in folder: TemporaryFolder) throws -> Data {
    let file = try Data(contentsOf: folder.file("\(run)/model.safetensors"))
    // The header names the configuration, which differs; its length comes first.
    let length = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    return file.dropFirst(8 + length)
  }

  @Test func sealedRunsHaveTheBytesOfRunsInClear() throws {
    let folder = try Self.folder()
    let clear = ["--set", "population.path=clear.sqlite", "--set", "population.seal_key_file=null"]
    for arguments in [
      ["sealed", "--workers", "2"], ["clear"] + clear,
      ["frames", "--workers", "2", "--set", "workers.seal_frames=true"],
    ] {
      let result = try CommandLineProgram.run(
        ["run", "experiment.yaml", "--out"] + arguments, in: folder.url)
      #expect(result.exitCode == 0, "\(result.errors)")
    }
    for other in ["clear", "frames"] {
      #expect(
        differences(folder.file("sealed"), folder.file(other))
          == ["config.yaml", "model.safetensors"])
      #expect(
        try Self.tensors("sealed", in: folder) == Self.tensors(other, in: folder))
    }
    let prediction = try CommandLineProgram.run(
      ["predict", "sealed", "--client", "3", "--json"], in: folder.url)
    #expect(prediction.exitCode == 0, "\(prediction.errors)")
  }

  @Test func problemsAreOneSentenceWithTheRightExitCode() throws {
    let folder = try Self.folder()
    let run = ["run", "experiment.yaml", "--out", "run"]
    let path = "--set=population.path=clear.sqlite"
    let cases: [(arguments: [String], exitCode: Int32, words: String)] = [
      (run + ["--set", "population.seal_key_file=null"], 65, "is sealed"),
      (run + ["--set", "population.seal_key_file=keys/other.key"], 65, "is not the key"),
      (run + ["--set", "population.seal_key_file=keys/none.key"], 66, "keys/none.key"),
      (run + [path], 65, "is not sealed"),
      (
        run + ["--set", "population={source: synthetic, seal_key_file: keys/seal.key}"], 78,
        "seal_key_file"
      ),
      (["data", "describe", "sealed.sqlite"], 65, "is sealed"),
      (["data", "import", "log.csv", "--seal-key-file", "none", "--out", "x"], 66, "none"),
      (["data", "key", "keys/seal.key"], 74, "exists"),
      (["data", "expire", "none.sqlite", "--keep-days", "3"], 66, "none.sqlite"),
      (["data", "expire", "log.csv", "--keep-days", "3"], 65, "log.csv"),
      (["data", "expire", "sealed.sqlite"], 64, "either"),
      (["data", "expire", "sealed.sqlite", "--before", "2026-02-30"], 64, "2026-01-31"),
    ]
    for (arguments, exitCode, words) in cases {
      let result = try CommandLineProgram.run(arguments, in: folder.url)
      #expect(result.exitCode == exitCode, "\(arguments) \(result.errors)")
      #expect(result.errors.contains(words), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder.file("run").path))
    }
  }

  /// A run that has begun goes on with the data it began with, or not at all.
  @Test func aLogThatWasExpiredEndsItsRuns() throws {
    let folder = try Self.folder()
    let run = try CommandLineProgram.run(
      ["run", "experiment.yaml", "--out", "run"], in: folder.url)
    #expect(run.exitCode == 0, "\(run.errors)")
    let expired = try CommandLineProgram.run(
      ["data", "expire", "sealed.sqlite", "--keep-days", "6", "--json"], in: folder.url)
    #expect(expired.exitCode == 0, "\(expired.errors)")
    let prediction = try CommandLineProgram.run(
      ["predict", "run", "--client", "3"], in: folder.url)
    #expect(prediction.exitCode == 65)
    #expect(prediction.message.contains("is not the log this model was trained on"))
    let again = try CommandLineProgram.run(
      ["run", "experiment.yaml", "--out", "again"], in: folder.url)
    #expect(again.exitCode == 0, "\(again.errors)")
  }

  /// Killed at any instant, expiry has deleted all it was to delete or nothing.
  @Test func aKilledExpiryLeavesAWholeLog() throws {
    let folder = try Self.folder()
    let whole = try Data(contentsOf: folder.file("sealed.sqlite"))
    let describe = ["data", "describe", "sealed.sqlite", "--seal-key-file", "keys/seal.key"]
    let before = try CommandLineProgram.run(describe, in: folder.url).output
    let expire = ["data", "expire", "sealed.sqlite", "--keep-days", "4"]
    #expect(try CommandLineProgram.run(expire, in: folder.url).exitCode == 0)
    let after = try CommandLineProgram.run(describe, in: folder.url).output
    #expect(before != after)
    var killed = 0
    for attempt in 0..<40 {
      try? FileManager.default.removeItem(at: folder.file("sealed.sqlite-journal"))
      try whole.write(to: folder.file("sealed.sqlite"))
      let program = try CommandLineProgram.start(expire, in: folder.url)
      usleep(useconds_t(500 * attempt))
      program.kill(SIGKILL)
      if try program.wait().exitCode == 128 + SIGKILL { killed += 1 }
      let now = try CommandLineProgram.run(describe, in: folder.url)
      #expect(now.exitCode == 0 && [before, after].contains(now.output), "\(now.errors)")
    }
    #expect(killed > 5)
  }
}
