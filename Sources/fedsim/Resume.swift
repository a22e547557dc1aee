import ArgumentParser
import Coordinator
import Experiments
import Federation
import Lifecycle

struct Resume: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Continue a run, a sweep or a lifecycle that was interrupted or killed.",
    discussion: """
      Example:

        fedsim resume results/quickstart/20260105-120000-1a2b3c4d
        fedsim resume results/first-try/sweep-1a2b3c4d --jobs 2

      In the end the files have the bytes of an uninterrupted run. In a sweep, finished runs stay as
      they are, runs that had begun go on, and failed ones are tried again. `fedsim sweep FILE --out
      DIR` with the same file does the same.

      A sweep can also be made point by point, by tasks on any machines that share its folder, and in
      any order. `fedsim sweep --slurm` does this on a cluster; other schedulers call

        fedsim resume DIR --prepare
        fedsim resume DIR --point 3
        fedsim resume DIR --collect

      once before, once for every point, and once at the end.
      """)

  @Argument(help: "The folder of a run, a sweep or a lifecycle.", completion: .directory)
  var folder: String

  @Option(
    parsing: .unconditional, help: "Worker processes of a run or lifecycle (default: as it began).")
  var workers: Int?

  @Option(
    help: "What starts the workers of a run, as workers.launcher (default: as it began).",
    completion: .list(WorkerConfiguration.Launcher.allCases.map(\.rawValue)))
  var launcher: String?

  @Option(
    parsing: .unconditional,
    help: "Runs of a sweep at a time (default: as many as cores and memory allow).")
  var jobs: Int?

  @Option(
    parsing: .unconditional,
    help: "Make only this point of a sweep, from 1; other processes may make others meanwhile.")
  var point: Int?

  @Flag(help: "Measure what several points of a sweep share, and make none.")
  var prepare = false

  @Flag(help: "Write sweep.csv from the points that are made, and make none.")
  var collect = false

  @OptionGroup var cluster: SlurmOptions

  @OptionGroup var output: OutputOptions

  @OptionGroup var progress: ProgressOptions

  func validate() throws {
    try checkWorkers(workers)
    try checkJobs(jobs)
    try checkSteps()
    try checkLauncher()
    // Where that cannot be told, `run` says why.
    guard let isSweep = try? SweepFolder.isSweep(folder) else { return }
    guard launcher == nil || !isSweep else {
      throw ValidationError("--launcher is for runs; the points of a sweep have local workers.")
    }
    guard workers == nil || !isSweep || point != nil || prepare else {
      throw ValidationError(
        "--workers is for runs; a sweep shares the cores among its runs, so give --jobs.")
    }
    guard jobs == nil || isSweep else {
      throw ValidationError("--jobs is for sweeps; \(folder) is no sweep, so give --workers.")
    }
    if let first = steps.first, !isSweep {
      throw ValidationError("\(first) is for sweeps; \(folder) is no sweep, so leave it out.")
    }
  }

  /// Options that ask for a part of the work on a sweep.
  private var steps: [String] {
    [
      point == nil ? nil : "--point", prepare ? "--prepare" : nil, collect ? "--collect" : nil,
      cluster.slurm ? "--slurm" : nil,
    ].compactMap(\.self)
  }

  private func checkLauncher() throws {
    guard let launcher, WorkerConfiguration.Launcher(rawValue: launcher) == nil else { return }
    let words = WorkerConfiguration.Launcher.allCases.map(\.rawValue).joined(separator: ", ")
    throw ValidationError("--launcher must be one of \(words), not '\(launcher)'.")
  }

  private func checkSteps() throws {
    guard steps.count < 2 else {
      throw ValidationError("\(steps[0]) and \(steps[1]) exclude each other; give one of them.")
    }
    if let step = steps.first, step != "--slurm", jobs != nil {
      throw ValidationError("--jobs has no meaning with \(step), which is one job; leave it out.")
    }
  }

  private func runSweep() throws {
    try cluster.checkMachine()
    let launch = WorkerLaunch()
    let observer = RunStatus(isQuiet: progress.quiet, isJSON: output.json).observer
    let workers = self.workers ?? availableCores()
    if let point {
      return try finish(
        point,
        SweepTask.work(
          on: point, in: folder, workers: workers, launch: launch, observer: observer))
    }
    if prepare {
      return try SweepPreparatoryWork.work(
        in: folder, workers: workers, launch: launch, observer: observer)
    }
    if collect {
      let (opened, sweep) = try SweepFolder.open(folder)
      let display = SweepDisplay(isQuiet: progress.quiet, isJSON: output.json)
      return try fedsim.finish(
        SweepCollection.work(sweep, in: opened, observer: display.observer), of: sweep, display)
    }
    if cluster.slurm {
      let (path, sweep) = try { () throws -> (String, Sweep) in
        // Locked no longer than it takes to finish what a killed process was at.
        let (opened, sweep) = try SweepFolder.open(folder)
        return (opened.path, sweep)
      }()
      return try cluster.submit(
        sweep, in: path, finished: SweepFolder.finishedRuns(of: sweep, in: path), jobs: jobs,
        isJSON: output.json)
    }
  }

  private func finish(_ point: Int, _ outcome: SweepTask.Outcome) throws {
    let run: String
    switch outcome {
    case .made(let result):
      return try RunDisplay(isQuiet: progress.quiet, isJSON: output.json).finish(result)
    case .wasFinished(let folder):
      printMessage("fedsim: Point \(point) was finished already.")
      run = folder
    case .isMade(let first, let folder):
      printMessage(
        "fedsim: Point \(point) has the results of point \(first), which is another task's.")
      run = folder
    }
    if output.json { return try printJSON(["run_folder": run]) }
    printResult(run)
  }

  func run() throws {
    if try SweepFolder.isSweep(folder), !steps.isEmpty { return try runSweep() }
    if try SweepFolder.isSweep(folder) {
      let (opened, sweep) = try SweepFolder.open(folder)
      let finished = try SweepFolder.finishedRuns(of: sweep, in: opened.path)
      let prepared = try sweep.prepared(
        except: finished, watch: SweepDisplay.watch(isQuiet: progress.quiet))
      try sweep.checkLedgers(prepared, in: opened.path)
      return try work(
        sweep, in: opened, prepared: prepared, jobs: jobs, isQuiet: progress.quiet,
        isJSON: output.json)
    }
    if try RunFolder.isLifecycle(folder) {
      let display = LifecycleDisplay(isQuiet: progress.quiet, isJSON: output.json)
      let (path, summary) = try LifecycleRun.resume(
        folder, workers: workers, launch: WorkerLaunch(), observer: display.observer)
      return try display.finish(path, summary)
    }
    let display = RunDisplay(isQuiet: progress.quiet, isJSON: output.json)
    let result = try ExperimentRun.resume(
      folder, workers: workers, launcher: launcher.flatMap(WorkerConfiguration.Launcher.init),
      launch: WorkerLaunch(), observer: display.observer)
    try display.finish(result)
  }
}
