import Foundation
import Tables

/// The points of a sweep: one run per row of sweep.csv.
struct Sweep {
  /// Finished points.
  var runs: [Run] = []
  /// What the sweep changed, in the order of its columns.
  var varied: [String] = []
  /// Points that did not finish.
  var unfinished = 0
  var comment: String?

  init(folder: String) throws {
    let table = try CSVTable(path: "\(folder)/sweep.csv")
    let paths = try table.texts("run")
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
      runs.append(
        try Self.run(
          at: "\(folder)/\(paths[row])", metrics: metrics,
          // An empty cell is a key set to null.
          point: zip(varied, values).map { ($0, $1[row].isEmpty ? "null" : $1[row]) }))
    }
    comment = try Self.comment(in: folder)
  }

  /// Whether a path leads to somewhere below the folder it is relative to.
  private static func liesInside(_ path: String) -> Bool {
    !path.hasPrefix("/") && !path.split(separator: "/").contains("..")
  }

  /// The run of a row, from its own folder where that was kept.
  private static func run(
    at path: String, metrics: [String: Double], point: [(String, String)]
  ) throws -> Run {
    guard FileManager.default.fileExists(atPath: "\(path)/config.yaml") else {
      var settings = Settings()
      for (key, value) in point { settings[key] = value }
      return Run(path: path, settings: settings, metrics: metrics)
    }
    var run = try Run(folder: path)
    run.metrics.merge(metrics) { _, swept in swept }
    for (key, value) in point { run.settings[key] = value }
    return run
  }

  /// The question at the head of the experiment file that the sweep keeps.
  private static func comment(in folder: String) throws -> String? {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for file in files.sorted() where file.hasSuffix(".yaml") {
      let data = FileManager.default.contents(atPath: "\(folder)/\(file)") ?? Data()
      if let comment = Settings(yaml: String(decoding: data, as: UTF8.self)).comment {
        return comment
      }
    }
    return nil
  }
}
