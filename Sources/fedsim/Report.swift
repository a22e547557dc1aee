import ArgumentParser
import Foundation
import Report
import Storage

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write one HTML file about runs and sweeps.",
    discussion: """
      Example:

        fedsim report results/first-try/sweep-1a2b3c4d --out first-try.html

      The file needs no network and nothing beside it: the question, the results, the figures,
      what is claimed about privacy in plain words, the configuration, the machine, and the
      commands that make it all again. gnuplot must be installed (\(Gnuplot.advice)).
      """)

  @Argument(help: "Folders of runs, of sweeps or of a lifecycle.", completion: .directory)
  var folders: [String]

  @Option(
    help: "The file to write (default: DIR/report.html, or report.html for several DIRs).",
    completion: .file())
  var out: String?

  @OptionGroup var reference: ReferenceOptions

  @OptionGroup var output: OutputOptions

  func run() throws {
    let gnuplot = try Gnuplot.require(
      begins: Interruption.listen, isInterrupted: { Interruption.isRequested })
    var runs = try RunSet(folders: folders)
    if let group = reference.group { try runs.compare(with: group) }
    let page = try Page(runs, gnuplot: gnuplot)
    let path =
      out ?? (runs.folders.count == 1 ? "\(runs.folders[0])/report.html" : "report.html")
    ReplacedFile.clearLeftovers(in: AtomicFile.folder(of: path))
    try ReplacedFile.write(Data(try page.html().utf8), to: path)
    for note in runs.unchecked + runs.notes { printMessage("fedsim: \(note)") }
    if output.json {
      try printJSON(Written(report: path, runs: runs.runs.count, figures: page.figureCount))
    } else {
      printResult(path)
    }
  }

  private struct Written: Encodable {
    var report: String
    var runs: Int
    var figures: Int
  }
}
