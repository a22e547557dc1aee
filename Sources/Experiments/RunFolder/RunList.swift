import Foundation
import RunResults
import Storage
import Tables

/// The runs below a folder.
package enum RunList {
  package struct Entry: Codable, Equatable, Sendable {
    package var path: String
    package var name: String
    package var start: Date
    package var state: String
    package var rounds: Int
    /// In the last evaluation, of a run that goes on as well.
    package var accuracyTop1: Double?
    /// In the best evaluation, and after which round that was.
    package var bestAccuracyTop1: Double?
    package var bestRound: Int?
    /// Months of a product, which hold trainings and no rounds of their own.
    package var isLifecycle = false
    package var tags: [String] = []
    /// Which file is not as it was written; nil when none of those read here.
    package var problem: String?
  }

  /// Every run folder below `root`, oldest first; folders that are no runs are passed over.
  package static func runs(below root: String) throws -> [Entry] {
    guard try FileKind.of(root) == .folder else {
      throw ExperimentError(
        .missingInput, "\(root): there is no such folder; runs are made by `fedsim run`.")
    }
    var entries: [Entry] = []
    for file in try FolderContent.files(below: root) {
      let name = URL(fileURLWithPath: file).lastPathComponent
      guard name == SealedManifest.name || name == RunFolder.configName,
        !file.contains(RunFolder.partialMark)
      else { continue }
      let folder = "\(root)/\(file)".replacingOccurrences(of: "/\(name)", with: "")
      // Copies that a registry keeps of models are no runs.
      guard try !RecordedFolder.isCopyInRegistry(folder) else { continue }
      let hasManifest = try FileKind.exists(Manifest.path(in: folder))
      // A run without a manifest has lost it.
      if name == RunFolder.configName, hasManifest { continue }
      if let entry = try entry(folder) { entries.append(entry) }
    }
    return entries.sorted { ($0.start, $0.path) < ($1.start, $1.path) }
  }

  /// Nil for what is no run.
  private static func entry(_ folder: String) throws -> Entry? {
    let manifest: Manifest
    do {
      manifest = try Manifest.read(from: folder)
    } catch {
      return try damagedEntry(folder, "\(error)")
    }
    var entry = Entry(
      path: folder, name: manifest.name, start: manifest.start,
      state: state(of: manifest, in: folder), rounds: manifest.roundsFinished)
    do {
      let files = try RecordedFolder(folder)
      if let rounds = try files.data("rounds.csv").map(rounds) { entry.rounds = rounds }
      entry.accuracyTop1 = try files.data(Summary.name).flatMap(accuracy)
      entry.isLifecycle = try FileKind.exists("\(folder)/lifecycle.csv")
      entry.tags = try RunTags.read(from: folder)
      if let course = try files.data("evaluation.csv").flatMap(course) {
        entry.accuracyTop1 = entry.accuracyTop1 ?? course.last?.value
        let best = course.reduce(nil as (round: Int, value: Double)?) { best, next in
          best.map { next.value > $0.value } ?? true ? next : best
        }
        entry.bestAccuracyTop1 = best?.value
        entry.bestRound = best?.round
      }
    } catch {
      entry.state = damaged
      entry.problem = "\(error)"
    }
    return entry
  }

  static let damaged = "damaged"

  /// A run whose manifest is damaged or missing; nil where nothing says that there was one.
  private static func damagedEntry(_ folder: String, _ problem: String) throws -> Entry? {
    let config = "\(folder)/\(RunFolder.configName)"
    guard let start = try changeTime(config), try FileKind.exists("\(folder)/checkpoint") else {
      return nil
    }
    return Entry(
      path: folder, name: "", start: start, state: damaged, rounds: 0,
      problem: problem)
  }

  /// When a file was written; nil where there is none.
  static func changeTime(_ path: String) throws -> Date? {
    try FileKind.status(of: path).map {
      Date(
        timeIntervalSince1970: Double($0.st_mtim.tv_sec) + Double($0.st_mtim.tv_nsec) / 1e9)
    }
  }

  /// A run that says it is running and whose folder nobody holds was killed.
  private static func state(of manifest: Manifest, in folder: String) -> String {
    guard manifest.exitReason == .running else { return manifest.exitReason.rawValue }
    return RunFolder.isHeld(folder) ? "running" : "killed"
  }

  /// Finished rounds: the rows of rounds.csv after its header; a lifecycle has no such file.
  private static func rounds(_ data: Data) -> Int {
    max(0, data.count { $0 == UInt8(ascii: "\n") } - 1)
  }

  /// Top-1 accuracy of the model by round; nil for a file that is just being written.
  private static func course(_ data: Data) -> [(round: Int, value: Double)]? {
    guard let table = try? CSVTable([UInt8](data), path: "evaluation.csv"),
      let evaluation = try? EvaluationTable(table)
    else { return nil }
    return try? evaluation.course(
      of: MetricName(split: evaluation.split, predictor: "federated", column: "accuracy_top1"))
  }

  private static func accuracy(_ data: Data) -> Double? {
    guard
      let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
      let future = object["future"] as? [String: [String: Any]]
    else { return nil }
    return future["federated"]?["accuracy_top1"] as? Double
  }
}
