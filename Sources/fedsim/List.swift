import ArgumentParser
import Experiments
import Foundation

struct List: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the runs below a folder.",
    discussion: """
      Example:

        fedsim list results
      """)

  @Argument(help: "The folder to look in.")
  var root = "results"

  @OptionGroup var output: OutputOptions

  func run() throws {
    let runs = try RunList.runs(below: root)
    if output.json {
      try printJSON(Listing(runs: runs))
      return
    }
    guard !runs.isEmpty else {
      printResult("No runs below \(root).")
      return
    }
    printResult(
      TextTable.render(
        [["run", "state", "rounds", "top-1", "started"]]
          + runs.map { run in
            [
              run.path, run.state, "\(run.rounds)",
              run.accuracyTop1.map { String(format: "%.1f %%", 100 * $0) } ?? "–",
              run.start.formatted(.iso8601),
            ]
          }))
  }

  private struct Listing: Encodable {
    var runs: [RunList.Entry]
  }
}
