import Foundation
import Storage

/// Brings the results of points that were made one by one together in sweep.csv.
package enum SweepCollection {
  /// Writes sweep.csv and SHA256SUMS, whatever became of the points.
  ///
  /// With every point finished or failed, the folder is that of a sweep that was made in one process.
  /// Otherwise the table says which are unfinished, and the error how to go on.
  package static func work(
    _ sweep: Sweep, in folder: SweepFolder, observer: SweepObserver
  ) throws -> SweepResult {
    let start = ContinuousClock.now
    observer.began(folder.path)
    var table = SweepTable(sweep, path: SweepFolder.table(in: folder.path))
    var failures: [SweepEnding] = []
    for point in sweep.runs {
      let path = "\(folder.path)/\(point.run)"
      if try FinishedRun.isWhole(in: path, of: point.configuration) {
        table.add(try FinishedRun(RecordedFolder(path)), at: point.run)
      } else if let error = try failure(of: point, in: folder.path) {
        table.fail(point.run)
        failures.append(SweepEnding(point: point, error: error, seconds: 0))
      }
    }
    try table.write()
    try folder.record(finished: sweep.runs.filter { table.status(of: $0) == .finished }.map(\.run))
    let missing = sweep.runs.filter { table.status(of: $0) == .unfinished }
    guard missing.isEmpty else {
      throw ExperimentError(
        .resumable,
        "\(folder.path): \(missing.count) of \(sweep.runs.count) runs are unfinished, the first is point "
          + "\(missing[0].number) (\(missing[0].label)), and sweep.csv says so; submit them again with "
          + "`fedsim resume \(folder.path) --slurm`, or do them here with `fedsim resume \(folder.path)`."
      )
    }
    SharedWork(in: folder.path, keepingHistories: true).removeHistories()
    folder.log("Every run has ended, \(failures.count) of them failed.")
    return SweepResult(
      sweep, in: folder.path, table, failures, seconds: (ContinuousClock.now - start) / .seconds(1))
  }

  private static func failure(of point: SweepPoint, in path: String) throws -> ExperimentError? {
    if let reason = try TaskFailure(point: point.number, in: path).read() {
      return ExperimentError(
        ExperimentError.Code(rawValue: reason.exitCode) ?? .resumable, reason.sentence)
    }
    let run = "\(path)/\(point.run)"
    guard try FileKind.exists("\(run)/\(RunFolder.configName)"),
      let manifest = try? Manifest.read(from: run), manifest.exitReason == .failed
    else { return nil }
    return ExperimentError(.resumable, manifest.exitMessage ?? "\(run): has failed.")
  }
}
