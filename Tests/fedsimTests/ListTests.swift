import Foundation
import Testing

/// What `list` shows of runs, and which it shows.
struct ListTests {
  private func makeRuns(in folder: TemporaryFolder) throws {
    try folder.write(ErrorTests.experiment, to: "experiment.yaml")
    for (name, settings) in [
      ("one", []), ("two", ["training.cohort_size=3"]),
      ("three", ["training.cohort_size=3", "seed=9"]), ("other", ["name=other"]),
    ] {
      let result = try CommandLineProgram.run(
        ["run", "experiment.yaml", "--out", "runs/\(name)", "--quiet"]
          + settings.flatMap { ["--set", $0] }, in: folder.url)
      #expect(result.exitCode == 0, "\(result.errors)")
    }
  }

  private func list(_ arguments: [String], in folder: TemporaryFolder) throws -> String {
    let result = try CommandLineProgram.run(["list", "runs"] + arguments, in: folder.url)
    #expect(result.exitCode == 0, "\(result.errors)")
    return result.output
  }

  @Test func whatDiffersIsShownFilteredAndTagged() throws {
    let folder = try TemporaryFolder()
    try makeRuns(in: folder)
    let all = try list([], in: folder)
    let lines = all.split(separator: "\n").map(String.init)
    func details(_ run: String) -> String {
      let index = lines.firstIndex { $0.hasSuffix("runs/\(run)") }
      return index.flatMap { $0 + 1 < lines.count ? lines[$0 + 1] : nil } ?? ""
    }
    #expect(details("three").contains("seed=9") && details("three").contains("cohort_size=3"))
    #expect(details("one").contains("cohort_size=4") && details("one").contains("seed=1"))
    #expect(lines.allSatisfy { $0.count <= 80 }, "\(all)")
    // Alone of its name: nothing differs.
    let other = try list(["--name", "other"], in: folder)
    #expect(!other.contains("seed=") && !other.contains("runs/one"))

    let three = try list(["--where", "cohort_size=3", "--where", "seed=9"], in: folder)
    #expect(three.contains("runs/three") && !three.contains("runs/two"))
    let both = try list(["--where", "training.cohort_size=3.0"], in: folder)
    #expect(both.contains("runs/three") && both.contains("runs/two"))
    #expect(try list(["--status", "failed"], in: folder).contains("match these filters"))

    let tagged = try CommandLineProgram.run(
      ["list", "runs/two", "--add-tag", "paper", "--add-tag", "draft"], in: folder.url)
    #expect(tagged.output == "runs/two: tags paper, draft\n", "\(tagged.errors)")
    let found = try list(["--tag", "paper"], in: folder)
    #expect(found.contains("runs/two") && !found.contains("runs/one"))
    #expect(found.contains("tags: paper draft"))
    // No checksum minds.
    let verified = try CommandLineProgram.run(["verify", "runs/two"], in: folder.url)
    #expect(verified.exitCode == 0, "\(verified.errors)")
    _ = try CommandLineProgram.run(["list", "runs/two", "--remove-tag", "paper"], in: folder.url)
    #expect(try !list(["--tag", "paper"], in: folder).contains("runs/two"))
    let json = try list(["--json", "--name", "other"], in: folder)
    let object = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
    let runs = try #require(object?["runs"] as? [[String: Any]])
    #expect(runs.count == 1 && runs[0]["path"] as? String == "runs/other")
    #expect(runs[0]["best_round"] as? Int == 2 || runs[0]["best_round"] as? Int == 1)
  }

  /// A path that is too long for its column has a line of its own.
  @Test func aLongPathHasItsOwnLine() throws {
    let folder = try TemporaryFolder()
    try folder.write(ErrorTests.experiment, to: "experiment.yaml")
    let path = "runs/\(String(repeating: "long", count: 12))"
    let made = try CommandLineProgram.run(
      ["run", "experiment.yaml", "--out", path, "--quiet"], in: folder.url)
    #expect(made.exitCode == 0, "\(made.errors)")
    let lines = try list([], in: folder).split(separator: "\n").map(String.init)
    #expect(lines.contains("    \(path)") && lines.allSatisfy { $0.count <= 80 }, "\(lines)")
  }

  @Test(arguments: [
    (["--status", "done"], ["--status done", "finished"]),
    (["--where", "seed"], ["KEY=VALUE"]),
    (["--where", "training.cohort_sise=3"], ["training.cohort_size"]),
    (["--add-tag", "two words"], ["--add-tag two words"]),
  ])
  func wrongQuestionsAreOneSentence(arguments: [String], words: [String]) throws {
    let folder = try TemporaryFolder()
    try folder.write(ErrorTests.experiment, to: "experiment.yaml")
    _ = try CommandLineProgram.run(
      ["run", "experiment.yaml", "--out", "runs/one", "--quiet"], in: folder.url)
    let result = try CommandLineProgram.run(["list", "runs"] + arguments, in: folder.url)
    #expect(result.exitCode == 64, "\(result.errors)")
    for word in words { #expect(result.errors.contains(word), "\(result.errors)") }
  }
}
