import ArgumentParser
import Foundation
import Report
import Storage

struct Plot: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draw figures of runs and sweeps from their CSV files.",
    discussion: """
      Examples:

        fedsim plot results/quickstart/20260801-120000-1a2b3c4d
        fedsim plot results/first-try/sweep-1a2b3c4d --out figures
        fedsim plot SWEEP --figure accuracy-epsilon --out epsilon.pdf
        fedsim plot results/first-try/sweep-1a2b3c4d --check

      Several runs or sweeps share a figure: one line for each setting in which they differ, with a \
      band over seeds. The figures difference and difference-rounds show paired differences to the \
      first group. Each figure is a PDF, an SVG and a PNG, as wide as a column of a paper; beside \
      them lie the data (CSV) and the gnuplot script that drew them, to change and to run by hand. \
      An --out that ends in .pdf, .svg or .png is one file and needs --figure. docs/figures.md \
      describes every figure. gnuplot must be installed (\(Gnuplot.advice)).

      Exit code 65: a figure on disk is not what the data gives, or the data cannot give it; 74: \
      gnuplot is missing or does not end, or the folder cannot be written to.
      """)

  @Argument(help: "Folders of runs, of sweeps or of a lifecycle.", completion: .directory)
  var folders: [String]

  @Option(parsing: .unconditional, help: "Only this figure (default: all that the data can give).")
  var figure: FigureKind?

  @Option(
    help: ArgumentHelp(
      "Where to put the figures: a folder (default: DIR/figures, or figures for several DIRs), or one "
        + "file that ends in .pdf, .svg or .png."),
    completion: .directory)
  var out: String?

  @Flag(help: "Change nothing: say whether the figures on disk are what the data gives.")
  var check = false

  @OptionGroup var output: OutputOptions

  /// The one file that `--out` names; nil for a folder.
  private var file: (path: String, ending: String)? {
    guard let out, !out.hasSuffix("/"), let ending = FigureFormat.ending(of: out) else {
      return nil
    }
    // Whoever has such a folder means it.
    let isFolder = (try? FileKind.of(out)) == .folder
    return isFolder ? nil : (out, ending)
  }

  func validate() throws {
    guard let file else { return }
    guard FigureFormat(rawValue: file.ending) != nil else {
      throw ValidationError(
        "--out \(file.path) names a file of a format that figures do not have; name one that ends in "
          + ".pdf, .svg or .png, or a folder.")
    }
    guard figure != nil else {
      throw ValidationError(
        "--out \(file.path) names one file, and there are several figures; choose one with --figure, or "
          + "name a folder.")
    }
  }

  func run() throws {
    let gnuplot = try Gnuplot.require(
      begins: Interruption.listen, isInterrupted: { Interruption.isRequested })
    let runs = try RunSet(folders: folders)
    for note in runs.unchecked + runs.notes { printMessage("fedsim: \(note)") }
    let figures = try runs.figures(figure)
    if let file, let format = FigureFormat(rawValue: file.ending), let only = figures.first {
      try write(only, as: format, to: file.path, gnuplot, notes: runs.notes)
      return
    }
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

  /// One figure as one file, or whether that file is what the data gives.
  private func write(
    _ figure: Figure, as format: FigureFormat, to path: String, _ gnuplot: Gnuplot, notes: [String]
  ) throws {
    let data = try FigureFolder.bytes(of: figure, as: format, gnuplot: gnuplot)
    if check {
      let old = FileManager.default.contents(atPath: path)
      let differences =
        old == data ? [] : [FigureDifference(file: path, isMissing: old == nil)]
      try report(differences, of: [figure], in: path)
      return
    }
    ReplacedFile.clearLeftovers(in: AtomicFile.folder(of: path))
    try ReplacedFile.write(data, to: path)
    if output.json {
      try printJSON(Drawn(figures: [figure.kind.rawValue], files: [path], notes: notes))
    } else {
      printResult(path)
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
        "fedsim: \(folder): \(differences.count) files must be drawn again with `fedsim plot`."
      )
      throw ExitCode(65)
    }
    if !output.json {
      let count = figures.count == 1 ? "the figure is" : "\(figures.count) figures are"
      printResult("\(folder): \(count) what the CSV files of the runs give.")
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
