import ArgumentParser
import Coordinator
import Experiments
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
      """)

  @Argument(help: "The folder of a run, a sweep or a lifecycle.", completion: .directory)
  var folder: String

  @Option(
    parsing: .unconditional, help: "Worker processes of a run or lifecycle (default: as it began).")
  var workers: Int?

  @Option(
    parsing: .unconditional,
    help: "Runs of a sweep at a time (default: as many as cores and memory allow).")
  var jobs: Int?

  @OptionGroup var output: OutputOptions

  @OptionGroup var progress: ProgressOptions

  func validate() throws {
    try checkWorkers(workers)
    try checkJobs(jobs)
    // Where that cannot be told, `run` says why.
    guard let isSweep = try? SweepFolder.isSweep(folder) else { return }
    guard workers == nil || !isSweep else {
      throw ValidationError(
        "--workers is for runs; a sweep shares the cores among its runs, so give --jobs.")
    }
    guard jobs == nil || isSweep else {
      throw ValidationError("--jobs is for sweeps; \(folder) is no sweep, so give --workers.")
    }
  }

  func run() throws {
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
      folder, workers: workers, launch: WorkerLaunch(), observer: display.observer)
    try display.finish(result)
  }
}
