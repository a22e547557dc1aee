import Foundation
import Storage
import Tables

/// The points of a sweep: one run per row of sweep.csv.
struct SweepResults {
  /// Finished points.
  var runs: [Run] = []
  /// What the sweep changed, in the order of its columns.
  var varied: [String] = []
  /// Points that did not finish.
  var unfinished = 0
  var comment: String?
  /// sweep.yaml, where it was kept.
  var file: String?
  /// What to know about a table that could not be checked.
  var note: String?

  init(folder: String) throws {
    let files = try RecordedFolder(folder)
    guard let data = try files.data("sweep.csv") else {
      throw ReportError(
        .missingInput, "\(folder)/sweep.csv: cannot be read; is its folder that of a sweep?")
    }
    let table = try CSVTable([UInt8](data), path: "\(folder)/sweep.csv")
    let paths = try table.texts("run")
    try files.requireList(whereRuns: paths)
    note = files.note
    let states = try table.texts("status")
    let split = table.columns.firstIndex(of: "run") ?? 0
    varied = Array(table.columns[..<split])
    let values = try varied.map(table.texts)
    let names = table.columns[split...].filter { $0 != "run" && $0 != "status" }
    let texts = try names.map(table.texts)
    for row in 0..<table.rowCount {
      guard states[row] == "finished" else {
        unfinished += 1
        continue
      }
      guard Self.liesInside(paths[row]) else {
        throw ReportError(
          .badData,
          "\(folder)/sweep.csv: names the run '\(paths[row])', which is not below the sweep's folder; "
            + "restore the file.")
      }
      var metrics: [String: Double] = [:]
      for (name, column) in zip(names, texts) { metrics[name] = Double(column[row]) }
      let sums = "\(paths[row])/\(ChecksumList.name)"
      if try FileKind.exists("\(folder)/\(paths[row])") { try files.check(sums) }
      runs.append(
        try Self.run(
          at: "\(folder)/\(paths[row])", metrics: metrics,
          // An empty cell is a key set to null.
          point: zip(varied, values).map { ($0, $1[row].isEmpty ? "null" : $1[row]) }))
    }
    comment = try Self.comment(in: files)
    file = try files.data("sweep.yaml").map { String(decoding: $0, as: UTF8.self) }
  }

  /// Whether a path leads to somewhere below the folder it is relative to.
  private static func liesInside(_ path: String) -> Bool {
    !path.hasPrefix("/") && !path.split(separator: "/").contains("..")
  }

  /// The run of a row, from its own folder where that was kept.
  private static func run(
    at path: String, metrics: [String: Double], point: [(String, String)]
  ) throws -> Run {
    guard try FileKind.exists("\(path)/config.yaml") else {
      var settings = Settings()
      for (key, value) in point { settings[key] = value }
      return Run(path: path, settings: settings, metrics: metrics)
    }
    var run = try Run(folder: path)
    for (name, value) in metrics {
      guard run.metrics[name] == nil || run.metrics[name] == value else {
        throw ReportError(
          .badData,
          "\(path): its summary.json has another \(name) than sweep.csv; `fedsim resume` of the sweep "
            + "writes sweep.csv again.")
      }
      run.metrics[name] = value
    }
    for (key, value) in point { run.settings[key] = value }
    return run
  }

  /// The question at the head of the experiment file that the sweep keeps.
  private static func comment(in folder: RecordedFolder) throws -> String? {
    for file in try FolderContent.names(in: folder.path) ?? [] where file.hasSuffix(".yaml") {
      let data = try folder.data(file) ?? Data()
      if let comment = Settings(yaml: String(decoding: data, as: UTF8.self)).comment {
        return comment
      }
    }
    return nil
  }
}
