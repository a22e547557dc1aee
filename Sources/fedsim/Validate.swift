import ArgumentParser
import Experiments

struct Validate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check an experiment file and show it with every default filled in.",
    discussion: """
      Example:

        fedsim validate experiments/quickstart.yaml
      """)

  @Argument(help: "The experiment file (YAML).")
  var config: String

  @Option(name: .customLong("set"), help: "Change a key, as key.path=value. Repeatable.")
  var overrides: [String] = []

  @OptionGroup var output: OutputOptions

  func run() throws {
    let configuration = try ExperimentCheck.check(path: config, overrides: overrides)
    if output.json {
      try printJSON(configuration)
    } else {
      printResult(try ConfigurationTree.text(of: configuration), terminator: "")
      printMessage("\(config) is valid.")
    }
  }
}
