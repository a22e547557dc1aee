import Federation
import Foundation
import Privacy
import Storage
import Tables

/// What the points of a sweep claim, each for itself, and what choosing among them costs.
package struct SweepDisclosure: Encodable, Sendable {
  /// Runs that differ in nothing but the seed.
  package struct Point: Encodable, Sendable {
    package var label: String
    /// Their folders.
    package var runs: [String]
    /// Of the run that promises least; nil without noise.
    package var claim: PrivacyClaim?
    package var meaning: EpsilonMeaning?
    package var checklist: [Disclosure.Fact]
  }

  package var folder: String
  package var kind = "sweep"
  package var name: String
  package var points: [Point]
  /// Runs that are not finished, or whose files are not as they were written.
  package var unfinished: [String]
  package var cost: SweepCost?

  /// Reads the folder of a sweep, of which at least one run with noise must have finished.
  package init(of folder: String) throws {
    self.folder = folder
    let sweep = try SweepFolder.sweep(in: folder)
    name = sweep.name
    let cost = try SweepCost(sweep, in: folder, people: nil)
    self.cost = cost
    var found: [Point] = []
    var missing: [String] = []
    for point in sweep.runs {
      let path = "\(folder)/\(point.run)"
      guard try FinishedRun.isWhole(in: path, of: point.configuration) else {
        missing.append(path)
        continue
      }
      let label = Self.label(of: point)
      let claim = try Manifest.read(from: path).privacy.flatMap { $0.epsilon.isFinite ? $0 : nil }
      if let index = found.firstIndex(where: { $0.label == label }) {
        found[index].runs.append(path)
        guard let claim, claim.epsilon > found[index].claim?.epsilon ?? 0 else { continue }
        found[index].claim = claim
      } else {
        found.append(Point(label: label, runs: [path], claim: claim, checklist: []))
      }
    }
    guard found.contains(where: { $0.claim != nil }) else {
      throw ExperimentError(
        .badData,
        missing.isEmpty
          ? "\(folder): no noise protected anybody in any run of this sweep, so nothing is claimed and "
            + "there is nothing to report."
          : "\(folder): no run of this sweep with noise has finished; go on with `fedsim resume \(folder)`."
      )
    }
    unfinished = missing
    points = try found.map { try Self.explained($0, cost: cost) }
  }

  /// What sets a point apart, without its seed.
  private static func label(of point: SweepPoint) -> String {
    point.label.components(separatedBy: ", ").filter { !$0.hasPrefix("seed=") }
      .joined(separator: ", ")
  }

  private static func explained(_ point: Point, cost: SweepCost?) throws -> Point {
    guard let claim = point.claim else { return point }
    var point = point
    let folder = point.runs[0]
    let configuration = try RunFolder.configuration(in: RecordedFolder(folder))
    point.checklist =
      Checklist(
        DisclosureWords(configuration, claim: claim, isLifecycle: false), claim: claim,
        tuning: Tuning(sweep: cost), manifest: try Manifest.read(from: folder), gaussian: nil,
        kind: "run", isAudited: configuration.privacy.audit.canaries > 0
      ).facts
    point.meaning = EpsilonMeaning(
      epsilon: claim.epsilon, delta: claim.delta, adjacency: claim.adjacency)
    guard let state = try Checkpoint.read(from: folder).state.privacy, let own = state.guarantee,
      own.epsilon == claim.epsilon
    else { return point }
    point.meaning =
      SpentReleases(
        guarantee: own, ledger: state.ledger, accountant: configuration.privacy.accountant,
        beside: SpentPrivacy.beside(configuration, delta: own.delta)
      ).meaning()
    return point
  }
}

// MARK: - Text

