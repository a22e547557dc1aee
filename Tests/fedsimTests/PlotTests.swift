import Foundation
import Testing

/// Figures and the report of a real run, with the real program and the real gnuplot.
struct PlotTests {
  static let hasGnuplot = ["/usr/bin/gnuplot", "/usr/local/bin/gnuplot"]
    .contains(where: FileManager.default.isExecutableFile)

  private func makeRun(in folder: TemporaryFolder) throws {
    try folder.write("# Does it learn?\n" + ErrorTests.experiment, to: "experiment.yaml")
    let result = try CommandLineProgram.run(
      ["run", "experiment.yaml", "--out", "mine", "--quiet"], in: folder.url)
    #expect(result.exitCode == 0, "\(result.errors)")
  }

  @Test(.enabled(if: hasGnuplot, "gnuplot is not installed"))
  func aRunIsDrawnCheckedAndReported() throws {
    let folder = try TemporaryFolder()
    try makeRun(in: folder)
    let plot = try CommandLineProgram.run(["plot", "mine/"], in: folder.url)
    #expect(plot.exitCode == 0, "\(plot.errors)")
    let files = plot.output.split(separator: "\n").map(String.init)
    #expect(files.contains("mine/figures/accuracy-rounds.pdf") && files.count == 42)
    #expect(
      try folder.text(of: "mine/figures/accuracy-rounds.txt").hasPrefix(
        "Accuracy over rounds. Bands"))
    for file in files {
      #expect(FileManager.default.fileExists(atPath: folder.file(file).path), "\(file)")
    }
    #expect(
      try CommandLineProgram.run(["plot", "mine", "--check"], in: folder.url).exitCode == 0)

    // What the run did not write is not drawn.
    let rounds = try folder.text(of: "mine/rounds.csv")
    try folder.write(
      rounds.replacing("\r\n1,4,4,0,0.", with: "\r\n1,4,4,0,9."), to: "mine/rounds.csv")
    let changed = try CommandLineProgram.run(["plot", "mine", "--check"], in: folder.url)
    #expect(changed.exitCode == 65 && changed.message.contains("mine/rounds.csv"))
    try folder.write(rounds, to: "mine/rounds.csv")

    let figure = try folder.text(of: "mine/figures/update-norm.svg")
    try folder.write(figure + "<!-- mine -->", to: "mine/figures/update-norm.svg")
    let check = try CommandLineProgram.run(["plot", "mine", "--check"], in: folder.url)
    #expect(check.exitCode == 65)
    #expect(check.output.contains("mine/figures/update-norm.svg: is not what the CSV files"))
    #expect(!check.output.contains("accuracy-bytes"), "other figures did not change")

    let one = try CommandLineProgram.run(
      ["plot", "mine", "--figure", "accuracy-rounds", "--out", "a.pdf"], in: folder.url)
    #expect(one.exitCode == 0 && one.output == "a.pdf\n", "\(one.errors)")
    let document = try Data(contentsOf: folder.file("a.pdf"))
    #expect(document.starts(with: Data("%PDF-".utf8)))
    #expect(
      try CommandLineProgram.run(
        ["plot", "mine", "--figure", "accuracy-rounds", "--out", "a.pdf", "--check"], in: folder.url
      ).exitCode == 0)

    // Several figures are named in one option or in several, each once.
    let several = try CommandLineProgram.run(
      [
        "plot", "mine", "--figure", "update-norm,accuracy-rounds", "--figure", "update-norm",
        "--out", "two",
      ],
      in: folder.url)
    #expect(several.exitCode == 0, "\(several.errors)")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.file("two").path)
    #expect(Set(names.map { $0.prefix { $0 != "." } }) == ["update-norm", "accuracy-rounds"])
    let late = try CommandLineProgram.run(
      ["plot", "mine", "--figure", "update-norm", "--from-round", "2", "--out", "late"],
      in: folder.url)
    #expect(late.exitCode == 0, "\(late.errors)")
    let rows = try folder.text(of: "late/update-norm.csv").split(whereSeparator: \.isNewline)
      .dropFirst()
    #expect(!rows.isEmpty && rows.allSatisfy { !$0.contains(",1,") }, "\(rows)")

    let report = try CommandLineProgram.run(["report", "mine"], in: folder.url)
    #expect(report.exitCode == 0, "\(report.errors)")
    #expect(report.output == "mine/report.html\n")
    let html = try folder.text(of: "mine/report.html")
    #expect(html.contains("Does it learn?") && html.contains("<dt>processor</dt>"))
  }

  @Test(.enabled(if: hasGnuplot, "gnuplot is not installed"))
  func whatCannotBeDrawnIsOneSentence() throws {
    let folder = try TemporaryFolder()
    try makeRun(in: folder)
    for (arguments, code, words) in [
      (
        ["mine", "--figure", "accuracy-epsilon"], 65,
        ["mine", "accuracy-epsilon", "privacy.mechanism"]
      ),
      (["nowhere"], 66, ["nowhere", "fedsim list"]),
      (["mine", "--out", "/proc/figures"], 74, ["/proc/figures", "--out"]),
    ] as [([String], Int32, [String])] {
      let result = try CommandLineProgram.run(["plot"] + arguments, in: folder.url)
      #expect(result.exitCode == code, "\(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
      for word in words { #expect(result.message.contains(word), "\(result.message)") }
    }
    // A name of one file is not made a folder.
    for (file, words) in [("a.pdf", "--figure"), ("a.eps", ".pdf, .svg or .png")] {
      let result = try CommandLineProgram.run(["plot", "mine", "--out", file], in: folder.url)
      #expect(result.exitCode == 64 && result.errors.contains(words), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder.file(file).path))
    }
    for (arguments, words) in [
      (["--figure", "x"], "the figures are accuracy-rounds, "),
      (["--figure", "diference-round"], "the nearest is 'difference-rounds'"),
      (["--figure", "update_norm,coverge"], "the nearest is"),
      (["--figure", "calibration,coverage", "--out", "a.pdf"], "--figure names 2 figures"),
      (["--reference", "Nobody"], "--reference Nobody"),
      (["--figure", "coverage", "--y", "60:50"], "the smaller first"),
      (["--figure", "update-norm", "--from-round", "900"], "--from-round 900"),
    ] {
      let result = try CommandLineProgram.run(["plot", "mine"] + arguments, in: folder.url)
      #expect(result.exitCode == 64 && result.errors.contains(words), "\(result.errors)")
      #expect(!FileManager.default.fileExists(atPath: folder.file("a.pdf").path))
    }
  }

  @Test func withoutGnuplotTheWayToItIsSaid() throws {
    let folder = try TemporaryFolder()
    for verb in ["plot", "report"] {
      let result = try CommandLineProgram.run(
        [verb, "mine"], in: folder.url, environment: ["PATH": folder.url.path])
      #expect(result.exitCode == 74)
      #expect(result.message.contains("apt-get install -y gnuplot-nox"), "\(result.message)")
    }
    let doctor = try CommandLineProgram.run(
      ["doctor"], in: folder.url, environment: ["PATH": folder.url.path])
    #expect(doctor.exitCode == 0, "runs do without it")
    #expect(doctor.output.contains("apt-get install -y gnuplot-nox"))
  }
}
