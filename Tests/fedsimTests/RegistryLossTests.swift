import Foundation
import Glibc
import Testing

/// A registry whose database was cut, replaced or lost keeps its models.
struct RegistryLossTests {
  /// A registry with a version for each of three runs, and another with one.
  private static func registries(in folder: TemporaryFolder) throws {
    try folder.write(ErrorTests.experiment, to: "experiment.yaml")
    for seed in 1...3 {
      let run = try CommandLineProgram.run(
        ["run", "experiment.yaml", "--out", "run\(seed)", "--set", "seed=\(seed)"], in: folder.url)
      #expect(run.exitCode == 0, "\(run.errors)")
      try expectDone(["add", "run\(seed)"], in: folder)
      if seed == 1 {
        try FileManager.default.copyItem(
          at: folder.file("registry/registry.sqlite"), to: folder.file("older.sqlite"))
      }
    }
    try expectDone(["add", "run1", "--registry", "second"], in: folder)
  }

  private static func expectDone(_ arguments: [String], in folder: TemporaryFolder) throws {
    let result = try CommandLineProgram.run(["registry"] + arguments, in: folder.url)
    #expect(result.exitCode == 0, "\(arguments) \(result.errors)")
  }

  /// Every file below the models, with its bytes.
  private static func models(in folder: TemporaryFolder) throws -> [String: Data] {
    let models = folder.file("registry/models").path
    let names = try FileManager.default.subpathsOfDirectory(atPath: models)
    var files: [String: Data] = [:]
    for name in names { files[name] = FileManager.default.contents(atPath: "\(models)/\(name)") }
    return files
  }

  enum Loss: String, CaseIterable, CustomTestStringConvertible {
    case empty, missing, cutToHalf, cutToAPage, cutToABlock, zeros, older, ofAnother, aDatabase,
      text
    case aVersionGone

    var testDescription: String { rawValue }

    func happen(in folder: TemporaryFolder) throws {
      let file = folder.file("registry/registry.sqlite")
      let whole = try Data(contentsOf: file)
      switch self {
      case .empty: try Data().write(to: file)
      case .missing: try FileManager.default.removeItem(at: file)
      case .cutToHalf: try whole.prefix(whole.count / 2).write(to: file)
      case .cutToAPage: try whole.prefix(4_096).write(to: file)
      case .cutToABlock: try whole.prefix(512).write(to: file)
      case .zeros: try Data(count: 8_192).write(to: file)
      case .older: try Data(contentsOf: folder.file("older.sqlite")).write(to: file)
      case .ofAnother: try Data(contentsOf: folder.file("second/registry.sqlite")).write(to: file)
      case .aDatabase: try Self.run("CREATE TABLE a (b)", on: file, fresh: true)
      case .text: try Data("versions: 3\n".utf8).write(to: file)
      case .aVersionGone:
        try Self.run(
          "DELETE FROM stage_change WHERE version = 2; DELETE FROM version WHERE version = 2",
          on: file, fresh: false)
      }
    }

