import ArgumentParser
import Coordinator
import Experiments
import Foundation

struct SweepCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep", abstract: "Run an experiment for every combination of some settings.",
    discussion: """
      Example:

        fedsim sweep experiments/quickstart.yaml --set sweep.seed=5 --out results/five-seeds

      The experiment's `sweep` group has a list of values for each key path. The points are the
      Cartesian product (grid) of all lists, the last varying fastest:

        sweep:
          # inf: the same without noise
          privacy.target_epsilon: [inf, 8, 2]
          training.cohort_size: [50, 100]
          # five seeds, counted from the file's own
          seed: 5

      Lists under `paired` advance together, as one axis. Named variants are one axis too:

        sweep:
          paired:
            training.cohort_size: [50, 100, 200]
            training.local.learning_rate: [0.1, 0.05, 0.02]
          variants:
            plain: {}
            clipped:
              privacy.clipping_bound: 1
              training.weighting: uniform

      Every point is checked before the first one runs. Points run several at a time, each in its
      own run folder below DIR/runs. DIR/sweep.csv has a row per point: the varied keys, the run,
      its status, and every metric of the last evaluation as <split>_<predictor>_<metric>.

      Work that points share is done once: the simulated population, the baselines, the Bayes optimum
      and local_only, and the calibration of the noise. Points with the same results share a run. A
      point that fails does not stop the others.

      Without --out, DIR is results/<name>/sweep-<hash>, the same for the same file. After
      an interruption the same command, or `fedsim resume DIR`, goes on where it stopped: finished runs
      stay as they are and failed ones are tried again. `fedsim plan` and `fedsim validate` take
      the same file.
      """)

  @OptionGroup var experiment: ExperimentOptions

  @Option(
    help: "The sweep's folder (default: results/<name>/sweep-<hash>).", completion: .directory)
  var out: String?

  @Option(
    parsing: .unconditional, help: "Runs at a time (default: as many as cores and memory allow).")
  var jobs: Int?

  @OptionGroup var output: OutputOptions

  @OptionGroup var progress: ProgressOptions

  func validate() throws { try checkJobs(jobs) }

  func run() throws {
    let watch = SweepDisplay.watch(isQuiet: progress.quiet)
    let sweep = try Sweep.load(
      path: experiment.config, overrides: experiment.overrides, watch: watch)
    let notes = Set(sweep.points.compactMap { ignoredKeysNote($0.configuration) })
    for note in notes.sorted() { printMessage("fedsim: \(note)") }
    let path = try SweepFolder.path(out, for: sweep)
    let prepared = try sweep.prepared(
      except: try SweepFolder.finishedRuns(of: sweep, in: path), watch: watch)
    // A refused sweep leaves no folder.
    try sweep.checkLedgers(prepared, in: path)
    let folder = try SweepFolder.enter(path, for: sweep)
    try work(
      sweep, in: folder, prepared: prepared, jobs: jobs, isQuiet: progress.quiet,
      isJSON: output.json)
  }
}

/// Does what is left of a sweep and prints what came out.
func work(
  _ sweep: Sweep, in folder: SweepFolder, prepared: [String: PreparedExperiment], jobs: Int?,
  isQuiet: Bool, isJSON: Bool
) throws {
  let display = SweepDisplay(isQuiet: isQuiet, isJSON: isJSON)
  Interruption.listen()
  let result = try SweepRun.work(
    sweep, in: folder, prepared: prepared, jobs: jobs, cores: availableCores(),
    launch: WorkerLaunch(), observer: display.observer)
  try display.finish(result)
  guard let first = result.failures.first, let error = first.error else { return }
  printMessage(
    "fedsim: \(result.failures.count) of \(Set(result.rows.map(\.run)).count) runs failed; the same "
      + "command tries them again.")
  exit(FedSim.exitCode(ofFailure: error))
}
