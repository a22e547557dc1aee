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
    /// What the run itself promises, where the claim is of the launch that it has simulated.
    package var simulated: PrivacyClaim?
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
    guard var claim = point.claim else { return point }
    var point = point
    let folder = point.runs[0]
    let own = try RunFolder.configuration(in: RecordedFolder(folder))
    // Files of earlier versions do not have it.
    claim.cohortSize = own.training.cohortSize
    let launch = claim.launch
    let configuration = launch.map { own.launched($0) } ?? own
    let told = claim.atLaunch ?? claim
    point.checklist =
      Checklist(
        DisclosureWords(configuration, claim: told, isLifecycle: false, isLaunch: launch != nil),
        claim: told,
        tuning: Tuning(sweep: cost, isSimulated: own.population.source != .file),
        manifest: try Manifest.read(from: folder), gaussian: nil,
        kind: launch == nil ? "run" : "launch", isAudited: configuration.privacy.audit.canaries > 0,
        isOfSweep: true
      ).facts
    if let launch {
      (point.claim, point.simulated) = (told, claim)
      point.meaning = SpentReleases(launch, own)?.meaning() ?? launch.meaning
      return point
    }
    point.meaning = claim.meaning
    guard let state = try Checkpoint.read(from: folder).state.privacy,
      let spent = state.guarantee, spent.epsilon == claim.epsilon
    else { return point }
    point.meaning =
      SpentReleases(
        guarantee: spent, ledger: state.ledger, accountant: configuration.privacy.accountant,
        beside: SpentPrivacy.beside(configuration, delta: spent.delta),
        clients: configuration.knownClients
      ).meaning()
    return point
  }
}

// MARK: - Text

extension SweepDisclosure {
  /// As a text that people read as it stands, in Markdown.
  package func markdown() -> String {
    let sections: [(heading: String, lines: [String])] =
      [
        ("The claims", claimLines), ("Choice of settings", choiceLines),
        (
          "Checklist of \"How to DP-fy ML\", Section 5.3.3",
          Disclosure.table("item", "answer", checklist)
        ),
        ("What ε rests on", shared(\.assumptions).map { "* \(PrivacyClaim.sentence($0))" }),
      ]
      + accuracySection + [
        ("Not covered", shared(\.exceptions).map { "* \($0)" }),
        ("All the rest", restLines),
      ]
    let title = "# Privacy disclosure of a sweep: \(PrintableText.line(name))\n"
    let body = sections.map { "## \($0.heading)\n\n\($0.lines.joined(separator: "\n"))\n" }
    return ([title] + body).joined(separator: "\n")
  }

  private var accuracySection: [(heading: String, lines: [String])] {
    let lines = shared { $0.accuracyAssumptions ?? [] }
    return lines.isEmpty
      ? []
      : [("What the accuracy estimate rests on", lines.map { "* \(PrivacyClaim.sentence($0))" })]
  }

  private func title(_ point: Point) -> String {
    point.label.isEmpty ? "all runs" : PrintableText.line(point.label)
  }

  private var claimLines: [String] {
    var lines = [
      isOfLaunch
        ? "Every point is a run that has simulated a launch. The claims are of the launches, for one client "
          + "there with its entire history; no launch has happened."
        : "Every point is a run of its own with a claim of its own, for one client with its entire history.",
      "",
      "| point | runs | ε\(ofLaunch) | δ | guarantee | 50 % sure becomes at most | but with probability | "
        + "right guesses at most | ε of two phones |",
      "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += points.map { point in
      guard let told = point.meaning else {
        return "| \(title(point)) | \(point.runs.count) | no noise | – | none | – | – | – | – |"
      }
      return "| \(title(point)) | \(point.runs.count) | \(ShownBound.epsilon(told.epsilon)) | "
        + "\(ShownBound.delta(told.delta)) | \(told.band.rawValue) | "
        + "\(ShownBound.percent(told.posterior)) | \(told.shownProbabilityOfMore) | "
        + "\(ShownBound.percent(told.largestShareOfRightGuesses)) | "
        + "\(told.twoClients.map { ShownBound.epsilon($0.epsilon) } ?? "–") |"
    }
    lines.append("")
    for point in points {
      guard let told = point.meaning, let claim = point.claim else {
        lines.append("* **\(title(point))**: no noise, so nothing is claimed.")
        continue
      }
      let launch = point.simulated?.launch.map { "Launch with \($0.size). " } ?? ""
      lines.append(
        "* **\(title(point))**: \(told.claim). \(launch)"
          + ([told.promise, told.belief] + told.warnings(clients: claim.clients)
          + [told.knownCohorts?.sentence].compactMap(\.self)).joined(separator: " "))
    }
    if isOfLaunch {
      lines += [
        "",
        "**Nothing above holds for the clients of these runs**, whose cohorts were smaller. By itself each run "
          + "has:", "",
      ]
      lines += points.compactMap { point in
        point.simulated.map { "* \(title(point)): \($0.simulatedSentence)" }
      }
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

  private var isOfLaunch: Bool { points.contains { $0.simulated != nil } }
  private var ofLaunch: String { isOfLaunch ? " of the launch" : "" }

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