    /// With SQLite as Python has it.
    private static func run(_ sql: String, on file: URL, fresh: Bool) throws {
      if fresh { try FileManager.default.removeItem(at: file) }
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = [
        "python3", "-c",
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2]); c.commit()",
        file.path, sql,
      ]
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationStatus == 0)
    }
  }

  @Test func noLossOfTheDatabaseLosesAModel() throws {
    let folder = try TemporaryFolder()
    try Self.registries(in: folder)
    let database = folder.file("registry/registry.sqlite")
    let whole = try Data(contentsOf: database)
    let models = try Self.models(in: folder)
    #expect(models.values.count { !$0.isEmpty } == 12, "three of four files")
    for loss in Loss.allCases {
      try loss.happen(in: folder)
      for change in [
        ["add", "run1"], ["promote", "1"], ["add", "run3"], ["rollback", "--canary"],
      ] {
        let result = try CommandLineProgram.run(["registry"] + change, in: folder.url)
        #expect(result.exitCode == 65, "\(loss) \(change) \(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        #expect(result.message.contains("registry.sqlite") && result.message.hasSuffix("."))
        #expect(result.message.contains("copy"), "what to do: \(result.message)")
        #expect(!result.message.contains("SQLite"), "\(result.message)")
      }
      #expect(try Self.models(in: folder) == models, "\(loss)")
      // With its database back the registry is what it was.
      try whole.write(to: database)
      try Self.expectDone(["show", "2"], in: folder)
    }
    try Self.expectDone(["add", "run2"], in: folder)
  }

  /// Nothing was there to lose: an empty file in an empty folder begins a registry.
  @Test func anEmptyFileWithoutModelsBegins() throws {
    let folder = try TemporaryFolder()
    try Self.registries(in: folder)
    try FileManager.default.createDirectory(
      at: folder.file("new/models"), withIntermediateDirectories: true)
    try Data().write(to: folder.file("new/registry.sqlite"))
    let list = try CommandLineProgram.run(
      ["registry", "list", "--registry", "new"], in: folder.url)
    #expect(list.exitCode == 65 && list.message.contains("is empty"), "\(list.errors)")
    try Self.expectDone(["add", "run1", "--registry", "new"], in: folder)
  }

  /// Only what a copy consists of goes, and only with its mark; other files, and what a link leads to, stay.
  @Test func aLeftoverWithOtherFilesIsLeftAlone() throws {
    let folder = try TemporaryFolder()
    try Self.registries(in: folder)
    let partial = "registry/models/\(String(repeating: "0a", count: 16)).partial"
    try FileManager.default.createDirectory(
      at: folder.file(partial), withIntermediateDirectories: true)
    try folder.write("mine", to: "\(partial)/notes.txt")
    try folder.write("mine", to: "\(partial)/model.safetensors")
    let link = "registry/models/\(String(repeating: "0b", count: 16)).partial"
    #expect(symlink(folder.file("run1").path, folder.file(link).path) == 0)
    try Self.expectDone(["promote", "1"], in: folder)
    #expect(try folder.text(of: "\(partial)/notes.txt") == "mine")
    #expect(try folder.text(of: "\(partial)/model.safetensors") == "mine")
    #expect(FileManager.default.fileExists(atPath: folder.file("run1/model.safetensors").path))
  }

  @Test func onlyTheOwnerReadsWhatIsNewAndWhatIsThereStays() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      at: folder.file("second"), withIntermediateDirectories: false,
      attributes: [.posixPermissions: 0o750])
    try Self.registries(in: folder)
    #expect(mode(folder.file("second").path) == 0o750)
    var paths = [folder.file("registry").path]
    let found = FileManager.default.enumerator(atPath: paths[0])
    while let name = found?.nextObject() as? String { paths.append("\(paths[0])/\(name)") }
    #expect(paths.count == 18)
    for path in paths {
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      #expect(mode(path) == (isFolder.boolValue ? 0o700 : 0o600), "\(path)")
    }
  }

  private func mode(_ path: String) -> mode_t {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
  }

  @Test(arguments: [
    "", "{", "[1]", "{\"delta\": \"x\"}", "null", "\u{0}", "{\"delta\": 1e999}", "{\"future\": 3}",
  ]) func aDamagedSummaryIsOneSentence(text: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(ErrorTests.experiment, to: "experiment.yaml")
    _ = try CommandLineProgram.run(["run", "experiment.yaml", "--out", "run"], in: folder.url)
    try folder.write(text, to: "run/summary.json")
    for arguments in [
      ["registry", "add", "run"], ["plot", "run"], ["report", "run"], ["compare", "run"],
    ] {
      let result = try CommandLineProgram.run(arguments, in: folder.url)
      if arguments[0] == "registry" { #expect(result.exitCode == 65, "\(text) \(result.errors)") }
      #expect([0, 65, 74].contains(result.exitCode), "\(arguments) \(text) \(result.errors)")
      guard result.exitCode != 0 else { continue }
      #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
      for word in ["Error Domain", "DecodingError", "NSCocoaError", "Swift."] {
        #expect(!result.errors.contains(word), "\(result.errors)")
      }
    }
    #expect(!FileManager.default.fileExists(atPath: folder.file("registry").path))
  }
}
