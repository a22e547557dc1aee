import Foundation
import Testing

/// What help and messages say that one can type exists.
struct HelpTests {
  /// Every verb and what is below it, as help lists them.
  private static func verbs() throws -> [String] {
    try subcommands(in: help("")).flatMap { verb in
      [verb] + (try subcommands(in: help(verb))).map { "\(verb) \($0)" }
    }
  }

  private static func subcommands(in help: String) -> [String] {
    let part = help.split(separator: "SUBCOMMANDS:").dropFirst().joined()
    return part.split(separator: "\n").compactMap { line in
      line.prefixMatch(of: #/  ([a-z]+) /#).map { String($0.output.1) }
    }
  }

  private static func help(_ verb: String) throws -> String {
    let folder = try TemporaryFolder()
    let result = try CommandLineProgram.run(
      ["help"] + verb.split(separator: " ").map(String.init), in: folder.url)
    #expect(result.exitCode == 0)
    return result.output
  }

  /// The names below OPTIONS, such as `--out`.
  private static func options(in help: String) -> Set<String> {
    let part = help.split(separator: "OPTIONS:").dropFirst().joined()
    let lines = part.split(separator: "\n").filter { $0.hasPrefix("  -") }
    return Set(lines.flatMap { $0.matches(of: #/--[a-z][a-z-]*/#).map { String($0.output) } })
  }

  /// Every verb has an example, and every option that its text speaks of is one of the verb meant.
  @Test func optionsThatHelpSpeaksOfExist() throws {
    var known: [String: Set<String>] = [:]
    var texts: [String: String] = [:]
    let verbs = try Self.verbs()
    #expect(verbs.count > 25 && verbs.contains("registry add") && verbs.contains("plot"))
    for verb in verbs {
      let help = try Self.help(verb)
      known[verb] = Self.options(in: help)
      // The text before the usage, which is made of the options; lines are broken anywhere.
      texts[verb] = String(help.split(separator: "USAGE:")[0])
      #expect(help.contains("Example"), "\(verb)")
    }
    for (verb, text) in texts {
      for paragraph in text.split(separator: "\n\n") {
        let words = paragraph.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        // A command ends where another begins, or with the quote around it.
        for part in words.split(separator: "fedsim ", omittingEmptySubsequences: false) {
          let command = part.split(separator: "`", omittingEmptySubsequences: false)
          let meant = verbs.filter { part.hasPrefix($0) }.max { $0.count < $1.count }
          for (index, piece) in command.enumerated() {
            let owner = index == 0 ? meant ?? verb : verb
            for option in piece.matches(of: #/--[a-z][a-z-]*/#).map({ String($0.output) }) {
              #expect(known[owner]?.contains(option) == true, "\(verb): \(option) of \(owner)")
            }
          }
        }
      }
    }
  }

  /// Messages too: an option that a text of the sources names is one of some verb.
  @Test func optionsThatMessagesSpeakOfExist() throws {
    let all = try Self.verbs().reduce(into: Set(["--help", "--version"])) { all, verb in
      all.formUnion(Self.options(in: try Self.help(verb)))
    }
    // Those of other programs.
    let others: Set = ["--default-settings"]
    let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Sources").standardizedFileURL
    let found = FileManager.default.enumerator(atPath: sources.path)
    var count = 0
    while let name = found?.nextObject() as? String {
      // Variables of a style sheet begin with two dashes as well.
      guard name.hasSuffix(".swift"), !name.hasSuffix("Page+Style.swift") else { continue }
      let text = try String(contentsOf: sources.appendingPathComponent(name), encoding: .utf8)
      for line in text.split(separator: "\n") where !line.drop(while: { $0 == " " }).hasPrefix("//")
      {
        for option in line.matches(of: #/(?:^|[^a-z-])(--[a-z][a-z-]+)/#).map({
          String($0.output.1)
        }) {
          count += 1
          #expect(all.contains(option) || others.contains(option), "\(name): \(option)")
        }
      }
    }
    #expect(count > 50, "texts were looked at")
  }

  /// The advice of a verb without --out does not name it.
  @Test func adviceIsAboutOptionsThatTheVerbHas() throws {
    let folder = try TemporaryFolder()
    let result = try CommandLineProgram.run(["new", "nowhere/first"], in: folder.url)
    #expect(result.exitCode == 74)
    #expect(result.message.contains("nowhere/first.yaml") && !result.message.contains("--"))
  }

  /// `inf` in a sweep: what the help says, the same without noise, holds of the file it resolves to.
  @Test func theUnlimitedBudgetOfASweepIsTheSameWithoutNoise() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      ErrorTests.experiment.replacing("cohort_size: 4", with: "cohort_size: 4, sampling: poisson")
        + "\nprivacy: {mechanism: gaussian, clipping_bound: 0.25, delta: 1e-3}\n"
        + "sweep: {privacy.target_epsilon: [inf, 8]}\n", to: "experiment.yaml")
    let sweep = try CommandLineProgram.run(
      ["sweep", "experiment.yaml", "--out", "sweep", "--quiet"], in: folder.url)
    #expect(sweep.exitCode == 0, "\(sweep.errors)")
    let runs = try FileManager.default.contentsOfDirectory(atPath: folder.file("sweep/runs").path)
    let free = try #require(runs.first { $0.contains("inf") })
    let config = try folder.text(of: "sweep/runs/\(free)/config.yaml")
    #expect(config.contains("clipping_bound: 0.25") && config.contains("sampling: poisson"))
    #expect(try Self.help("sweep").contains("inf: the same without noise"))
    let privacy = try folder.text(of: "sweep/runs/\(free)/rounds.csv")
    #expect(privacy.contains(",inf,"), "nothing is claimed")
  }
}
