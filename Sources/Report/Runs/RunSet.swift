import Foundation
import Storage

/// All runs that a figure or a report is about, and what differs between them.
package struct RunSet: Sendable {
  /// The folders as they were given.
  package let folders: [String]
  package private(set) var runs: [Run] = []
  /// Key paths whose values differ, but for the seed.
  package private(set) var varied: [String] = []
  package private(set) var questions: [String] = []
  /// The file of each sweep, by folder.
  package private(set) var sweepFiles: [(folder: String, text: String)] = []
  /// What was left out, one sentence each.
  package private(set) var notes: [String] = []

  /// Which files could not be checked, one sentence each.
  package private(set) var unchecked: [String] = []

  /// Reads runs and sweeps.
  package init(folders: [String]) throws {
    self.folders = folders.map(Self.normalized)
    var sweepKeys: [[String]?] = []
    for folder in self.folders {
      guard try FileKind.exists("\(folder)/sweep.csv") else {
        let run = try Run(folder: folder)
        if let failure = run.manifest?.failure {
          notes.append("\(folder): failed, and its numbers are no result: \(failure)")
        }
        runs.append(run)
        unchecked += [run.note].compactMap(\.self)
        ask(run.settings.comment)
        sweepKeys.append(nil)
        continue
      }
      let sweep = try SweepResults(folder: folder)
      runs += sweep.runs
      unchecked += [sweep.note].compactMap(\.self)
      if let file = sweep.file { sweepFiles.append((folder, file)) }
      ask(sweep.comment ?? sweep.runs.first?.settings.comment)
      sweepKeys.append(sweep.varied)
      guard sweep.unfinished > 0 else { continue }
      let all = sweep.unfinished + sweep.runs.count
      notes.append(
        "\(folder): \(sweep.unfinished) of \(all) points did not finish and are left out.")
    }
    guard !runs.isEmpty else {
      throw ReportError(
        .badData, "\(self.folders.joined(separator: ", ")): no run has finished yet; wait for it.")
    }
    removeRepetitions()
    varied = Self.varied(runs, swept: Set(sweepKeys).count == 1 ? sweepKeys[0] : nil)
  }

  /// For tests: runs as they are.
  package init(runs: [Run]) {
    folders = runs.map(\.path)
    self.runs = runs
    varied = Self.varied(runs, swept: nil)
  }

  private mutating func ask(_ question: String?) {
    guard let question, !questions.contains(question) else { return }
    questions.append(question)
  }

  /// The same configuration and seed give the same bytes: a second such run is no second sample.
  private mutating func removeRepetitions() {
    var seen: [[String?]: String] = [:]
    let keys = Self.comparedKeys(runs) + ["seed"]
    runs = runs.filter { run in
      guard !run.seed.isEmpty else { return true }
      let values = keys.map { run.settings[$0] }
      if let first = seen[values] {
        notes.append("\(run.path): repeats \(first), configuration and seed, and is left out.")
        return false
      }
      seen[values] = run.path
      return true
    }
  }

  /// Keys that can change a result, in the order of the configuration.
  private static func comparedKeys(_ runs: [Run]) -> [String] {
    var keys: [String] = []
    var seen: Set = ["seed", "name"]
    for run in runs {
      for key in run.settings.keys where seen.insert(key).inserted {
        let isOperational = key.hasPrefix("workers.") || key.hasPrefix("checkpoint.")
        if !isOperational { keys.append(key) }
      }
    }
    return keys
  }

  /// `swept` are the keys of a sweep that all runs belong to.
  private static func varied(_ runs: [Run], swept: [String]?) -> [String] {
    let keys = swept?.filter { $0 != "seed" } ?? comparedKeys(runs)
    return keys.filter { key in Set(runs.map { $0.settings[key] }).count > 1 }
  }

  private static func normalized(_ path: String) -> String {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
  }
}
