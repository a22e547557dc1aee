import Foundation
import Glibc
import Report
import Tables
import Testing

/// Results of somebody else's: their names reach gnuplot, a browser and a shell as text.
struct ForeignResultTests {
  /// Each would leave the file `proof` if gnuplot or a shell ran it, or break the script.
  static let names = [
    "`touch proof`", "\"; system('touch proof') #", "'; system('touch proof') #",
    "' .`touch proof`. '",
    "\\", "a\\", "a\nsystem('touch proof')", "a\rsystem('touch proof')",
    "a\r\nsystem('touch proof')",
    "\u{1B}]0;x\u{7}", "'", "''", "'a", "=1+1", "'=cmd|' /C calc'!A0", "#hash", "# a",
    "!touch proof",
    "@data", "$(touch proof)", "%s%n", "{/Bold x}", "a_b^c", "~a{.6-}", "&{x}", "a,b", "a;b",
    "\"a\"b\"",
    "NaN", " lead", "trail ", "", "-5", "1e3", "<script>alert(1)</script>", "</svg>", "</title>",
    "&lt;",
    "\u{202E}x", "a\u{301},b", "日本", String(repeating: "long ", count: 300),
  ]

  /// A figure of a sweep whose variants have these names, and whose key has the first of them.
  private func figure(_ names: [String], in folder: TemporaryFolder) throws -> Figure {
    let key = names[0].isEmpty ? "key" : names[0]
    var rows = [["variant", key, "run", "status", "future_federated_accuracy_top1"]]
    for (index, name) in names.enumerated() {
      for setting in [1, 2] {
        rows.append([name, "\(setting)", "r\(rows.count)", "finished", "0.\(index + 1)\(setting)"])
      }
    }
    let text = rows.map { $0.map { CSVCell.text($0).rendered }.joined(separator: ",") + "\r\n" }
    try folder.write(text.joined(), to: "sweep/sweep.csv")
    return try FigureKind.accuracySetting.figure(of: folder.runs("sweep"))
  }

