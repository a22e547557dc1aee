import ArgumentParser
import Report
import Storage

struct Plot: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draw figures of runs and sweeps from their CSV files.",
    discussion: """
      Examples:

        fedsim plot results/quickstart/20260801-120000-1a2b3c4d
        fedsim plot results/first-try/sweep-1a2b3c4d --figure accuracy-epsilon --out figures
        fedsim plot results/first-try/sweep-1a2b3c4d --check

      Several runs or sweeps share a figure: a line for each setting in which they differ, bands over
      seeds. Each figure
      is an SVG and a PNG for one column of a paper; beside them lie the data and the gnuplot
      script that drew them, to change and to run by hand. gnuplot must be installed
      (\(Gnuplot.advice)).

      Exit code 65: a figure on disk is not what the data gives, or the data cannot give it; 74:
      gnuplot is missing or does not end, or the folder cannot be written to.
      """)

  @Argument(help: "Folders of runs, of sweeps or of a lifecycle.", completion: .directory)
  var folders: [String]

  @Option(parsing: .unconditional, help: "Only this figure (default: all that the data can give).")
  var figure: FigureKind?

  @Option(
    help: "Where to put the figures (default: DIR/figures, or figures for several DIRs).",
    completion: .directory)
  var out: String?

  @Flag(help: "Change nothing: tell whether the figures on disk are what the data gives.")
  var check = false

  @OptionGroup var output: OutputOptions

  func run() throws {
    let gnuplot = try Gnuplot.require(
      begins: Interruption.listen, isInterrupted: { Interruption.isRequested })
    let runs = try RunSet(folders: folders)
    for note in runs.unchecked + runs.notes { printMessage("fedsim: \(note)") }
    let figures = try runs.figures(figure)
    let path = out ?? (runs.folders.count == 1 ? "\(runs.folders[0])/figures" : "figures")
    // Whose folder the link leads to, only its maker knows.
    guard try out != nil || !isLink(path) else {
      throw ReportError(
        .inputOutput, "\(path): is a link to another folder; name the folder to use with --out.")
    }
    let folder = FigureFolder(path: path, gnuplot: gnuplot)
    if check {
      try report(try folder.check(figures), of: figures, in: folder.path)
    } else {
      let files = try folder.write(figures)
      if output.json {
        try printJSON(Drawn(figures: figures.map(\.kind.rawValue), files: files, notes: runs.notes))
      } else {
        printResult(files.joined(separator: "\n"))
      }
    }
  }

  private func isLink(_ path: String) throws -> Bool {
    try FileKind.of(path, followingLinks: false) == .link
  }

  private func report(
    _ differences: [FigureDifference], of figures: [Figure], in folder: String
  ) throws {
    if output.json {
      try printJSON(
        Checked(
          isUnchanged: differences.isEmpty, figures: figures.map(\.kind.rawValue),
          differences: differences))
    } else {
      for difference in differences { printResult(difference.description) }
    }
    guard differences.isEmpty else {
      printMessage(
        "fedsim: \(folder): \(differences.count) of its files must be drawn again with `fedsim plot`."
      )
      throw ExitCode(65)
    }
    if !output.json {
      printResult(
        "\(folder): \(counted(figures.count, "figure")) checked against the CSV files of the runs.")
    }
  }

  private struct Drawn: Encodable {
    var figures: [String]
    var files: [String]
    var notes: [String]
  }

  private struct Checked: Encodable {
    var isUnchanged: Bool
    var figures: [String]
    var differences: [FigureDifference]
  }
}

extension FigureKind: ExpressibleByArgument {}
