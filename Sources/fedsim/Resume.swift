import ArgumentParser
import Coordinator
import Experiments

struct Resume: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Continue a run or a sweep that was interrupted or killed.",
    discussion: """
      Example:

        fedsim resume results/quickstart/20260105-120000-1a2b3c4d

      The files end up with the bytes of an uninterrupted run.
      """)

  @Argument(help: "The folder of a run or of a sweep.")
  var folder: String

  @Option(help: "Worker processes (default: as the run began).")
  var workers: Int?

  @OptionGroup var output: OutputOptions

  @Flag(help: "No progress, only the result.")
  var quiet = false

  func validate() throws { try checkWorkers(workers) }

  func run() throws {
    if SweepFolder.isSweep(folder) {
      guard workers == nil else {
        throw ValidationError("--workers is for runs; a sweep shares the cores among its runs.")
      }
      let (opened, sweep) = try SweepFolder.open(folder)
      return try work(sweep, in: opened, jobs: nil, isQuiet: quiet, isJSON: output.json)
    }
    let display = RunDisplay(isQuiet: quiet, isJSON: output.json)
    Interruption.listen()
    let result = try ExperimentRun.resume(
      folder, workers: workers, launch: WorkerLaunch(), observer: display.observer)
    try display.finish(result)
  }
}