  /// Every line is drawn with its name, and nothing runs.
  @Test(.enabled(if: PageTests.hasGnuplot, "gnuplot is not installed"), arguments: names)
  func aNameIsDrawnAndNotRun(name: String) throws {
    let folder = try TemporaryFolder()
    let output = FigureFolder(path: folder.path, gnuplot: try Gnuplot.require())
    _ = try output.write([figure([name, "other"], in: folder)])
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/proof"))
    let svg = try folder.text(of: "accuracy-setting.svg")
    // Two lines with a mark for each of two settings, and one in the legend.
    for index in [1, 2] { #expect(svg.contains("<g id=\"gnuplot_plot_\(index)\""), "\(index)") }
    let marks = svg.matches(of: #/<use xlink:href=/#).count
    #expect(marks == (try marksOfHarmlessNames()) && marks >= 6)
    #expect(!svg.contains("<script") && svg.matches(of: #/<\/svg>/#).count == 1)
    // A person may change the script and run it where it lies.
    try runByHand("accuracy-setting.gp", in: folder)
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/proof"))
  }

  /// How many marks the same figure has when nobody means harm.
  private func marksOfHarmlessNames() throws -> Int {
    let folder = try TemporaryFolder()
    let output = FigureFolder(path: folder.path, gnuplot: try Gnuplot.require())
    _ = try output.write([figure(["plain", "other"], in: folder)])
    return try folder.text(of: "accuracy-setting.svg").matches(of: #/<use xlink:href=/#).count
  }

  @Test func namesThatLookAlikeStayApart() throws {
    let folder = try TemporaryFolder()
    let alike = try figure(["a,b", "a;b", " a;b", "a;b (2)"], in: folder)
    let rows = alike.dataFile.split(separator: "\r\n").dropFirst()
    #expect(rows.count == 8)
    #expect(Set(rows.map { $0.split(separator: ",")[0] }).count == 4)
  }

  private func runByHand(_ script: String, in folder: TemporaryFolder) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try Gnuplot.require().path)
    process.arguments = ["-d", script]
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  /// A run whose every text is hostile.
  private func hostileRuns(in folder: TemporaryFolder) throws {
    for (index, value) in ["\"`touch proof`\"", "'<img src=x onerror=document.title=1>'"]
      .enumerated()
    {
      try SmallRun(seed: 1).write(to: folder, "\(index)")
      let yaml = try folder.text(of: "\(index)/config.yaml").replacing("\n", with: "\r\n")
      try folder.write(
        yaml.replacing("name: small", with: "name: '</title><script>document.title=2</script>'")
          .replacing("workers:", with: "population:\r\n  preset: \(value)\r\nworkers:"),
        to: "\(index)/config.yaml")
      try folder.write(
        """
        {"source_revision": "$(touch proof); `touch proof`", "peak_memory_bytes": 1e300,
         "exit_message": "\\u001b[31m\\u202e</dd><script>document.title=3</script>",
         "privacy": {"covers": "<script>document.title=4</script>"}}
        """, to: "\(index)/manifest.json")
    }
  }

  @Test(.enabled(if: PageTests.hasGnuplot, "gnuplot is not installed"))
  func aPageHoldsNamesAsText() throws {
    let folder = try TemporaryFolder()
    try hostileRuns(in: folder)
    let html = try Page(folder.runs("0", "1"), gnuplot: Gnuplot.require()).html()
    #expect(html.matches(of: #/<script/#).count == 1, "its own, which sorts tables")
    #expect(!html.contains("<img") && html.contains("&lt;img src=x onerror="))
    #expect(html.matches(of: #/<\/title>/#).count == 1)
    #expect(!html.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" })
    #expect(html.contains("git checkout &#39;$(touch proof); `touch proof`&#39;"), "as one word")
    #expect(!FileManager.default.fileExists(atPath: "proof"))
  }

  @Test(
    .enabled(if: PageTests.hasGnuplot && PageTests.hasBrowser, "gnuplot or Chromium is missing"))
  func aBrowserRunsNothingOfIt() throws {
    let folder = try TemporaryFolder()
    try hostileRuns(in: folder)
    let browser = try #require(Browser.find())
    try folder.write(
      Page(folder.runs("0", "1"), gnuplot: Gnuplot.require()).html(), to: "report.html")
    let document = try browser.open("report.html", isDark: false, in: folder).document
    let title = document.firstMatch(of: #/<title>(.*?)<\/title>/#)?.output.1
    #expect(title?.hasPrefix("&lt;/title&gt;&lt;script&gt;") == true, "\(title ?? "")")
    // The page's own script did run: headings have become buttons.
    #expect(document.contains("<button type=\"button\">"))
  }

  /// A script that lies in the folder of figures is compared, not run; a link is replaced, not followed.
  @Test(.enabled(if: PageTests.hasGnuplot, "gnuplot is not installed"))
  func whatLiesInTheFolderIsNeitherRunNorFollowed() throws {
    let folder = try TemporaryFolder()
    try SmallRun().write(to: folder, "one")
    let figures = try folder.runs("one").figures()
    let output = FigureFolder(path: "\(folder.path)/one/figures", gnuplot: try Gnuplot.require())
    _ = try output.write(figures)
    try folder.write("mine", to: "precious")
    for name in ["accuracy-rounds.svg", "update-norm.csv", "accuracy-time.png"] {
      unlink("\(output.path)/\(name)")
      #expect(symlink("\(folder.path)/precious", "\(output.path)/\(name)") == 0)
    }
    let script = try folder.text(of: "one/figures/accuracy-bytes.gp")
    try folder.write(
      "system 'touch \(folder.path)/proof'\n" + script, to: "one/figures/accuracy-bytes.gp")
    #expect(try !output.check(figures).isEmpty)
    #expect(throws: ReportError.self) { try output.write(figures) }
    try FileManager.default.removeItem(atPath: "\(output.path)/accuracy-bytes.gp")
    _ = try output.write(figures)
    #expect(try output.check(figures).isEmpty)
    #expect(try folder.text(of: "precious") == "mine")
    #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/proof"))
    let names = try FileManager.default.contentsOfDirectory(atPath: output.path)
    #expect(names.allSatisfy { !$0.contains("partial") })
  }

  @Test(arguments: ["../other", "/etc", "runs/../../other", ".."])
  func aSweepNamesOnlyRunsOfItsOwn(path: String) throws {
    let folder = try TemporaryFolder()
    try SmallRun().write(to: folder, "other")
    try folder.write("seed,run,status\n1,\(path),finished\n", to: "sweep/sweep.csv")
    let error = #expect(throws: ReportError.self) { try folder.runs("sweep") }
    #expect(error?.kind == .badData && error?.message.contains("not below") == true)
  }

  /// Numbers that no run writes end in a sentence or are left out; nothing traps.
  @Test(arguments: ["nan", "inf", "-inf", "1e308", "-1e308", "1e-320", "9e18", "0"])
  func numbersThatCannotBeAreNoTrap(number: String) throws {
    let folder = try TemporaryFolder()
    try SmallRun(mechanism: "gaussian", epsilons: ["0.5", number]).write(to: folder, "one")
    for name in ["rounds.csv", "evaluation.csv", "clients.csv", "system.csv", "privacy.csv"] {
      let text = try folder.text(of: "one/\(name)")
      try folder.write(
        text.replacing("0.5", with: number).replacing("\r\n2,", with: "\r\n\(number),"),
        to: "one/\(name)")
    }
    let yaml = try folder.text(of: "one/config.yaml")
    try folder.write(
      yaml.replacing("cohort_size: 10", with: "cohort_size: \(number)")
        .replacing("protocol: none", with: "minimum_survivors: \(number)"), to: "one/config.yaml")
    try folder.write("{\"peak_memory_bytes\": 1e300}", to: "one/manifest.json")
    do {
      let runs = try folder.runs("one")
      guard let gnuplot = Gnuplot.find() else { return }
      _ = try Page(runs, gnuplot: gnuplot).html()
    } catch let error as ReportError {
      #expect(error.message.hasSuffix(".") && !error.message.contains("\n"), "\(error.message)")
    }
  }
}
