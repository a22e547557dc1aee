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
      line.prefixMatch(of: #/  ([a-z-]+) /#).map { String($0.output.1) }
    }
  }

  private static func help(_ verb: String, columns: Int = 80) throws -> String {
    let folder = try TemporaryFolder()
    let result = try CommandLineProgram.run(
      ["help"] + verb.split(separator: " ").map(String.init), in: folder.url,
      environment: ["COLUMNS": "\(columns)"])
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
            // Not what is handed on to another program, as in --sbatch=--time=1:00:00.
            for option in piece.matches(of: #/(?:^|[^=a-z-])(--[a-z][a-z-]*)/#).map({
              String($0.output.1)
            }) {
              #expect(known[owner]?.contains(option) == true, "\(verb): \(option) of \(owner)")
            }
          }
        }
      }
    }
  }

  /// No line is longer than the terminal is wide, and no paragraph is broken twice: a short line ends it.
  @Test(arguments: [60, 80, 120]) func helpFitsTheTerminal(columns: Int) throws {
    for verb in try [""] + Self.verbs() {
      let help = try Self.help(verb, columns: columns)
      let lines = help.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      for line in lines { #expect(line.count <= columns, "\(verb): \(line)") }
      let text = lines.prefix { !$0.hasPrefix("USAGE:") }
      for (line, next) in zip(text, text.dropFirst())
      where !line.isEmpty && !next.isEmpty && !line.hasPrefix(" ") && !next.hasPrefix(" ") {
        let word = next.prefix { $0 != " " }
        #expect(line.count + 1 + word.count > min(columns, 100), "\(verb): \(line)")
      }
    }
  }

  /// Every example can be pasted as it stands: a shell takes it apart, and the program knows the words.
  @Test(arguments: [60, 80]) func examplesCanBePasted(columns: Int) throws {
    let folder = try TemporaryFolder()
    // What the shell would start says what it was given, a word a line, and does nothing else.
    let standIns = """
      fedsim() { printf '%s\\n' "$@" ---; }
      zcat() { :; }
      head() { cat; }

      """
    var count = 0
    let helps = try ([""] + Self.verbs()).map { ($0, try Self.help($0, columns: columns)) }
    let known = Dictionary(uniqueKeysWithValues: helps.map { ($0, Self.options(in: $1)) })
    for (verb, help) in helps {
      let text = help.components(separatedBy: "USAGE:")[0]
      for example in Self.examples(in: text) {
        let shell = try CommandLineProgram.bash(standIns + example, in: folder)
        let words = shell.split(separator: "\n").map(String.init)
        let command = Array(words.prefix { $0 != "---" })
        #expect(words.filter { $0 == "---" }.count == 1, "\(verb): \(example)")
        let two = command.prefix(2).joined(separator: " ")
        let options = try #require(known[two] ?? known[command.first ?? ""], "\(example)")
        for word in command where word.hasPrefix("--") {
          let option = word.split(separator: "=")[0]
          #expect(options.contains(String(option)), "\(verb): \(example)")
        }
        count += 1
      }
    }
    #expect(count > 40, "examples were found")
  }

  /// Commands of a help text, with the lines that go on after a backslash.
  private static func examples(in text: String) -> [String] {
    var examples: [String] = []
    var isOpen = false
    for line in text.split(separator: "\n").map(String.init) {
      if isOpen {
        examples[examples.count - 1] += "\n\(line)"
      } else if line.hasPrefix("  fedsim ") || line.contains("| fedsim ") {
        examples.append(line)
      } else {
        continue
      }
      isOpen = line.hasSuffix("\\")
    }
    return examples
  }

  /// Misspelt verbs and options, at every level.
  @Test(arguments: [
    ("runn x.yaml", "'run'"), ("sweeep x.yaml", "'sweep'"), ("privacy epsilom", "'epsilon'"),
    ("data improt log.csv", "'import'"), ("registry promot 1", "'promote'"),
    ("valdate x.yaml", "'validate'"), ("help runn", "'run'"),
    ("run x.yaml --wrokers 2", "'--workers'"), ("run x.yaml --ouput y", "'--out'"),
    ("run x.yaml --output y", "'--out'"), ("run x.yaml --seed 3", "--set seed=…"),
    ("run x.yaml --rounds=3", "--set training.rounds=3"),
    ("run x.yaml --lr 0.1", "--set training.local.learning_rate=…"),
    ("sweep x.yaml --cohort-size 5", "--set training.cohort_size=…"),
    ("plan x.yaml --jsn", "'--json'"), ("predict x --cleint 3", "'--client'"),
    ("data import log.csv --colums a=b", "'--columns'"), ("--verison", "'--version'"),
  ])
  func whatWasMeantIsNamed(command: String, meant: String) throws {
    let folder = try TemporaryFolder()
    let words = command.split(separator: " ").map(String.init)
    let result = try CommandLineProgram.run(words, in: folder.url)
    #expect(result.exitCode == 64)
    let first = result.errors.split(separator: "\n").first ?? ""
    #expect(first.hasPrefix("fedsim: ") && first.contains(meant), "\(result.errors)")
  }

  /// A wrong command is told how its own verb is called.
  @Test func usageIsThatOfTheVerb() throws {
    let folder = try TemporaryFolder()
    for (command, usage) in [
      ("predict --client 30", "Usage: fedsim predict "), ("plan", "Usage: fedsim plan "),
      ("privacy noise --delta 1e-6", "Usage: fedsim privacy noise "),
      ("data import", "Usage: fedsim data import "), ("nothing", "Usage: fedsim <subcommand>"),
    ] {
      let words = command.split(separator: " ").map(String.init)
      let result = try CommandLineProgram.run(words, in: folder.url)
      #expect(result.exitCode == 64 && result.errors.contains(usage), "\(result.errors)")
    }
  }

  /// Messages too: an option that a text of the sources names is one of some verb.
  @Test func optionsThatMessagesSpeakOfExist() throws {
    let all = try Self.verbs().reduce(into: Set(["--help", "--version"])) { all, verb in
      all.formUnion(Self.options(in: try Self.help(verb)))
    }
    // One that every program of its kind has, one of another program, and those of the verb that is hidden.
    let others = Set(["--default-settings", "--generate-completion-script"])
      .union(Self.options(in: try Self.help("worker")))
    // What Slurm's programs are told.
    let slurm: Set = [
      "--array", "--cpus-per-task", "--dependency", "--export", "--format", "--job-name", "--mem",
      "--no-requeue", "--nodes", "--noheader", "--ntasks", "--open-mode", "--output", "--overlap",
      "--parsable", "--relative", "--requeue", "--signal", "--test-only", "--time", "--unbuffered",
      "--wait", "--wrap",
    ]
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
        // Not what is handed on, as in --sbatch=--time=1:00:00.
        for option in line.matches(of: #/(?:^|[^=a-z-])(--[a-z][a-z-]+)/#).map({
          String($0.output.1)
        }) {
          count += 1
          let isKnown =
            all.contains(option) || others.contains(option)
            || name.contains("Slurm") && slurm.contains(option)
          #expect(isKnown, "\(name): \(option)")
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
