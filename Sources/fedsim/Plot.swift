import ArgumentParser
import Experiments
import Foundation
import Report
import Storage
import Tables

struct Plot: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draw figures of runs and sweeps from their CSV files.",
    discussion: """
      Examples:

        fedsim plot results/quickstart/20260801-120000-1a2b3c4d
        fedsim plot results/first-try/sweep-1a2b3c4d --out figures
        fedsim plot SWEEP --figure accuracy-epsilon --out epsilon.pdf
        fedsim plot SWEEP --figure difference,difference-rounds --reference FedAvg
        fedsim plot results/first-try/sweep-1a2b3c4d --check

      Several runs or sweeps share a figure: one line for each setting in which they differ, with a \
      band over seeds. The figures difference and difference-rounds show paired differences to the \
      first group, or to --reference. Each figure is a PDF, an SVG and a PNG, as wide as a column of \
      a paper; beside them lie the caption (TXT), the data (CSV) and the gnuplot script that drew \
      them, to change and to run by hand. An --out that ends in .pdf, .svg or .png is one file and \
      needs one --figure. docs/figures.md describes every figure. gnuplot must be installed \
      (\(Gnuplot.advice)).

      Exit code 65: a figure on disk is not what the data gives, or the data cannot give it; 74: \
      gnuplot is missing or does not end, or the folder cannot be written to.
      """)

  @Argument(help: "Folders of runs, of sweeps or of a lifecycle.", completion: .directory)
  var folders: [String]

  @Option(
    name: .customLong("figure"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Only these figures, separated by commas or one --figure each (default: all that the data can "
        + "give): \(FigureKind.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "name"),
    completion: .list(FigureKind.allCases.map(\.rawValue)))
  var names: [String] = []

  @Option(
    help: ArgumentHelp(
      "Where to put the figures: a folder (default: DIR/figures, or figures for several DIRs), or one "
        + "file that ends in .pdf, .svg or .png."),
    completion: .directory)
  var out: String?

  @OptionGroup var reference: ReferenceOptions

  @Option(
    help: ArgumentHelp(
      "Leave out what was before this round in figures over rounds.", valueName: "round"))
  var fromRound: Int?

  @Option(
    name: .customLong("y"), parsing: .unconditional,
    help: ArgumentHelp(
      "Draw this part of the accuracies or differences only, in percent or points, such as 55:60 or "
        + "-1:1; needs --figure.",
      valueName: "low:high"))
  var window: String?

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

  private func kinds() throws -> [FigureKind] {
    try names.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false) }.map { text in
      let name = text.trimmingCharacters(in: .whitespaces)
      if let kind = FigureKind(rawValue: name) { return kind }
      let all = FigureKind.allCases.map(\.rawValue)
      let wanted = name.lowercased().replacing("_", with: "-")
      let near =
        all.first { $0 == wanted }
        ?? KeySuggestion.nearest(wanted, all, atMost: max(2, wanted.count / 3))
      throw ValidationError(
        "--figure \(PrintableText.excerpt(name)): there is no such figure; "
          + (near.map { "the nearest is '\($0)'." }
            ?? "the figures are \(all.joined(separator: ", "))."))
    }
  }

  /// The ends that `--y` gives.
  private func range() throws -> ClosedRange<Double>? {
    guard let window else { return nil }
    let ends = window.split(separator: ":", omittingEmptySubsequences: false).map { Double($0) }
    guard ends.count == 2, let low = ends[0], let high = ends[1], low.isFinite, high.isFinite,
      low < high
    else {
      throw ValidationError(
        "--y \(PrintableText.excerpt(window)): give two numbers, the smaller first, such as 55:60.")
    }
    return low...high
  }

  func validate() throws {
    let kinds = try kinds()
    guard try range() == nil || !kinds.isEmpty else {
      throw ValidationError("--y is for figures of one kind of axis; choose them with --figure.")
    }
    if let fromRound, fromRound < 0 {
      throw ValidationError("--from-round must be 0 or more, not \(fromRound).")
    }
    guard let file else { return }
    guard FigureFormat(rawValue: file.ending) != nil else {
      throw ValidationError(
        "--out \(file.path) names a file of a format that figures do not have; name one that ends in "
          + ".pdf, .svg or .png, or a folder.")
    }
    guard Set(kinds).count == 1 else {
      throw ValidationError(
        "--out \(file.path) names one file, and \(kinds.isEmpty ? "there are several figures" : "--figure names \(Set(kinds).count) figures"); "
          + "choose one with --figure, or name a folder.")
    }
  }

  func run() throws {
    let gnuplot = try Gnuplot.require(
      begins: Interruption.listen, isInterrupted: { Interruption.isRequested })
    var runs = try RunSet(folders: folders)
    for note in runs.unchecked + runs.notes { printMessage("fedsim: \(note)") }
    if let group = reference.group { try runs.compare(with: group) }
    let kinds = try kinds()
    let figures = try shown(try runs.figures(kinds))
    if kinds.isEmpty, let note = runs.settingNote { printMessage("fedsim: \(note)") }
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

  /// The figures with the part of them that was asked for.
  private func shown(_ figures: [Figure]) throws -> [Figure] {
    let range = try range()
    return try figures.map { figure in
      var figure = figure
      figure.window = range
      guard let fromRound, figure.isOverRounds else { return figure }
      guard let part = figure.starting(fromRound: Double(fromRound)) else {
        throw ReportError(
          .badUsage,
          "--from-round \(fromRound): nothing was measured from that round on, so \(figure.kind.rawValue) "
            + "would be empty; give an earlier round.")
      }
      return part
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
      for difference in differences { printParagraph(difference.description) }
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
