import ArgumentParser
import Experiments
import Foundation

struct List: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the runs and sweeps below a folder.",
    discussion: """
      Examples:

        fedsim list results
        fedsim list results/quickstart/sweep-1a2b3c4d

      The runs of a sweep are listed when the folder is the sweep's own; --json has all of them.
      """)

  @Argument(help: "The folder to look in.", completion: .directory)
  var root = "results"

  @OptionGroup var output: OutputOptions

  func run() throws {
    let listing = Listing(
      runs: try RunList.runs(below: root), sweeps: try SweepList.sweeps(below: root))
    for problem in listing.sweeps.compactMap(\.problem) + listing.runs.compactMap(\.problem) {
      printMessage("fedsim: \(problem)")
    }
    if output.json {
      try printJSON(listing)
      return
    }
    let hidden = listing.sweeps.map(\.path).filter { $0 != root }
    let runs = listing.runs.filter { run in !hidden.contains { run.path.hasPrefix("\($0)/") } }
    guard !runs.isEmpty || !listing.sweeps.isEmpty else {
      printResult("No runs below \(root).")
      return
    }
    if !listing.sweeps.isEmpty { printResult(Self.table(listing.sweeps)) }
    if !listing.sweeps.isEmpty, !runs.isEmpty { printResult("") }
    if !runs.isEmpty { printResult(Self.table(runs)) }
  }

  private static func table(_ sweeps: [SweepList.Entry]) -> String {
    TextTable.render(
      [["sweep", "state", "finished", "failed", "started"]]
        + sweeps.map { sweep in
          [
            sweep.path, sweep.state, "\(sweep.finished) of \(sweep.runs)", "\(sweep.failed)",
            sweep.start.formatted(.iso8601),
          ]
        })
  }

  private static func table(_ runs: [RunList.Entry]) -> String {
    TextTable.render(
      [["run", "state", "rounds", "top-1", "started"]]
        + runs.map { run in
          [
            run.path, run.state, "\(run.rounds)",
            run.accuracyTop1.map { String(format: "%.1f %%", 100 * $0) } ?? "–",
            run.start.formatted(.iso8601),
          ]
        })
  }

  private struct Listing: Encodable {
    var runs: [RunList.Entry]
    var sweeps: [SweepList.Entry]
  }
}
