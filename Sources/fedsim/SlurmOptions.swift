import ArgumentParser
import Experiments
import Foundation

/// How a sweep is handed to a cluster.
struct SlurmOptions: ParsableArguments {
  @Flag(
    help:
      "Submit the sweep to Slurm as a job array, one task per run, and return; --jobs limits the tasks at a time."
  )
  var slurm = false

  @Flag(help: "With --slurm: write the scripts to DIR/slurm and submit nothing.")
  var dryRun = false

  @Option(
    parsing: .unconditionalSingleValue,
    help: "With --slurm: an option of sbatch, such as --sbatch=--time=2:00:00. Repeatable.")
  var sbatch: [String] = []

  func validate() throws {
    guard slurm || !dryRun else {
      throw ValidationError(
        "--dry-run is for --slurm; `fedsim plan` says what a sweep will cost without running it.")
    }
    guard slurm || sbatch.isEmpty else {
      throw ValidationError("--sbatch is for --slurm; add --slurm, or leave it out.")
    }
    do {
      try SlurmSubmission.check(options: sbatch)
    } catch let error as ExperimentError {
      throw ValidationError(error.message)
    }
  }

  /// Throws unless the machine can do what was asked.
  func checkMachine() throws {
    if slurm, !dryRun { try SlurmSubmission.requireSbatch() }
  }

  /// Hands what is left of a sweep to Slurm and says so.
  ///
  /// - Parameter path: the sweep's folder, which nobody has locked.
  func submit(
    _ sweep: Sweep, in path: String, finished: Set<String>, jobs: Int?, isJSON: Bool
  ) throws {
    let submission = try SlurmSubmission.work(
      sweep, in: path, finished: finished, jobs: jobs, options: sbatch, submits: !dryRun)
    if isJSON {
      return try printJSON(
        Report(
          name: submission.name, sweepFolder: submission.folder, runs: submission.points,
          finished: submission.finished, scripts: submission.scripts, jobs: submission.jobs))
    }
    printResult(submission.folder)
    guard submission.points > 0 else {
      return printParagraph(
        "Every run is finished; `fedsim resume \(submission.folder) --collect` writes sweep.csv again."
      )
    }
    let runs = counted(submission.points, "run")
    guard !submission.jobs.isEmpty else {
      return printParagraph(
        "The scripts for \(runs) are in \(submission.scripts); submit them with `bash "
          + "\(submission.scripts)/submit.sh`.")
    }
    let jobs = submission.jobs.map { "\($0.step) \($0.job)" }.joined(separator: ", ")
    printParagraph(
      "\(runs) submitted to Slurm: \(jobs). The last job writes \(submission.folder)/sweep.csv; what the tasks "
        + "say is in \(submission.scripts).")
  }

  private struct Report: Encodable {
    var name: String
    var sweepFolder: String
    /// To be made.
    var runs: Int
    /// Before.
    var finished: Int
    var scripts: String
    var jobs: [SlurmSubmission.Job]
  }
}
