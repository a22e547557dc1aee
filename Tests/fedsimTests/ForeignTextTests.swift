import Foundation
import Testing

/// Names of somebody else's, on a terminal and in messages.
struct ForeignTextTests {
  /// What a terminal would obey: none may be left, but for line ends and tabs.
  private func expectHarmless(_ result: CommandLineProgram.Result, _ hint: String) {
    for text in [result.output, result.errors] {
      // CSV ends its lines with CR and LF.
      let hidden = text.replacing("\r\n", with: "\n").unicodeScalars.filter { scalar in
        let isControl = scalar.value < 0x20 && scalar != "\n" && scalar != "\t"
        let isFormat =
          (0x200B...0x200F).contains(scalar.value) || (0x202A...0x202E).contains(scalar.value)
        return isControl || (0x7F...0x9F).contains(scalar.value) || isFormat
      }
      #expect(hidden.isEmpty, "\(hint): \(hidden.map { $0.escaped(asASCII: true) })")
    }
  }

  @Test(arguments: [
    "\"tr\\e[31maining\": 1", "training: {\"\\e]0;x\\arounds\": 2}", "model: {kind: \"\\x9b31m\"}",
    "sweep: {variants: {\"a\\e[2Jb\": {seed: 2}}}", "sweep: {\"\\u202e\": [1, 2]}",
    "sweep: {variants: {\"a\\nfedsim: all is well\": {seed: 2}}}", "name: \"\\e[31m\"",
    "sweep: {population.path: [\"\\e[31mA\", \"\\rB\"]}", "a: \u{1B}[31m",
  ]) func anExperimentFileCommandsNothing(text: String) throws {
    let folder = try TemporaryFolder()
    try folder.write(text + "\n", to: "experiment.yaml")
    for verb in ["validate", "plan", "run", "sweep"] {
      let result = try CommandLineProgram.run([verb, "experiment.yaml"], in: folder.url)
      #expect(result.exitCode == 78, "\(verb): \(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
      expectHarmless(result, verb)
      expectHarmless(
        try CommandLineProgram.run([verb, "experiment.yaml", "--json"], in: folder.url), verb)
    }
  }

  /// Apps and folders are named as they are in JSON, and visibly on a terminal.
  @Test func appsAndFoldersCommandNothing() throws {
    let folder = try TemporaryFolder()
    let apps = ["ev\u{1B}[31mil\u{202E}", "=cmd()", "two\u{9B}Kb", "`touch proof`", "plain"]
    var rows = "user,time,app,event\n"
    for user in 0..<10 {
      for step in 0..<120 {
        let time = 1_709_277_000 + step * 7_200 + user
        rows += "u\(user),\(time),,unlock\n"
        rows += "u\(user),\(time + 1),\"\(apps[(user + step) % apps.count])\",open\n"
        rows += "u\(user),\(time + 9),,lock\n"
      }
    }
    try folder.write(rows + "u1,no\u{1B}[31mtime,x,open\n", to: "log.csv")
    let imported = try CommandLineProgram.run(
      ["data", "import", "log.csv", "--out", "log.sqlite"], in: folder.url)
    #expect(imported.exitCode == 0, "\(imported.errors)")
    expectHarmless(imported, "import")
    try folder.write(
      ErrorTests.experiment.replacing(
        "population: {clients: 20, days: 9}", with: "population: {source: file, path: log.sqlite}"),
      to: "experiment.yaml")
    let name = "r\u{1B}]0;x\u{7}un\nfedsim: fine"
    let run = try CommandLineProgram.run(
      ["run", "experiment.yaml", "--out", name, "--quiet", "--set", "evaluation.test_days=3"],
      in: folder.url)
    #expect(run.exitCode == 0, "\(run.errors)")
    for arguments in [
      ["predict", name, "--client", "1", "--top", "5"], ["list", "."], ["compare", name],
      ["compare", name, "--csv"], ["plot", name, "--figure", "coverage"],
      ["resume", name, "--quiet"],
      ["predict", name], ["registry", "add", name], ["registry", "list"],
      ["registry", "show", "1"],
      ["compare", name + "x"], ["plot", name + "x"], ["\u{1B}[31m"], ["run", "--\u{1B}[31m"],
    ] {
      expectHarmless(try CommandLineProgram.run(arguments, in: folder.url), "\(arguments)")
      expectHarmless(
        try CommandLineProgram.run(arguments + ["--json"], in: folder.url), "\(arguments) --json")
    }
    let list = try CommandLineProgram.run(["list", "."], in: folder.url)
    #expect(list.output.contains("r\\u{1B}]0;x\\u{07}un\\nfedsim: fine"), "\(list.output)")
    let answer = try CommandLineProgram.run(
      ["predict", name, "--client", "1", "--json"], in: folder.url)
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(answer.output.utf8)) as? [String: Any])
    let moments = try #require(object["predictions"] as? [[String: Any]])
    let named = try #require(moments[0]["apps"] as? [[String: Any]]).compactMap {
      $0["app"] as? String
    }
    #expect(Set(named) == Set(apps))
    let log = try folder.text(of: "\(name)/log.txt")
    #expect(log.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\n" })
  }

  /// Variants with the names of the issue: drawn, reported, compared; nothing runs, in no spreadsheet either.
  @Test(.enabled(if: PlotTests.hasGnuplot, "gnuplot is not installed"))
  func variantsAreNamesAndNothingElse() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      ErrorTests.experiment + """

        sweep:
          variants:
            "`touch PROOF`": {training.cohort_size: 3}
            "=1+cmd|' /C calc'!A0": {training.cohort_size: 2}
            "\\"; system('touch PROOF') #": {training.cohort_size: 5}
            plain: {}

        """, to: "experiment.yaml")
    // A start-up file of gnuplot's in the home folder is not read.
    try folder.write("system 'touch PROOF'\n", to: ".gnuplot")
    let home = ["HOME": folder.url.path, "GNUPLOT_LIB": folder.url.path]
    for arguments in [
      ["sweep", "experiment.yaml", "--out", "sweep", "--quiet"], ["plot", "sweep"],
      ["report", "sweep"],
      ["plot", "sweep", "--check"], ["compare", "sweep"],
    ] {
      let result = try CommandLineProgram.run(arguments, in: folder.url, environment: home)
      #expect(result.exitCode == 0, "\(arguments) \(result.errors)")
    }
    let all = FileManager.default.enumerator(atPath: folder.url.path)?.compactMap { $0 as? String }
    #expect(all?.contains { $0.hasSuffix("PROOF") } == false)
    let csv = try folder.text(of: "sweep/sweep.csv")
    #expect(csv.contains("\r\n'=1+cmd|' /C calc'!A0,2,"), "\(csv)")
    let svg = try folder.text(of: "sweep/figures/accuracy-bytes.svg")
    for name in ["`touch PROOF`", "=1+cmd|' /C calc'!A0", "plain"] {
      #expect(svg.contains(">\(name)</text>"), "\(name)")
    }
    #expect(try folder.text(of: "sweep/report.html").contains("=1+cmd|&#39; /C calc&#39;!A0"))
  }
}
