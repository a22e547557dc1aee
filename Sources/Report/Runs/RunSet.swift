import Foundation
import RunResults
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

  /// Whether the runs are of several folders, of which one is a sweep at least.
  private(set) var isOfSeveral = false
  /// A run of the group with which the others are compared; the first run where nobody chose.
  private var reference: String?

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
    isOfSeveral = self.folders.count > 1 && sweepKeys.contains { $0 != nil }
    if isOfSeveral { nameVariants() }
    removeRepetitions()
    // Sweeps of the same keys may still differ in what they keep fixed.
    let isKnown = runs.allSatisfy(\.hasFiles)
    let isOneSweep = Set(sweepKeys).count == 1 && (!isOfSeveral || !isKnown)
    varied = keysThatVary(swept: isOneSweep ? sweepKeys[0] : nil)
  }

  /// Among variants, a run of no sweep is known by the name of its experiment.
  private mutating func nameVariants() {
    guard runs.contains(where: { $0.settings[Self.variant] != nil }) else { return }
    for index in runs.indices where runs[index].settings[Self.variant] == nil {
      runs[index].settings[Self.variant] = runs[index].settings["name"] ?? runs[index].path
    }
  }

  /// Chooses the group with which the others are compared, by its label or title, its variant or the
  /// folder of a run.
  package mutating func compare(with wanted: String) throws {
    let groups = groups()
    let names = groups.map { group in
      [group.label, group.title, group.runs[0].settings[Self.variant] ?? ""]
        + group.runs.map(\.path)
    }
    guard let index = GroupNames.index(of: wanted, among: names) else {
      throw ReportError(.badUsage, GroupNames.unknown(wanted, among: groups.map(\.label)))
    }
    reference = groups[index].runs[0].path
  }

  /// The group with which the others are compared.
  func referenceIndex(of groups: [RunGroup]) -> Int {
    let path = reference ?? runs[0].path
    return groups.firstIndex { group in group.runs.contains { $0.path == path } } ?? 0
  }

  /// For tests: runs as they are.
  package init(runs: [Run]) {
    folders = runs.map(\.path)
    self.runs = runs
    varied = keysThatVary(swept: nil)
  }

  private mutating func ask(_ question: String?) {
    guard let question, !questions.contains(question) else { return }
    questions.append(question)
  }

  /// The same configuration and seed give the same bytes: a second such run is no second sample.
  private mutating func removeRepetitions() {
    var seen: [[String]: String] = [:]
    let keys = comparedKeys + ["seed"]
    runs = runs.filter { run in
      guard !run.seed.isEmpty else { return true }
      let values = keys.map { key in
        // One run under two names of variants, in two sweeps, is one run, as for `fedsim compare`.
        key == Self.variant && isOfSeveral && run.hasFiles
          ? "" : GroupNames.value(run.settings[key])
      }
      if let first = seen[values] {
        notes.append("\(run.path): repeats \(first), configuration and seed, and is left out.")
        return false
      }
      seen[values] = run.path
      return true
    }
  }

  /// Keys that can change a result, in the order of the configuration.
  ///
  /// Of several sweeps, the variant and the name of the experiment come first: two may have variants of one
  /// name, and `fedsim compare` keeps experiments of several names apart as well.
  private var comparedKeys: [String] {
    var keys = isOfSeveral ? [Self.variant, "name"] : []
    var seen = Set(["seed", "name"] + keys)
    for run in runs {
      for key in run.settings.keys where seen.insert(key).inserted {
        let isOperational =
          key.hasPrefix("workers.") && key != "workers.program" || key.hasPrefix("checkpoint.")
        if !isOperational { keys.append(key) }
      }
    }
    return keys
  }

  /// `swept` are the keys of a sweep that all runs belong to.
  private func keysThatVary(swept: [String]?) -> [String] {
    let keys = swept?.filter { $0 != "seed" } ?? comparedKeys
    return keys.filter { key in
      Set(runs.map { GroupNames.value($0.settings[key]) }).count > 1
    }
  }

  private static func normalized(_ path: String) -> String {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
  }
}
