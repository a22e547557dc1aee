import Foundation
import Glibc
import Testing

/// What a registry says of its versions, changed from outside.
struct RegistryChecksumTests {
  /// One run that is two versions, the second in production, and a folder above it all.
  private static func registry(in folder: TemporaryFolder) throws {
    try folder.write(ErrorTests.experiment, to: "experiment.yaml")
    for seed in ["1", "2"] {
      try expectDone(
        ["run", "experiment.yaml", "--out", "all/run\(seed)", "--set", "seed=\(seed)", "--quiet"],
        in: folder)
      try expectDone(["registry", "add", "all/run\(seed)", "--registry", "all"], in: folder)
    }
    try expectDone(
      ["registry", "promote", "2", "--to", "production", "--registry", "all"], in: folder)
  }

  private static func expectDone(_ arguments: [String], in folder: TemporaryFolder) throws {
    let result = try CommandLineProgram.run(arguments, in: folder.url)
    #expect(result.exitCode == 0, "\(arguments) \(result.errors)")
  }

  /// With SQLite as Python has it.
  private static func change(_ sql: String, in folder: TemporaryFolder) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "python3", "-c",
      "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2]); c.commit()",
      folder.file("all/registry.sqlite").path, sql,
    ]
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(sql)")
  }

  private static let readers = [
    ["registry", "list", "--registry", "all"], ["registry", "show", "2", "--registry", "all"],
    ["predict", "2", "--registry", "all", "--client", "3"],
    ["registry", "add", "all/run1", "--registry", "all"],
    ["registry", "rollback", "--registry", "all"], ["verify", "all"],
  ]

  @Test func noRowIsChangedUnnoticed() throws {
    let folder = try TemporaryFolder()
    try Self.registry(in: folder)
    let file = folder.file("all/registry.sqlite")
    let whole = try Data(contentsOf: file)
    let changes: [(sql: String, words: String)] = [
      ("UPDATE version SET epsilon = 0.5 WHERE version = 2", "version 2"),
      (
        "UPDATE version SET metrics = '{\"future_accuracy_top1\":1}' WHERE version = 1", "version 1"
      ),
      ("UPDATE version SET stage = 'retired' WHERE version = 2", "version 2"),
      ("UPDATE version SET run = '/elsewhere' WHERE version = 2", "version 2"),
      ("UPDATE version SET delta = delta + 1e-9 WHERE version = 1", "version 1"),
      ("UPDATE version SET parent = 1 WHERE version = 2", "version 2"),
      ("UPDATE version SET manifest_hash = NULL WHERE version = 1", "version 1"),
      // A row with the digest of another.
      (
        "UPDATE version SET name = 'x', digest = (SELECT digest FROM version WHERE version = 1) "
          + "WHERE version = 2", "version 2"
      ),
      ("DELETE FROM version WHERE version = 1", "added, removed or exchanged"),
      ("DELETE FROM stage_change WHERE id = 2", "added, removed or exchanged"),
      ("UPDATE stage_change SET reason = 'better' WHERE id = 3", "added, removed or exchanged"),
      ("DELETE FROM checksum", "added, removed or exchanged"),
      // As if an older version had made it.
      ("PRAGMA user_version = 1", "is damaged"),
    ]
    for (index, (sql, words)) in changes.enumerated() {
      try Self.change(sql, in: folder)
      // Each change meets two readers and `verify`, each reader several changes.
      let count = Self.readers.count - 1
      for reader in [
        Self.readers[index % count], Self.readers[(index + 2) % count], ["verify", "all"],
      ] {
        let result = try CommandLineProgram.run(reader, in: folder.url)
        #expect(result.exitCode == 65, "\(sql) \(reader): \(result.errors)")
        let said = result.output + result.errors
        #expect(said.contains("registry.sqlite") && said.contains(words), "\(reader): \(said)")
      }
      try whole.write(to: file)
    }
    for reader in Self.readers where !reader.contains("rollback") {
      try Self.expectDone(reader, in: folder)
    }
  }

  @Test func anOlderRegistryIsReadWithANoteAndUpgraded() throws {
    let folder = try TemporaryFolder()
    try Self.registry(in: folder)
    try Self.change(
      """
      DROP TABLE checksum; ALTER TABLE version DROP COLUMN digest;
      ALTER TABLE version DROP COLUMN manifest_hash; ALTER TABLE version DROP COLUMN summary_hash;
      PRAGMA user_version = 1;
      """, in: folder)
    for reader in Self.readers[..<3] + [["verify", "all"]] {
      let result = try CommandLineProgram.run(reader, in: folder.url)
      #expect(result.exitCode == 0, "\(reader): \(result.errors)")
      #expect(result.errors.contains("an older fedsim made it"), "\(reader): \(result.errors)")
    }
    try Self.expectDone(["registry", "promote", "1", "--registry", "all"], in: folder)
    let list = try CommandLineProgram.run(Self.readers[0], in: folder.url)
    #expect(list.exitCode == 0 && list.errors == "", "\(list.errors)")
    try Self.change("UPDATE version SET epsilon = 0.5 WHERE version = 2", in: folder)
    #expect(try CommandLineProgram.run(Self.readers[0], in: folder.url).exitCode == 65)
  }

  private static func copies(in folder: TemporaryFolder) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.file("all/models").path).sorted()
  }

  /// Not the model alone: what was copied with it says what it is.
  @Test func everyCopyIsChecked() throws {
    let folder = try TemporaryFolder()
    try Self.registry(in: folder)
    let copies = try Self.copies(in: folder)
    #expect(copies.count == 2)
    for name in ["manifest.json", "summary.json", "config.yaml", "model.safetensors"] {
      let files = copies.map { folder.file("all/models/\($0)/\(name)") }
      let whole = try files.map { try Data(contentsOf: $0) }
      // Cut, and exchanged for that of the other version.
      for data in [whole[0].dropLast(2), whole[1], nil] {
        if let data {
          try data.write(to: files[0])
        } else {
          try FileManager.default.removeItem(at: files[0])
        }
        let result = try CommandLineProgram.run(["verify", "all", "--json"], in: folder.url)
        #expect(result.exitCode == (data == nil ? 66 : 65), "\(name): \(result.output)")
        // One object, and nothing else.
        let report = try #require(
          try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        #expect(report["is_as_written"] as? Bool == false)
        let problems = try #require(report["problems"] as? [String])
        #expect(problems.count == 1 && problems[0].contains("\(copies[0])/\(name)"), "\(problems)")
        try whole[0].write(to: files[0])
      }
    }
    try Self.expectDone(["verify", "all"], in: folder)
  }

  /// The runs that lie beside the database are checked, and the copies are no runs.
  @Test func aRegistryMayLieBesideRuns() throws {
    let folder = try TemporaryFolder()
    try Self.registry(in: folder)
    let rounds = folder.file("all/run1/rounds.csv")
    let whole = try Data(contentsOf: rounds)
    try whole.dropLast(2).write(to: rounds)
    let damaged = try CommandLineProgram.run(["verify", "all"], in: folder.url)
    #expect(
      damaged.exitCode == 65 && damaged.output.contains("run1/rounds.csv"), "\(damaged.output)")
    try whole.write(to: rounds)
    let list = try CommandLineProgram.run(["list", "all"], in: folder.url)
    #expect(list.exitCode == 0 && !list.output.contains("models/"), "\(list.output)")
    // A model that nobody has listed.
    let name = String(repeating: "0a", count: 16)
    try FileManager.default.copyItem(
      at: folder.file("all/models/\(try #require(Self.copies(in: folder).first))"),
      to: folder.file("all/models/\(name)"))
    let unlisted = try CommandLineProgram.run(["verify", "all"], in: folder.url)
    #expect(
      unlisted.exitCode == 65 && unlisted.output.contains("does not list 1 of the 3 models"),
      "\(unlisted.output)")
    try FileManager.default.removeItem(at: folder.file("all/models/\(name)"))
    // Without its database it is still a registry, and no run to be resumed.
    try FileManager.default.removeItem(at: folder.file("all/registry.sqlite"))
    for path in ["all", ".", "all/models/\(try #require(Self.copies(in: folder).first))"] {
      let lost = try CommandLineProgram.run(["verify", path], in: folder.url)
      #expect(lost.exitCode == 65, "\(path): \(lost.output) \(lost.errors)")
      #expect(
        lost.output.contains("registry.sqlite: is missing") && lost.output.contains("a copy"),
        "\(path): \(lost.output)")
      #expect(!lost.output.contains("resume"), "\(lost.output)")
    }
  }

  @Test func aLifecycleThatLostItsRegistryIsNotWhole() throws {
    let folder = try TemporaryFolder()
    for (name, text) in [
      ("lifecycle.csv", "day\r\n"), ("config.yaml", "name: x\n"),
      ("trainings/1/model.safetensors", "x"),
    ] {
      let file = folder.file("out/\(name)")
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try folder.write(text, to: "out/\(name)")
    }
    let result = try CommandLineProgram.run(["verify", "out"], in: folder.url)
    #expect([65, 66].contains(result.exitCode), "\(result.output)")
    #expect(
      result.output.contains("registry/registry.sqlite: is missing, though versions were trained"),
      "\(result.output)")
  }

  /// Links in a circle stand for a disk that fails to look a name up: nothing is there is another answer.
  @Test func aLookupThatFailsIsAnInputOutputError() throws {
    let folder = try TemporaryFolder()
    try folder.write(ErrorTests.experiment + "\nsweep: {seed: 2}\n", to: "experiment.yaml")
    #expect(symlink("circle", folder.file("circle").path) == 0)
    for arguments in [
      ["sweep", "experiment.yaml", "--out", "circle"], ["resume", "circle"], ["list", "circle"],
      ["verify", "circle"], ["predict", "circle", "--client", "1"],
      ["compare", "circle", "circle"],
      ["plot", "circle"], ["report", "circle"], ["registry", "list", "--registry", "circle"],
      ["data", "describe", "circle"], ["validate", "circle"], ["data", "key", "circle"],
    ] {
      let result = try CommandLineProgram.run(arguments, in: folder.url)
      // The link itself is there: a key is not written over it.
      #expect(result.exitCode == 74, "\(arguments): \(result.errors)")
      #expect(result.message.contains("circle"), "\(result.message)")
    }
    try Self.expectDone(["sweep", "experiment.yaml", "--out", "out", "--quiet"], in: folder)
    let sums = try FileManager.default.contentsOfDirectory(atPath: folder.file("out/runs").path)
      .map { folder.file("out/runs/\($0)/SHA256SUMS") }[0]
    try FileManager.default.removeItem(at: sums)
    #expect(symlink("SHA256SUMS", sums.path) == 0)
    for arguments in [["resume", "out"], ["sweep", "experiment.yaml", "--out", "out"]] {
      let result = try CommandLineProgram.run(arguments, in: folder.url)
      #expect(result.exitCode == 74, "\(arguments): \(result.errors)")
    }
  }
}
