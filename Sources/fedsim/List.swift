import ArgumentParser
import Experiments
import Foundation
import Report

struct List: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the runs and sweeps below a folder, with what differs between them.",
    discussion: """
      Examples:

        fedsim list results
        fedsim list results/quickstart/sweep-1a2b3c4d
        fedsim list --name quickstart --status finished
        fedsim list --where training.cohort_size=50 --where seed=2
        fedsim list results/quickstart/20260801-120000-1a2b3c4d --add-tag paper
        fedsim list --tag paper

      The line below a run shows the settings that differ from those of other runs of its name. The runs of a sweep \
      and the trainings of a lifecycle are listed when the folder is their own, or with --where; \
      --json has all of them. Times are in UTC.

      Tags are words in the file tags.txt of a run or a sweep. They change no result.
      """)

  @Argument(help: "The folder to look in.", completion: .directory)
  var root = "results"

  @Option(help: "Only runs and sweeps of experiments with this name.")
  var name: String?

  @Option(
    help: ArgumentHelp(
      "Only those in this state: \(RunFilter.states.joined(separator: ", "))."))
  var status: String?

  @Option(
    name: .customLong("where"),
    help: "Only runs with this setting, as KEY=VALUE; may be given several times.")
  var settings: [String] = []

  @Option(help: "Only those with this tag; may be given several times.")
  var tag: [String] = []

  @Option(help: "Give the run or the sweep in the folder this tag.")
  var addTag: [String] = []

  @Option(help: "Take this tag from the run or the sweep in the folder.")
  var removeTag: [String] = []

  @OptionGroup var output: OutputOptions

  func validate() throws {
    if let status, !RunFilter.states.contains(status) {
      throw ValidationError(
        "--status \(status) is no state; choose one of \(RunFilter.states.joined(separator: ", "))."
      )
    }
    for setting in settings where !setting.dropFirst().contains("=") {
      throw ValidationError(
        "--where \(setting) is not of the form KEY=VALUE, such as training.cohort_size=50.")
    }
    for tag in addTag {
      if let problem = RunTags.problem(with: tag) {
        throw ValidationError("--add-tag \(tag): \(problem).")
      }
    }
  }

  func run() throws {
    if !addTag.isEmpty || !removeTag.isEmpty {
      let tags = try RunTags.change(in: root, adding: addTag, removing: removeTag)
      if output.json {
        try printJSON(Tagged(path: root, tags: tags))
      } else {
        printResult("\(root): \(tags.isEmpty ? "no tags" : "tags \(tags.joined(separator: ", "))")")
      }
      return
    }
    let filter = RunFilter(name: name, status: status, tags: tag, settings: settings)
    let known = ListedRuns(try RunList.runs(below: root))
    try filter.requireKnownKeys(in: known)
    var listing = Listing(
      runs: known.runs.filter { filter.keeps($0, known.settings($0)) }.map {
        ListedRun($0, differs: known.differences(of: $0))
      },
      sweeps: try SweepList.sweeps(below: root).filter(filter.keeps))
    for problem in listing.sweeps.compactMap(\.problem) + listing.runs.compactMap(\.problem) {
      printMessage("fedsim: \(problem)")
    }
    if output.json {
      try printJSON(listing)
      return
    }
    if settings.isEmpty {
      let folders = listing.sweeps.map(\.path) + known.runs.filter(\.isLifecycle).map(\.path)
      let hidden = folders.filter { $0 != root }
      listing.runs.removeAll { run in hidden.contains { run.path.hasPrefix("\($0)/") } }
    }
    guard !listing.runs.isEmpty || !listing.sweeps.isEmpty else {
      printResult(
        filter.isEmpty ? "No runs below \(root)." : "No runs below \(root) match these filters.")
      return
    }
    let tables = [ListTable.text(of: listing.sweeps), ListTable.text(of: listing.runs)]
    printResult(tables.filter { !$0.isEmpty }.joined(separator: "\n\n"))
  }

  private struct Tagged: Encodable {
    var path: String
    var tags: [String]
  }

  private struct Listing: Encodable {
    var runs: [ListedRun]
    var sweeps: [SweepList.Entry]
  }
}

/// A run and what sets it apart.
struct ListedRun: Encodable {
  private let entry: RunList.Entry
  /// Settings in which the runs of its name differ, by key path.
  let differs: [(key: String, value: String)]

  init(_ entry: RunList.Entry, differs: [(key: String, value: String)]) {
    self.entry = entry
    self.differs = differs
  }

  var path: String { entry.path }
  var problem: String? { entry.problem }
  var run: RunList.Entry { entry }

  private enum CodingKeys: CodingKey { case differs }

  func encode(to encoder: any Encoder) throws {
    try entry.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(
      Dictionary(differs.map { ($0.key, $0.value) }) { first, _ in first }, forKey: .differs)
  }
}

/// Runs with their settings.
struct ListedRuns {
  let runs: [RunList.Entry]
  private var settings: [String: Settings] = [:]
  /// Keys in which the runs of one name differ, by name.
  private var varied: [String: [String]] = [:]

  init(_ runs: [RunList.Entry]) {
    self.runs = runs
    for run in runs {
      let file = FileManager.default.contents(atPath: "\(run.path)/config.yaml") ?? Data()
      settings[run.path] = Settings(yaml: String(decoding: file, as: UTF8.self))
    }
    for (name, runs) in Dictionary(grouping: runs, by: \.name) {
      let all = runs.compactMap { settings[$0.path] }
      var keys: [String] = []
      var seen: Set = ["name"]
      for key in all.flatMap(\.keys) where seen.insert(key).inserted {
        let isOperational =
          key.hasPrefix("workers.") && key != "workers.program" || key.hasPrefix("checkpoint.")
        if !isOperational, Set(all.map { $0[key] }).count > 1 { keys.append(key) }
      }
      varied[name] = keys
    }
  }

  func settings(_ run: RunList.Entry) -> Settings { settings[run.path] ?? Settings() }

  /// What sets a run apart from the others of its name.
  func differences(of run: RunList.Entry) -> [(key: String, value: String)] {
    let settings = settings(run)
    return (varied[run.name] ?? []).compactMap { key in
      settings[key].map { (key, KeyLabel.plain($0)) }
    }
  }

  /// Every key that some run has.
  var keys: Set<String> { Set(settings.values.flatMap(\.keys)) }
}
