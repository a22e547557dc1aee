import Foundation
import Glibc
import Testing

/// `privacy.randomness: system`: nothing follows from the seed, and nothing is released twice.
@Suite(.serialized) struct SystemRandomnessTests {
  private static func experiment(_ sampling: String, _ privacy: String, _ more: String, rounds: Int)
    -> String
  {
    """
    name: secret
    population: {source: benchmark, clients: 60, new_client_share: 0}
    model: {kind: softmax, vocabulary: 16, sequence_length: 2}
    training: {rounds: \(rounds), cohort_size: 12, \(sampling)}
    privacy: {randomness: system, clipping_bound: 0.1, \(privacy)}
    evaluation: {every: 0}
    checkpoint: {every: 12}
    \(more)
    """
  }

  private static let central = experiment(
    "sampling: poisson", "mechanism: gaussian, noise_multiplier: 1", "", rounds: 150)
  private static let correlated = experiment(
    "sampling: cyclic, min_separation: 3", "mechanism: blt, noise_multiplier: 2",
    "faults: {dropout_rate: 0.2}", rounds: 150)
  private static let distributed = experiment(
    "sampling: fixed_size", "mechanism: skellam, noise_multiplier: 2",
    """
    secure_aggregation: {protocol: secagg_plus, dropout_fraction: 0.3}
    faults: {dropout_rate: 0.1, after_upload_rate: 0.05}
    """, rounds: 40)

  private func run(_ arguments: [String], in folder: TemporaryFolder) throws {
    let result = try CommandLineProgram.run(arguments + ["--quiet"], in: folder.url)
    #expect(result.exitCode == 0, "\(result.errors)")
  }

  /// Whatever somebody saw of a killed run is what the resumed one has: its rounds are the same ones.
  @Test(arguments: [central, correlated, distributed])
  func aResumedRunReleasesNothingAnew(yaml: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(yaml, to: "experiment.yaml")
    for (workers, rounds) in [(2, 5), (1, 17)] {
      let name = "killed\(rounds)"
      let killed = try CommandLineProgram.start(
        ["run", "experiment.yaml", "--workers", "\(workers)", "--out", name, "--quiet"],
        in: folder.url)
      let table = "\(name)/rounds.csv"
      _ = killed.wait { ((try? folder.text(of: table)) ?? "").count { $0.isNewline } > rounds }
      killed.kill(SIGKILL)
      _ = try killed.wait()
      let seen = try folder.text(of: table)
      let privacy = try folder.text(of: "\(name)/privacy.csv")
      let checkpoint = try Data(contentsOf: folder.file("\(name)/checkpoint/state.bin"))
      try run(["resume", name, "--workers", "\(3 - workers)"], in: folder)
      #expect(try folder.text(of: table).hasPrefix(whole(seen)))
      #expect(try folder.text(of: "\(name)/privacy.csv").hasPrefix(whole(privacy)))
      // The key is there as long as it is needed, and no longer.
      let rest = try Data(contentsOf: folder.file("\(name)/checkpoint/state.bin"))
      let label = Data("program".utf8)
      let rounds = try folder.text(of: table).count { $0.isNewline }
      if seen.count(where: \.isNewline) < rounds { #expect(checkpoint.range(of: label) != nil) }
      #expect(rest.range(of: label) == nil)
      #expect(try !folder.text(of: "\(name)/config.yaml").contains("secret:"))
      try run(["resume", name], in: folder)
    }
    #expect(
      try folder.text(of: "killed5/rounds.csv") != folder.text(of: "killed17/rounds.csv"),
      "two runs with one seed draw other cohorts and noise")
  }

  /// The rows that were written to their end.
  private func whole(_ text: String) -> String {
    text.lastIndex(where: \.isNewline).map { String(text[...$0]) } ?? ""
  }

  @Test func anotherProgramDoesNotGoOn() throws {
    let folder = try TemporaryFolder()
    try folder.write(Self.central, to: "experiment.yaml")
    let killed = try CommandLineProgram.start(
      ["run", "experiment.yaml", "--workers", "1", "--out", "run", "--quiet"], in: folder.url)
    _ = killed.wait { FileManager.default.fileExists(atPath: folder.file("run/rounds.csv").path) }
    killed.kill(SIGKILL)
    _ = try killed.wait()
    let other = folder.file("other")
    try FileManager.default.copyItem(atPath: CommandLineProgram.executable, toPath: other.path)
    let handle = try FileHandle(forWritingTo: other)
    try handle.seekToEnd()
    try handle.write(contentsOf: Data([0]))
    try handle.close()
    let process = Process()
    process.executableURL = other
    process.arguments = ["resume", "run"]
    process.currentDirectoryURL = folder.url
    let errors = Pipe()
    process.standardError = errors
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 65, "\(text)")
    #expect(text.contains("another build of fedsim"))
  }
}
