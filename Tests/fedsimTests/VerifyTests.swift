import Foundation
import Glibc
import Testing

/// Damaged and exchanged files, and every command that reads them.
struct VerifyTests {
  /// Two seeds of one experiment, with a sweep's table where `sweep` says so.
  private static func runs(in folder: TemporaryFolder) throws {
    try folder.write(ErrorTests.experiment, to: "experiment.yaml")
    for seed in ["1", "2"] {
      let run = try CommandLineProgram.run(
        ["run", "experiment.yaml", "--set", "seed=\(seed)", "--out", "run\(seed)", "--quiet"],
        in: folder.url)
      #expect(run.exitCode == 0, "\(run.errors)")
    }
  }

  /// Readers and the files they use.
  private static let readers: [(arguments: [String], files: [String])] = [
    (
      ["predict", "run1", "--client", "3"],
      ["config.yaml", "manifest.json", "model.safetensors", "SHA256SUMS"]
    ),
    (
      ["compare", "run1", "run2"],
      [
        "config.yaml", "manifest.json", "summary.json", "evaluation.csv", "clients.csv",
        "system.csv",
      ]
    ),
    (
      ["registry", "add", "run1", "--registry", "models"],
      ["config.yaml", "manifest.json", "model.safetensors", "summary.json"]
    ),
    (["predict", "run1", "--confidence"], ["clients.csv"]),
    (
      ["report", "run1", "--out", "report.html"],
      ["summary.json", "evaluation.csv", "segments.csv", "system.csv", "manifest.json"]
    ),
    (
      ["plot", "run1", "--figure", "accuracy-rounds", "--out", "f"],
      ["evaluation.csv", "clients.csv"]
    ),
  ]

  private static var hasGnuplot: Bool {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .contains { FileManager.default.isExecutableFile(atPath: "\($0)/gnuplot") }
  }

  private static func change(_ name: String, _ data: Data?, in folder: TemporaryFolder) throws {
    let file = folder.file("run1/\(name)")
    if let data { try data.write(to: file) } else { try FileManager.default.removeItem(at: file) }
  }

