import Foundation
import Glibc
import Testing

/// `fedsim registry`, with real processes that work at once and are killed.
struct RegistryTests {
  /// A registry with versions of one run; the first is in production.
  private static func registry(_ versions: Int, in folder: TemporaryFolder) throws {
    try folder.write(ErrorTests.experiment, to: "experiment.yaml")
    let run = try CommandLineProgram.run(
      ["run", "experiment.yaml", "--out", "run"], in: folder.url)
    #expect(run.exitCode == 0, "\(run.errors)")
    for _ in 0..<versions { try expectDone(["add", "run"], in: folder) }
    try expectDone(["promote", "1", "--to", "production"], in: folder)
  }

  private static func expectDone(_ arguments: [String], in folder: TemporaryFolder) throws {
    let result = try CommandLineProgram.run(["registry"] + arguments, in: folder.url)
    #expect(result.exitCode == 0, "\(arguments) \(result.errors)")
  }

  private static func object(
    _ arguments: [String], in folder: TemporaryFolder
  ) throws -> [String: Any] {
    let result = try CommandLineProgram.run(arguments + ["--json"], in: folder.url)
    #expect(result.exitCode == 0, "\(result.errors)")
    let parsed = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    return try #require(parsed as? [String: Any])
  }

  private static func stages(in folder: TemporaryFolder) throws -> [Int: String] {
    let list = try object(["registry", "list"], in: folder)
    let versions = try #require(list["versions"] as? [[String: Any]])
    var stages: [Int: String] = [:]
    for version in versions {
      stages[try #require(version["version"] as? Int)] = version["stage"] as? String
    }
    return stages
  }

  @Test func aVersionGoesFromCandidateToProductionAndBack() throws {
    let folder = try TemporaryFolder()
    try Self.registry(2, in: folder)
    try Self.expectDone(["promote", "2"], in: folder)
    #expect(try Self.stages(in: folder) == [1: "production", 2: "canary"])
    try Self.expectDone(["promote", "2", "--reason", "better"], in: folder)
    #expect(try Self.stages(in: folder) == [1: "retired", 2: "production"])
    try Self.expectDone(["rollback"], in: folder)
    #expect(try Self.stages(in: folder) == [1: "production", 2: "retired"])

    let report = try Self.object(["registry", "show", "2"], in: folder)
    let changes = try #require(report["changes"] as? [[String: Any]])
    #expect(
      changes.map { $0["to"] as? String } == ["candidate", "canary", "production", "retired"])
    #expect(changes[2]["reason"] as? String == "better")
    let version = try #require(report["version"] as? [String: Any])
    let details = try #require(version["details"] as? [String: Any])
    let manifest = try #require(
      JSONSerialization.jsonObject(with: Data(contentsOf: folder.file("run/manifest.json")))
        as? [String: Any])
    #expect(details["config_hash"] as? String == manifest["config_hash"] as? String)
    let metrics = try #require(details["metrics"] as? [String: Double])
    #expect(metrics["future_accuracy_top1"] != nil && metrics["new_clients_mrr"] != nil)
    let prediction = try Self.object(
      ["predict", "production", "--registry", "registry", "--client", "3"], in: folder)
    let direct = try Self.object(["predict", "run", "--client", "3"], in: folder)
    #expect(
      try JSONSerialization.data(
        withJSONObject: prediction["predictions"] ?? [], options: .sortedKeys)
        == JSONSerialization.data(withJSONObject: direct["predictions"] ?? [], options: .sortedKeys)
    )
  }

  @Test func problemsAreOneSentenceWithTheRightExitCode() throws {
    let folder = try TemporaryFolder()
    let none = try CommandLineProgram.run(["registry", "list"], in: folder.url)
    #expect(none.exitCode == 66 && none.message.contains("fedsim registry add"))
    try Self.registry(3, in: folder)
    try Self.expectDone(["promote", "2", "--to", "canary"], in: folder)
    let cases: [(arguments: [String], exitCode: Int32, words: String)] = [
      (["promote", "9"], 66, "no version '9'"),
      (["promote", "1"], 64, "is production and cannot become production"),
      (["promote", "3"], 64, "version 2 is the canary"),
      (["rollback"], 64, "was the first in production"),
      (["show", "staging"], 66, "no version 'staging'"),
      (["promote", "2", "--to", "retired"], 64, "retired"),
      (["add", "nowhere"], 66, "nowhere"),
    ]
    for (arguments, exitCode, words) in cases {
      let result = try CommandLineProgram.run(["registry"] + arguments, in: folder.url)
      #expect(result.exitCode == exitCode, "\(arguments)")
      #expect(result.errors.contains(words), "\(result.errors)")
    }
    try Self.expectDone(["rollback", "--canary"], in: folder)
    #expect(try Self.stages(in: folder) == [1: "production", 2: "retired", 3: "candidate"])
  }

  @Test func aModelThatWasChangedIsNotLoaded() throws {
    let folder = try TemporaryFolder()
    try Self.registry(1, in: folder)
    let models = try FileManager.default.contentsOfDirectory(
      atPath: folder.file("registry/models").path)
    let file = folder.file("registry/models/\(try #require(models.first))/model.safetensors")
    var model = try Data(contentsOf: file)
    model[model.count - 1] ^= 1
    try model.write(to: file)
    for arguments in [
      ["predict", "1", "--registry", "registry", "--client", "3"], ["registry", "show", "1"],
    ] {
      let result = try CommandLineProgram.run(arguments, in: folder.url)
      #expect(result.exitCode == 65)
      #expect(result.message.contains("is not the file that was registered as version 1"))
    }
  }

  /// What lies in the folder of the copies.
  private static func copies(in folder: TemporaryFolder) throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: folder.file("registry/models").path))
  }

  @Test func aDamagedCopyIsMadeAgain() throws {
    let folder = try TemporaryFolder()
    try Self.registry(1, in: folder)
    let copy = try #require(Self.copies(in: folder).first)
    let file = folder.file("registry/models/\(copy)/model.safetensors")
    let model = try Data(contentsOf: file)
    try model.dropLast(9).write(to: file)
    try Self.expectDone(["add", "run"], in: folder)
    #expect(try Data(contentsOf: file) == model)
    #expect(try Self.copies(in: folder) == [copy])
  }

  @Test(arguments: [["add", "run"], ["promote", "2"], ["rollback", "--canary"]])
  func everyChangeRemovesLeftovers(_ change: [String]) throws {
    let folder = try TemporaryFolder()
    try Self.registry(2, in: folder)
    if change[0] == "rollback" { try Self.expectDone(["promote", "2"], in: folder) }
    let known = try Self.copies(in: folder)
    let other = String(repeating: "0a", count: 16)
    for name in [other, "\(other).partial", "\(try #require(known.first)).partial", "notes"] {
      let copy = folder.file("registry/models/\(name)")
      try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
      try Data("x".utf8).write(to: copy.appendingPathComponent("model.safetensors"))
      // What an `add` that was killed before its commit leaves under the final name.
      if name == other { try Data().write(to: copy.appendingPathComponent(".unregistered")) }
    }
    try Self.expectDone(change, in: folder)
    // What no registry makes is somebody's own.
    #expect(try Self.copies(in: folder) == known.union(["notes"]))
  }

  /// Killed at any instant, `add` has registered a whole copy or nothing.
  @Test func aKilledAddLeavesTheRegistryConsistent() throws {
    let folder = try TemporaryFolder()
    try Self.registry(1, in: folder)
    let other = try CommandLineProgram.run(
      ["run", "experiment.yaml", "--out", "other", "--set", "seed=2"], in: folder.url)
    #expect(other.exitCode == 0, "\(other.errors)")
    var killed = 0
    for attempt in 0..<40 {
      let program = try CommandLineProgram.start(["registry", "add", "other"], in: folder.url)
      usleep(useconds_t(700 * (attempt % 40)))
      program.kill(SIGKILL)
      if try program.wait().exitCode == 128 + SIGKILL { killed += 1 }
      let stages = try Self.stages(in: folder)
      #expect(stages[1] == "production")
      for (version, stage) in stages where version > 1 {
        #expect(stage == "candidate")
        // Checks the copy's hashes.
        _ = try Self.object(["registry", "show", "\(version)"], in: folder)
      }
    }
    #expect(killed > 5)
    try Self.expectDone(["add", "run"], in: folder)
    let hasOther = try Self.stages(in: folder).count > 2
    #expect(try Self.copies(in: folder).count == (hasOther ? 2 : 1))
  }

  /// Two processes that add and two that promote, at once and again and again.
  @Test func addsAndPromotionsAtOnceTakeTurns() throws {
    let folder = try TemporaryFolder()
    try Self.registry(9, in: folder)
    for turn in 1...4 {
      let programs = try [
        ["add", "run"], ["promote", "\(2 * turn)", "--to", "production"], ["add", "run"],
        ["promote", "\(2 * turn + 1)", "--to", "production"],
      ].map { try CommandLineProgram.start(["registry"] + $0, in: folder.url) }
      for program in programs {
        let result = try program.wait()
        #expect(result.exitCode == 0, "\(result.errors)")
      }
    }
    let stages = try Self.stages(in: folder)
    #expect(stages.count == 17)
    #expect(stages.values.count { $0 == "production" } == 1)
    #expect(try Self.copies(in: folder).count == 1)
  }

  /// Everybody wants their own version in production, again and again.
  @Test func twoProcessesAtOnceTakeTurns() throws {
    let folder = try TemporaryFolder()
    try Self.registry(13, in: folder)
    for pair in 1...6 {
      let programs = try [2 * pair, 2 * pair + 1].map { version in
        try CommandLineProgram.start(
          ["registry", "promote", "\(version)", "--to", "production"], in: folder.url)
      }
      for program in programs {
        let result = try program.wait()
        #expect(result.exitCode == 0, "\(result.errors)")
      }
    }
    let stages = try Self.stages(in: folder)
    #expect(stages.values.count { $0 == "production" } == 1)
    #expect(stages.values.count { $0 == "retired" } == 12)
    // All the way back: every promotion was remembered by the one after it.
    for _ in 0..<12 { try Self.expectDone(["rollback"], in: folder) }
    #expect(try Self.stages(in: folder)[1] == "production")
  }

  /// Killed at any instant, a promotion or rollback has happened whole or not at all.
  @Test func killedProcessesLeaveTheRegistryConsistent() throws {
    let folder = try TemporaryFolder()
    try Self.registry(2, in: folder)
    var killed = 0
    for attempt in 0..<60 {
      let isFirst = try Self.stages(in: folder)[1] == "production"
      if try Self.stages(in: folder)[2] == "retired" {
        // Version 2 was rolled back: the next one to promote is a new one of the same run.
        try FileManager.default.removeItem(at: folder.file("registry"))
        for _ in 0..<2 { try Self.expectDone(["add", "run"], in: folder) }
        try Self.expectDone(["promote", "1", "--to", "production"], in: folder)
      }
      let program = try CommandLineProgram.start(
        ["registry"]
          + (isFirst ? ["promote", "2", "--to", "production"] : ["rollback"]), in: folder.url)
      usleep(useconds_t(500 * (attempt % 40)))
      program.kill(SIGKILL)
      let result = try program.wait()
      if result.exitCode == 128 + SIGKILL { killed += 1 }

      let stages = try Self.stages(in: folder)
      #expect(stages.values.count { $0 == "production" } == 1, "\(stages)")
      for (version, stage) in stages {
        let report = try Self.object(["registry", "show", "\(version)"], in: folder)
        let changes = try #require(report["changes"] as? [[String: Any]])
        #expect(changes.last?["to"] as? String == stage)
      }
    }
    #expect(killed > 10)
  }
}
