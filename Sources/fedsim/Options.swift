import ArgumentParser
import Coordinator
import Federation

/// The experiment that a verb is about.
struct ExperimentOptions: ParsableArguments {
  @Argument(
    help: "The experiment file (YAML), or - for standard input.",
    completion: .file(extensions: ["yaml", "yml"]))
  var config: String

  @Option(
    name: .customLong("set"), help: "Change a key, as key.path=value. Repeatable.",
    completion: .custom(Completion.settings))
  var overrides: [String] = []
}

/// How a new run is made.
struct RunOptions: ParsableArguments {
  @Option(
    help: "The run folder to make (default: results/<name>/<time>-<hash>).", completion: .directory)
  var out: String?

  @Option(parsing: .unconditional, help: "Worker processes (default: one per core).")
  var workers: Int?

  func validate() throws { try checkWorkers(workers) }
}

/// Options that every verb with a result shares.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print one JSON object on standard output.")
  var json = false
}

/// Options of verbs that work for a while.
struct ProgressOptions: ParsableArguments {
  @Flag(help: "No progress, only the result.")
  var quiet = false
}

/// Workers are processes: none do no work, thousands exhaust the machine.
func checkWorkers(_ workers: Int?) throws {
  try check(workers, of: "--workers", .integer(WorkerPool.sizes))
}

/// Every job has a worker at least.
func checkJobs(_ jobs: Int?) throws {
  try check(jobs, of: "--jobs", .integer(WorkerPool.sizes))
}

/// Throws unless an option lies in the range of the key that means the same in experiment files.
func check(_ value: Int?, of option: String, as keyPath: String) throws {
  guard let key = Configuration.key(keyPath) else { preconditionFailure("\(keyPath) is a key") }
  try check(value, of: option, key.kind)
}

private func check(_ value: Int?, of option: String, _ kind: ConfigurationKey.Kind) throws {
  guard let value, !kind.admits(.integer(value)) else { return }
  throw ValidationError("\(option) must \(kind.rule), not \(value).")
}
