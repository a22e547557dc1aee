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

      The group `sweep` of the experiment file gives a list of values for each key path. The
      points are the Cartesian product of all lists (a grid); the last list varies fastest:

        sweep:
          # inf: the same without noise
          privacy.target_epsilon: [inf, 8, 2]
          training.cohort_size: [50, 100]
          # five seeds, counted from the file's own
          seed: 5

      Lists under `paired` advance together, as one axis (zipped). Named groups of settings under
      `variants` are one axis too:

        sweep:
          paired:
            training.cohort_size: [50, 100, 200]
            training.local.learning_rate: [0.1, 0.05, 0.02]
          variants:
            plain: {}
            clipped:
              privacy.clipping_bound: 1
              training.weighting: uniform

      `random` draws points from ranges and lists, by the file's seed:

        sweep:
          random:
            samples: 20
            training.local.learning_rate: {from: 0.001, to: 0.1, scale: log}

      All points are checked before the first one runs. Several points run at a time, each in a
      run folder of its own below DIR/runs. DIR/sweep.csv has one row per point: the varied keys,
      the run, its status, and every metric of the last evaluation as <split>_<predictor>_<metric>.

      Points share what is equal: simulated clients are generated once, baselines, Bayes optimum
      and local_only are measured once, noise is calibrated once per privacy setting, and points
      that differ in no result share one run. A point that fails does not stop the others.

      Without --out, DIR is results/<name>/sweep-<hash>; the same file gives the same hash. After
      an interruption or a kill, the same command or `fedsim resume DIR` continues: finished runs
      are kept and failed ones are tried again.

      A sweep can grow: add a seed or a value and give the folder of the smaller sweep as --out.
      Finished runs are kept, only new points run, and run folders are renumbered, so that the
      folder is that of a sweep that was this large from the start. --reuse OLD copies the
      finished runs that fit into a new folder instead, also of a grid with other values.

      On a cluster with Slurm,

        fedsim sweep FILE --slurm --jobs 20 --sbatch=--time=2:00:00 --sbatch=--cpus-per-task=4

      submits the sweep as a job array and returns: shared work first, then one task per run, then
      sweep.csv. A task that comes near its time limit or ends with exit code 75 is requeued and goes
      on from its checkpoint; one that fails does not stop the others. --dry-run writes the scripts.
      """)

  @OptionGroup var experiment: ExperimentOptions

  @Option(
    help: """
      The sweep's folder; that of a smaller grid of the same experiment grows (default: \
      results/<name>/sweep-<hash>).
      """, completion: .directory)
  var out: String?

  @Option(
    help: "The folder of another sweep, whose finished runs are copied where they fit.",
    completion: .directory)
  var reuse: String?

  @Option(
    parsing: .unconditional, help: "Runs at a time (default: as many as cores and memory allow).")
  var jobs: Int?

  @OptionGroup var cluster: SlurmOptions

  @OptionGroup var margin: MarginOptions

  @OptionGroup var output: OutputOptions

  @OptionGroup var progress: ProgressOptions

  func validate() throws { try checkJobs(jobs) }

  func run() throws {
    try cluster.checkMachine()
    let watch = SweepDisplay.watch(isQuiet: progress.quiet)
    let sweep = try Sweep.load(
      path: experiment.config, overrides: experiment.overrides, watch: watch)
    let notes = Set(sweep.points.compactMap { ignoredKeysNote($0.configuration) })
    for note in notes.sorted() { printMessage("fedsim: \(note)") }
    if cluster.slurm { try sweep.requireNoLedger("made") }
    let path = try SweepFolder.path(out, for: sweep)
    var finished = try SweepFolder.finishedRuns(of: sweep, in: path)
    let reused = try reuse.map { try SweepReuse(sweep, in: path, from: $0) }
    if let reused {
      finished.formUnion(reused.runs)
      printMessage(
        "fedsim: \(reused.runs.count) of \(sweep.runs.count) runs are taken from \(reuse ?? "").")
    }
    if out == nil, reuse == nil, let hint = SweepReuse.hint(for: sweep, in: path) {
      printMessage("fedsim: \(hint)")
    }
    let prepared = try sweep.prepared(except: finished, watch: watch)
    // A refused sweep leaves no folder.
    try sweep.checkLedgers(prepared, in: path)
    if cluster.slurm {
      try enter(path, sweep, reused)
      return try cluster.submit(
        sweep, in: path, finished: finished, jobs: jobs, isJSON: output.json)
    }
    try work(
      sweep, in: enter(path, sweep, reused), prepared: prepared, jobs: jobs,
      isQuiet: progress.quiet, isJSON: output.json, margin: margin.share)
  }

  /// The folder is locked as long as somebody has the result.
  @discardableResult
  private func enter(_ path: String, _ sweep: Sweep, _ reused: SweepReuse?) throws -> SweepFolder {
    let folder = try SweepFolder.enter(path, for: sweep)
    if let growth = folder.growth { printMessage("fedsim: \(growth)") }
    try reused?.copy(into: folder)
    return folder
  }
}

/// Does what is left of a sweep and prints what came out.
func work(
  _ sweep: Sweep, in folder: SweepFolder, prepared: [String: PreparedExperiment], jobs: Int?,
  isQuiet: Bool, isJSON: Bool, margin: Double = 0.01
) throws {
  let display = SweepDisplay(isQuiet: isQuiet, isJSON: isJSON)
  Interruption.listen()
  let result = try SweepRun.work(
    sweep, in: folder, prepared: prepared, jobs: jobs, cores: availableCores(),
    launch: WorkerLaunch(), observer: display.observer)
  try finish(result, of: sweep, display, margin: margin)
}

/// Prints what came out of a sweep; ends the process when a run has failed.
func finish(
  _ result: SweepResult, of sweep: Sweep, _ display: SweepDisplay, margin: Double = 0.01
) throws {
  // Trials that were drawn at random are no settings to compare.
  try display.finish(result, margin: sweep.randomStopping == nil ? margin : nil)
  guard let first = result.failures.first, let error = first.error else { return }
  printMessage(
    "fedsim: \(result.failures.count) of \(Set(result.rows.map(\.run)).count) runs failed; the same "
      + "command tries them again.")
  exit(FedSim.exitCode(ofFailure: error))
}
