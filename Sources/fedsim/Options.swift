import ArgumentParser

/// The experiment that a verb is about.
struct ExperimentOptions: ParsableArguments {
  @Argument(help: "The experiment file (YAML).")
  var config: String

  @Option(name: .customLong("set"), help: "Change a key, as key.path=value. Repeatable.")
  var overrides: [String] = []
}

/// How a new run is made.
struct RunOptions: ParsableArguments {
  @Option(help: "The run folder to make (default: results/<name>/<time>-<hash>).")
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
  guard let workers, !(1...1_024).contains(workers) else { return }
  throw ValidationError("--workers must lie in 1…1024, not \(workers).")
}

func checkJobs(_ jobs: Int?) throws {
  guard let jobs, !(1...1_024).contains(jobs) else { return }
  throw ValidationError("--jobs must lie in 1…1024, not \(jobs).")
}