  @Test func everyReaderNoticesWhatItReads() throws {
    let folder = try TemporaryFolder()
    try Self.runs(in: folder)
    let whole = try CommandLineProgram.run(["verify", "run1", "run2"], in: folder.url)
    #expect(whole.exitCode == 0 && whole.output.hasSuffix("files checked, all as written.\n"))
    var turn = 0
    for (arguments, names) in Self.readers {
      if ["report", "plot"].contains(arguments[0]), !Self.hasGnuplot { continue }
      for name in names {
        let old = try Data(contentsOf: folder.file("run1/\(name)"))
        let other = try Data(contentsOf: folder.file("run2/\(name)"))
        var flipped = old
        flipped[flipped.count / 2] ^= 1
        // Each in turn, so that every reader meets most of them.
        let changes: [(data: Data?, exitCodes: [Int32])] = [
          (flipped, [65]), (old.dropLast(2), [65]), (other, [65]), (nil, [66]),
          (old + Data("1\r\n".utf8), [65]),
        ]
        for change in [changes[turn % 5], changes[(turn + 2) % 5]] {
          try Self.change(name, change.data, in: folder)
          let result = try CommandLineProgram.run(arguments, in: folder.url)
          #expect(
            change.exitCodes.contains(result.exitCode),
            "\(arguments), \(name), \(turn): \(result.exitCode) \(result.errors)")
          #expect(result.message.contains("run1"), "\(result.message)")
          let verified = try CommandLineProgram.run(["verify", "run1", "--json"], in: folder.url)
          #expect(change.exitCodes.contains(verified.exitCode), "\(name): \(verified.output)")
          try old.write(to: folder.file("run1/\(name)"))
        }
        turn += 1
      }
      let again = try CommandLineProgram.run(arguments, in: folder.url)
      #expect(again.exitCode == 0, "\(arguments): \(again.errors)")
    }
  }

  @Test func listMarksWhatIsDamagedAndGoesOn() throws {
    let folder = try TemporaryFolder()
    try Self.runs(in: folder)
    for name in ["manifest.json", "summary.json", "rounds.csv"] {
      let old = try Data(contentsOf: folder.file("run1/\(name)"))
      for new in [old.dropLast(3), nil] {
        try Self.change(name, new, in: folder)
        let list = try CommandLineProgram.run(["list", "."], in: folder.url)
        #expect(list.exitCode == 0 && list.errors.contains("run1"), "\(name): \(list.errors)")
        let lines = list.output.split(separator: "\n")
        #expect(lines.contains { $0.contains("run1") && $0.contains("damaged") }, "\(list.output)")
        #expect(lines.contains { $0.contains("run2") && $0.contains("finished") }, "\(list.output)")
      }
      try old.write(to: folder.file("run1/\(name)"))
    }
  }

  /// The same files as coreutils sees them.
  @Test func coreutilsReadsTheList() throws {
    let folder = try TemporaryFolder()
    try Self.runs(in: folder)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/sha256sum")
    process.arguments = ["--check", "--strict", "--quiet", "SHA256SUMS"]
    process.currentDirectoryURL = folder.file("run1")
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  @Test func aSweepIsBoundToItsRuns() throws {
    let folder = try TemporaryFolder()
    try folder.write(ErrorTests.experiment + "\nsweep: {seed: 2}\n", to: "experiment.yaml")
    let made = try CommandLineProgram.run(
      ["sweep", "experiment.yaml", "--out", "out", "--quiet"], in: folder.url)
    #expect(made.exitCode == 0, "\(made.errors)")
    let table = try folder.text(of: "out/sweep.csv")
    let runs = try FileManager.default.contentsOfDirectory(atPath: folder.file("out/runs").path)
      .sorted().map { folder.file("out/runs/\($0)") }
    func expect(_ exitCode: Int32, _ arguments: [String], _ word: String = "") throws {
      let result = try CommandLineProgram.run(arguments, in: folder.url)
      #expect(
        result.exitCode == exitCode
          && (word.isEmpty || (result.output + result.errors).contains(word)),
        "\(arguments): \(result.exitCode) \(result.output)\(result.errors)")
    }
    try expect(0, ["verify", "out"], "all as written")
    try expect(0, ["compare", "out"])

    // The table, with another number in it; resuming writes it again.
    try folder.write(table.replacing("finished,2", with: "finished,3"), to: "out/sweep.csv")
    try expect(65, ["verify", "out"], "out/sweep.csv")
    if Self.hasGnuplot { try expect(65, ["report", "out"], "out/sweep.csv") }
    try expect(0, ["resume", "out", "--quiet"])
    #expect(try folder.text(of: "out/sweep.csv") == table)
    try expect(0, ["verify", "out"])

    // Whole runs that stand in each other's place.
    let spare = folder.file("spare")
    func swap() throws {
      try FileManager.default.moveItem(at: runs[0], to: spare)
      try FileManager.default.moveItem(at: runs[1], to: runs[0])
      try FileManager.default.moveItem(at: spare, to: runs[1])
    }
    try swap()
    for arguments in [["verify", "out"], ["compare", "out"], ["resume", "out", "--quiet"]] {
      try expect(65, arguments)
    }
    try swap()
    try expect(0, ["resume", "out", "--quiet"])

    // A damaged run is not used, and does not stop the others.
    let model = runs[1].appendingPathComponent("evaluation.csv")
    let old = try Data(contentsOf: model)
    try old.dropLast(1).write(to: model)
    try expect(65, ["resume", "out", "--quiet"], "evaluation.csv")
    #expect(try folder.text(of: "out/sweep.csv").contains("failed"))
    try old.write(to: model)
    try expect(0, ["resume", "out", "--quiet"])
    #expect(try folder.text(of: "out/sweep.csv") == table)
    try expect(0, ["verify", "out"])

    // Another sweep's file, and a list that is gone.
    let file = try folder.text(of: "out/sweep.yaml")
    try folder.write(file.replacing("rounds: 2", with: "rounds: 3"), to: "out/sweep.yaml")
    for arguments in [["verify", "out"], ["compare", "out"], ["resume", "out", "--quiet"]] {
      try expect(65, arguments, "sweep.yaml")
    }
    try folder.write(file, to: "out/sweep.yaml")
    try FileManager.default.removeItem(at: folder.file("out/SHA256SUMS"))
    for arguments in [["verify", "out"], ["compare", "out"]] {
      try expect(66, arguments, "out/SHA256SUMS")
    }
    try expect(0, ["resume", "out", "--quiet"])
    try expect(0, ["verify", "."], "all as written")
  }

  // MARK: - Folders

  private static func mode(_ url: URL) -> mode_t {
    var status = stat()
    return lstat(url.path, &status) == 0 ? status.st_mode & 0o7777 : 0
  }

  @Test func runsAreForTheirOwnerAlone() throws {
    let folder = try TemporaryFolder()
    try folder.write(ErrorTests.experiment, to: "experiment.yaml")
    let given = folder.file("given")
    try FileManager.default.createDirectory(at: given, withIntermediateDirectories: false)
    #expect(chmod(given.path, 0o750) == 0)
    for out in ["results/deep/run", "given"] {
      let run = try CommandLineProgram.run(
        ["run", "experiment.yaml", "--out", out, "--quiet"], in: folder.url)
      #expect(run.exitCode == 0, "\(run.errors)")
    }
    #expect(Self.mode(folder.file("results")) & 0o077 != 0, "as the umask says")
    let run = folder.file("results/deep/run")
    #expect(Self.mode(run) == 0o700)
    #expect(Self.mode(given) == 0o750, "a folder that was there keeps its permissions")
    let names = try #require(FileManager.default.enumerator(atPath: run.path))
    for case let name as String in names {
      let mode = Self.mode(run.appendingPathComponent(name))
      #expect(mode == 0o600 || mode == 0o700, "\(name): \(String(mode, radix: 8))")
    }
  }

  @Test func whatAKilledStartLeftIsRemoved() throws {
    let folder = try TemporaryFolder()
    try folder.write(ErrorTests.experiment, to: "experiment.yaml")
    let dead = "4194305"
    for name in [
      "run.partial-\(dead)-89abcdef/config.yaml", "x.partial-\(dead)-0123abcd/rounds.csv",
    ] {
      let file = folder.file("out/\(name)")
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data("x".utf8).write(to: file)
    }
    #expect(symlink("/tmp", folder.file("out/y.partial-\(dead)-0123abcd").path) == 0)
    let run = try CommandLineProgram.run(
      ["run", "experiment.yaml", "--out", "out/run", "--quiet"], in: folder.url)
    #expect(run.exitCode == 0, "\(run.errors)")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("out").path)
    #expect(names.sorted() == ["run", "y.partial-\(dead)-0123abcd"])
  }

  // MARK: - At once

  @Test func manyStartsInOneSecondEachGetAFolder() throws {
    let folder = try TemporaryFolder()
    try folder.write(ErrorTests.experiment, to: "experiment.yaml")
    let programs = try (0..<8).map { _ in
      try CommandLineProgram.start(
        ["run", "experiment.yaml", "--quiet", "--workers", "1"], in: folder.url)
    }
    var made = Set<Substring>()
    for program in programs {
      let result = try program.wait()
      #expect(result.exitCode == 0, "\(result.errors)")
      if let first = result.output.split(separator: "\n").first { made.insert(first) }
    }
    #expect(made.count == 8)
    let names = try FileManager.default.contentsOfDirectory(
      atPath: folder.file("results/small").path)
    #expect(Set(names.map { "results/small/\($0)" }) == Set(made.map(String.init)))
    let first = folder.file(String(try #require(made.first)))
    for other in made { #expect(differences(first, folder.file(String(other))) == []) }
  }

  @Test(arguments: ["run", "sweep"])
  func ofManyThatWantOneFolderOneGetsIt(verb: String) throws {
    let folder = try TemporaryFolder()
    let sweep = verb == "sweep" ? "\nsweep: {seed: 2}\n" : ""
    try folder.write(ErrorTests.experiment + sweep, to: "experiment.yaml")
    let programs = try (0..<6).map { _ in
      try CommandLineProgram.start(
        [verb, "experiment.yaml", "--out", "out", "--quiet"], in: folder.url)
    }
    let results = try programs.map { try $0.wait() }
    // A sweep that is finished may be entered again.
    let done = results.count { $0.exitCode == 0 }
    #expect(verb == "run" ? done == 1 : done >= 1, "\(results.map(\.errors))")
    for result in results where result.exitCode != 0 {
      #expect(result.exitCode == 74, "\(result.errors)")
      #expect(
        result.message.contains("exists already")
          || result.message.contains("another fedsim process"),
        "\(result.message)")
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
    #expect(names.allSatisfy { !$0.contains("partial") }, "\(names)")
    let verified = try CommandLineProgram.run(["verify", "out"], in: folder.url)
    #expect(verified.exitCode == 0, "\(verified.output)")
  }
}
