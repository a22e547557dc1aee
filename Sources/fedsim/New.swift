import ArgumentParser
import Experiments
import Tables

extension ExperimentTemplate: ExpressibleByArgument {}

struct New: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a commented experiment file to begin with.",
    discussion: """
      Example:

        fedsim new first-try --template sweep

      Templates:

      \(ExperimentTemplate.allCases.map { "  \($0.rawValue): \($0.summary)" }.joined(separator: "\n"))

      A file that exists is never overwritten.
      """)

  @Argument(help: "The experiment's name; the file is NAME.yaml.")
  var name = "experiment"

  @Option(parsing: .unconditional, help: "What to begin with.")
  var template = ExperimentTemplate.quickstart

  @OptionGroup var output: OutputOptions

  func run() throws {
    let path = try template.write(name: name)
    if output.json {
      try printJSON(Written(path: path, template: template.rawValue))
    } else {
      printResult(path)
      printMessage("Run it with `fedsim \(template.verb) \(shellQuoted(path))`.")
    }
  }

  private struct Written: Encodable {
    var path: String
    var template: String
  }
}
