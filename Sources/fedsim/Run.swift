import ArgumentParser
import Coordinator
import Experiments

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run an experiment.",
    discussion: """
      Example:

        fedsim run experiments/quickstart.yaml --set training.rounds=20 --workers 2

      Prints the run folder first, then a table of the last evaluation. Ctrl-C finishes the round
      and stops; `fedsim resume DIR` continues.
      """)

  @Argument(help: "The experiment file (YAML).")
  var config: String

  @Option(name: .customLong("set"), help: "Change a key, as key.path=value. Repeatable.")
  var overrides: [String] = []

  @Option(help: "The run folder to make (default: results/<name>/<time>-<hash>).")
  var out: String?

  @Option(help: "Worker processes (default: one per core).")
  var workers: Int?

  @OptionGroup var output: OutputOptions

  @Flag(help: "No progress, only the result.")
  var quiet = false

  func validate() throws { try checkWorkers(workers) }

  func run() throws {
    let configuration = try ConfigurationLoader.load(path: config, overrides: overrides)
    let display = RunDisplay(isQuiet: quiet, isJSON: output.json)
    Interruption.listen()
    let result = try ExperimentRun.start(
      configuration, out: out, comment: headComment(ofFile: config),
      workers: workers ?? availableCores(), launch: WorkerLaunch(), observer: display.observer)
    try display.finish(result)
  }
}

/// Workers are processes: none do no work, thousands exhaust the machine.
func checkWorkers(_ workers: Int?) throws {
  guard let workers else { return }
  guard (1...1_024).contains(workers) else {
    throw ValidationError("--workers must lie in 1…1024, not \(workers).")
  }
}