extension SweepDisclosure {
  /// As a text that people read as it stands, in Markdown.
  package func markdown() -> String {
    let sections: [(heading: String, lines: [String])] = [
      ("The claims", claimLines), ("Choice of settings", choiceLines),
      (
        "Checklist of \"How to DP-fy ML\", Section 5.3.3",
        Disclosure.table("item", "answer", checklist)
      ),
      ("Assumptions", shared(\.assumptions).map { "* \(PrivacyClaim.sentence($0))" }),
      ("Not covered", shared(\.exceptions).map { "* \($0)" }),
      ("All the rest", restLines),
    ]
    let title = "# Privacy disclosure of a sweep: \(PrintableText.line(name))\n"
    let body = sections.map { "## \($0.heading)\n\n\($0.lines.joined(separator: "\n"))\n" }
    return ([title] + body).joined(separator: "\n")
  }

  private func title(_ point: Point) -> String {
    point.label.isEmpty ? "all runs" : PrintableText.line(point.label)
  }

  private var claimLines: [String] {
    var lines = [
      "Every point is a run of its own with a claim of its own, for one client with its entire history.",
      "",
      "| point | runs | ε | δ | guarantee | 50 % sure becomes at most | right guesses at most | ε of two phones |",
      "|---|---|---|---|---|---|---|---|",
    ]
    lines += points.map { point in
      guard let told = point.meaning else {
        return "| \(title(point)) | \(point.runs.count) | no noise | – | none | – | – | – |"
      }
      return "| \(title(point)) | \(point.runs.count) | \(ShownBound.epsilon(told.epsilon)) | "
        + "\(ShownBound.delta(told.delta)) | \(told.band.rawValue) | "
        + "\(ShownBound.percent(told.posterior)) | "
        + "\(ShownBound.percent(told.largestShareOfRightGuesses)) | "
        + "\(told.twoClients.map { ShownBound.epsilon($0.epsilon) } ?? "–") |"
    }
    lines.append("")
    for point in points {
      guard let told = point.meaning, let claim = point.claim else {
        lines.append("* **\(title(point))**: no noise, so nothing is claimed.")
        continue
      }
      let warnings = claim.launch == nil ? told.warnings() : []
      lines.append(
        "* **\(title(point))**: \(told.claim). "
          + ([told.promise] + warnings + [claim.launch?.claim].compactMap(\.self))
          .joined(separator: " "))
    }
    if let caveat = points.lazy.compactMap({ $0.claim?.caveat }).first {
      lines += ["", "**Accuracy.** \(PrivacyClaim.sentence(caveat))"]
    }
    if !unfinished.isEmpty {
      lines += [
        "",
        "**Not told:** \(unfinished.count) of its runs are not finished or not as they were written: "
          + unfinished.map { "`\(PrintableText.line($0))`" }.joined(separator: ", ") + ".",
      ]
    }
    return lines
  }

  private var choiceLines: [String] {
    cost?.lines ?? ["One run has noise, so there was no choice among runs with noise."]
  }

  /// Every item once where all points agree, else once for each of them.
  private var checklist: [Disclosure.Fact] {
    let told = points.filter { !$0.checklist.isEmpty }
    guard let first = told.first else { return [] }
    return first.checklist.indices.map { index in
      let answers = told.map { $0.checklist[index].value }
      let isShared = Set(answers).count == 1
      return Disclosure.Fact(
        name: first.checklist[index].name,
        value: isShared
          ? answers[0]
          : zip(told, answers).map { "\(title($0)): \($1)" }.joined(separator: "<br>"))
    }
  }

  /// What claims say, each once.
  private func shared(_ lines: (PrivacyClaim) -> [String]) -> [String] {
    var all: [String] = []
    for claim in points.compactMap(\.claim) {
      for line in lines(claim) where !all.contains(line) { all.append(line) }
    }
    return all
  }

  private var restLines: [String] {
    [
      "Trust, mechanism, the whole privacy profile, audit, versions and hashes of one run:", "",
      "```",
    ]
      + points.filter { $0.claim != nil }.map {
        "fedsim privacy report \(shellQuoted($0.runs[0]))"
      } + ["```"]
  }
}
