import ArgumentParser
import Coordinator
import Experiments
import Federation

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run an experiment.",
    discussion: """
      Example:

        fedsim run experiments/quickstart.yaml --set training.rounds=20 --workers 2

      Prints the run folder first, then a table of the last evaluation. Ctrl-C finishes the round and stops; \
      `fedsim resume DIR` continues.
      """)

  @OptionGroup var experiment: ExperimentOptions

  @OptionGroup var options: RunOptions

  @Option(
    help: "What starts workers, as workers.launcher.",
    completion: .list(WorkerConfiguration.Launcher.allCases.map(\.rawValue)))
  var launcher: String?

  @OptionGroup var output: OutputOptions

  @OptionGroup var progress: ProgressOptions

  func run() throws {
    var configuration = try ConfigurationLoader.load(
      path: experiment.config,
      overrides: experiment.overrides + (launcher.map { ["workers.launcher=\($0)"] } ?? []))
    if let note = ignoredKeysNote(configuration) { printMessage("fedsim: \(note)") }
    let workers = try options.workers ?? defaultWorkers(&configuration)
    let display = RunDisplay(isQuiet: progress.quiet, isJSON: output.json)
    let result = try ExperimentRun.start(
      configuration, out: options.out, comment: try headComment(ofFile: experiment.config),
      extends: try ConfigurationLoader.extendedFiles(path: experiment.config),
      workers: workers, launch: WorkerLaunch(),
      observer: display.observer)
    try display.finish(result)
  }

  /// One for each core; on a cluster one for each machine, with workers of its own for its cores.
  private func defaultWorkers(_ configuration: inout Configuration) throws -> Int {
    guard configuration.workers.launcher == .slurm else { return availableCores() }
    let allocation = try SlurmAllocation.current()
    if configuration.workers.relay == 0 { configuration.workers.relay = allocation.cores }
    return min(allocation.machines, WorkerPool.sizes.upperBound)
  }
}
