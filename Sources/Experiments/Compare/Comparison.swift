import Federation
import Foundation
import Privacy
import RunResults
import Storage
import Tables
import UsageLog

/// Runs side by side: what differs, what came out, and which differences are more than chance.
package struct Comparison: Sendable {
  package struct Metric: Sendable {
    package var name: String
    package var isBetterLower: Bool
    package var isShare: Bool
    package var final: Estimate
    /// At each run's best evaluation; picked on the test data, so it is optimistically biased.
    package var best: Estimate
    /// Against the reference at the end; nil for the reference and what cannot be compared.
    package var difference: Estimate?
    package var verdict: Verdict
  }

  package enum Verdict: String, Sendable {
    case reference, higher, lower
    case none = "no difference shown"
    case incomparable = "not comparable"
  }

  /// Runs that differ in their seed alone.
  package struct Row: Sendable {
    /// In the order of `keyPaths`.
    package var settings: [String]
    /// What sets the row apart, such as `cohort_size = 50` or the name of a sweep's variant.
    package var label: String
    package var runs: [String]
    package var seeds: [UInt64]
    package var metrics: [Metric]
    /// The metric that rows are compared by: of what the clients of this row predict with.
    package var main: Metric?
    /// Against the other predictors of the same runs.
    package var verdict: RunResults.Verdict
    package var epsilon: Double
    package var delta: Double
    /// Of the launch that was simulated; nil where there is none.
    package var launchEpsilon: Double?
    package var launchDelta: Double?
    package var bytesToClients: Double
    package var bytesFromClients: Double
    package var seconds: Double
  }

  /// Whether ε is told of launches.
  package var isOfLaunch: Bool { rows.contains { $0.launchEpsilon != nil } }

  /// Keys in which the rows differ.
  package let keyPaths: [String]
  package let rows: [Row]
  /// The metric that was sorted by, or the top-1 accuracy of what clients predict with.
  package let metric: String?
  /// What the runs say about the settings they differ in; nil for one row.
  package let answer: SettingsAnswer?
  /// Runs that were left out, each with its reason.
  package let leftOut: [String]
  /// Of runs whose files could not be checked, and of clients that make much of a mean.
  package let notes: [String]

  /// Compares the finished runs in these folders; the first is the reference unless another is named.
  ///
  /// - Parameters:
  ///   - folders: of runs or of sweeps.
  ///   - metric: sorts the rows by this one, best first.
  ///   - margin: the largest loss of accuracy that counts as small, as a share.
  ///   - wanted: the group that the others are held against, by its label, its variant or a run of it.
  package init(
    _ folders: [String], sortedBy metric: String?, margin: Double = 0.01,
    reference wanted: String? = nil
  ) throws {
    let (paths, skipped) = try Self.finishedRuns(in: folders)
    leftOut = skipped.map(\.reason)
    guard !paths.isEmpty else {
      throw ExperimentError(
        .badData,
        "\(folders.joined(separator: ", ")): no run there is finished, so there is nothing to "
          + "compare.")
    }
    let compared = try paths.map(ComparedRun.init)
    var groups = Self.grouped(compared)
    let differing = Self.differingKeys(groups)
    keyPaths = differing
    let known = Self.metrics(of: groups)
    if let metric, !known.contains(where: { $0.text == metric }) {
      throw Self.unknownMetric(metric, among: known)
    }
    // Baselines are the same for every model: shown on request only.
    let shown = known.filter {
      ["federated", "personalised"].contains($0.predictor) || $0.text == metric
    }
    let given = metric.flatMap { metric in shown.first { $0.text == metric } }
    let labels = try RowLabels(folders, keyPaths: differing)
    if let wanted {
      let rows = groups.map { $0.identity(keyPaths: differing) }
      let index = try labels.index(of: wanted, among: rows)
      groups.insert(groups.remove(at: index), at: 0)
    }
    var rows = try groups.enumerated().map { index, group in
      let reference = index == 0 ? nil : groups[0]
      var row = try Row(group, reference, keyPaths: differing, metrics: shown)
      row.main = try Metric(main: given, of: group, against: reference)
      return row
    }
    let identities = groups.map { $0.identity(keyPaths: differing) }
    for (index, label) in labels.labels(of: identities).enumerated() { rows[index].label = label }
    let sorted = try given ?? groups.compactMap { try Self.mainMetric(of: $0) }.first
    self.metric = sorted?.text
    answer = try SettingsAnswer(
      zip(rows, groups).map { row, group in
        SettingsGroup(
          label: row.label,
          values: Dictionary(uniqueKeysWithValues: zip(differing, row.settings)),
          measured: group.measured, epsilon: row.shownEpsilon)
      }, varied: differing + (labels.areVariants(identities) ? ["variant"] : []), margin: margin)
    // Whoever names a run first wants to see the others against it.
    let replaced = skipped.first { wanted == nil && $0.isFirst }.map { first in
      "\(paths[0]): is the reference in place of \(first.path)."
    }
    notes =
      [replaced, Self.adjacencyNote(compared)].compactMap(\.self) + compared.compactMap(\.note)
      + (try sorted.map { metric in try compared.compactMap { try $0.caution(about: metric) } }
        ?? [])
    guard metric != nil else {
      self.rows = rows
      return
    }
    func value(_ row: Row) -> Double {
      guard let found = row.main else { return -.infinity }
      return found.isBetterLower ? -found.final.value : found.final.value
    }
    self.rows = rows.enumerated().sorted { left, right in
      let (a, b) = (value(left.element), value(right.element))
      return a != b ? a > b : left.offset < right.offset
    }.map(\.element)
  }

  /// What to know where ε means different things.
  private static func adjacencyNote(_ runs: [ComparedRun]) -> String? {
    let found = Set(runs.compactMap(\.adjacency))
    guard found.count > 1 else { return nil }
    let names = Adjacency.allCases.filter(found.contains).map(\.rawValue)
    return
      "The ε of these runs are stated under different adjacencies (\(names.joined(separator: ", "))) and are "
      + "not comparable as numbers: under replace_one a client counts about twice. `fedsim privacy epsilon "
      + "--adjacency` states one under another."
  }

  // MARK: - Finding runs

  private struct LeftOut {
    var path: String
    /// Whether it would have been the reference.
    var isFirst: Bool

    var reason: String { "\(path): \(FinishedRun.state(of: path)) and was left out." }
  }

  private static func finishedRuns(
    in folders: [String]
  ) throws -> (paths: [String], leftOut: [LeftOut]) {
    var paths: [String] = []
    var leftOut: [LeftOut] = []
    for folder in folders {
      let folder = try RunFolder.normalized(folder)
      let found: [String]
      if try SweepFolder.isSweep(folder) {
        found = try SweepFolder.runFolders(in: folder)
      } else if try FileKind.exists("\(folder)/config.yaml") {
        found = [folder]
      } else {
        throw ExperimentError(
          .missingInput,
          "\(folder): is neither the folder of a run nor of a sweep; see `fedsim list`.")
      }
      for path in found where !paths.contains(path) {
        if try FinishedRun.exists(in: path) {
          paths.append(path)
        } else {
          leftOut.append(LeftOut(path: path, isFirst: paths.isEmpty && leftOut.isEmpty))
        }
      }
    }
    return (paths, leftOut)
  }

  /// Keys that say how a run was watched, not what it did; the seed makes runs of one group.
  private static func isIdentity(_ keyPath: String) -> Bool {
    keyPath != "seed" && Configuration.key(keyPath)?.isOperational != true
  }

  private static func grouped(_ runs: [ComparedRun]) -> [SeedGroup] {
    var order: [String] = []
    var groups: [String: SeedGroup] = [:]
    for run in runs {
      let key = run.settings.filter { isIdentity($0.keyPath) }
        .map { "\($0.keyPath)=\($0.value)" }.joined(separator: "\n")
      if groups[key] == nil { order.append(key) }
      // A run that was repeated tells nothing new.
      if groups[key]?.runs.contains(where: { $0.seed == run.seed }) != true {
        groups[key, default: SeedGroup(runs: [])].runs.append(run)
      }
    }
    return order.compactMap { groups[$0] }
  }

  private static func differingKeys(_ groups: [SeedGroup]) -> [String] {
    let settings = groups.compactMap { group in
      group.runs.first.map { run in
        Dictionary(uniqueKeysWithValues: run.settings.map { ($0.keyPath, $0.value) })
      }
    }
    var seen = Set<String>()
    return groups.flatMap { $0.runs.first?.settings.map(\.keyPath) ?? [] }
      .filter { isIdentity($0) && seen.insert($0).inserted }
      .filter { keyPath in Set(settings.map { $0[keyPath] ?? "" }).count > 1 }
  }

  private static func metrics(of groups: [SeedGroup]) -> [MetricName] {
    var seen = Set<MetricName>()
    return groups.flatMap(\.runs).flatMap(\.metrics).filter { seen.insert($0).inserted }
  }

  private static func unknownMetric(
    _ metric: String, among known: [MetricName]
  ) -> ExperimentError {
    // Whoever types part of a name means one that has this part.
    let nearest =
      known.first { $0.predictor == "federated" && $0.text.contains(metric) }?.text
      ?? KeySuggestion.nearest(metric, known.map(\.text), atMost: max(2, metric.count / 3))
    let names = known.filter { $0.predictor == "federated" }.map(\.text).prefix(4)
    let advice =
      nearest.map { "the nearest is '\($0)'" }
      ?? (known.isEmpty
        ? "nothing was evaluated"
        : "metrics are named <split>_<predictor>_<metric>, such as \(names.joined(separator: ", "))")
    return ExperimentError(
      .badData, "--sort \(PrintableText.excerpt(metric)): no run has this metric; \(advice).")
  }
}
