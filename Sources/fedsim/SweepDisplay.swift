import Experiments
import Foundation
import Privacy
import RunResults
import Tables

/// Shows a sweep to a person: one line that moves on a terminal, a line per run elsewhere.
struct SweepDisplay {
  let isQuiet: Bool
  let isJSON: Bool

  var observer: SweepObserver {
    let (isQuiet, isJSON) = (isQuiet, isJSON)
    let isMoving = StatusLine.isPossible && !isQuiet
    return SweepObserver(
      began: { folder in if !isJSON { printResult(folder) } },
      progressed: { progress in
        guard isMoving else { return }
        Self.show(progress, isUrgent: false)
      },
      ended: { ending, progress in
        if let error = ending.error {
          let point = "point \(ending.point.number) (\(ending.point.label))"
          printError("\(point) failed: \(FedSim.sentence(of: error))")
        } else if !isQuiet {
          printMessage(Self.line(ending, progress))
        }
        if isMoving { Self.show(progress, isUrgent: true) }
      },
      noted: { note in printMessage("fedsim: \(note)") },
      isInterrupted: { Interruption.isRequested })
  }

  /// Tells how far the work before the first run is.
  static func watch(isQuiet: Bool) -> SweepPreparation.Watch {
    let isMoving = StatusLine.isPossible && !isQuiet
    return { preparation in
      guard isMoving else { return }
      let task =
        switch preparation.task {
        case .reading: "checking point"
        case .populations: "reading the population of run"
        case .privacy: "calibrating the noise of privacy setting"
        case .costs: "planning run"
        case .timing: "timing this machine with kind"
        }
      StatusLine.show(
        fraction: Double(preparation.done) / Double(max(1, preparation.of)),
        isUrgent: preparation.done == 0,
        [.init("\(task) \(min(preparation.done + 1, preparation.of)) of \(preparation.of)")])
    }
  }

  /// The result: one JSON object, or a table of the points and what they answer.
  ///
  /// - Parameter margin: the loss of accuracy that counts as small; nil answers nothing.
  func finish(_ result: SweepResult, margin: Double?) throws {
    StatusLine.end()
    let comparison = margin.flatMap { SweepAnswer.comparison(result, margin: $0) }
    if isJSON {
      try printJSON(
        Report(
          name: result.name, sweepFolder: result.folder, seconds: result.seconds,
          failed: result.failures.count, points: result.rows, choice: result.cost,
          answer: comparison?.answer,
          verdict: comparison?.rows.count == 1 ? comparison?.rows.first?.verdict : nil))
      return
    }
    printResult("")
    let isLaunch = result.rows.contains { $0.launchEpsilon != nil }
    printResult(
      TextTable.render(
        [result.columns + ["top-1", isLaunch ? "launch epsilon" : "epsilon", "status"]]
          + result.rows.map { row in
            row.values.map { $0 == "null" ? "–" : $0 } + [
              row.accuracyTop1.map { String(format: "%.1f %%", 100 * $0) } ?? "–",
              (row.launchEpsilon ?? row.epsilon).map(ShownBound.epsilon) ?? "–", row.status,
            ]
          }))
    printResult("")
    printParagraph(
      "\(counted(result.rows.count, "point")) in \(String(format: "%.1f", result.seconds)) s; results in "
        + "\(result.folder)/sweep.csv")
    for line in result.cost?.lines ?? [] { printParagraph(line) }
    for text in SweepAnswer.texts(comparison) { printResult("\n" + text) }
  }

  private struct Report: Encodable {
    var name: String
    var sweepFolder: String
    var seconds: Double
    var failed: Int
    var points: [SweepResult.Row]
    /// What choosing one of them by its results costs.
    var choice: SweepCost?
    /// What they say about the settings; nil for one setting.
    var answer: SettingsAnswer?
    /// Against the baselines; nil for several settings, where `compare` has one for each.
    var verdict: Verdict?
  }

  private static func line(_ ending: SweepEnding, _ progress: SweepProgress) -> String {
    var parts = ["[\(progress.finished + progress.failed)/\(progress.runs)] \(ending.point.label)"]
    if let accuracy = ending.accuracy {
      parts.append(String(format: "top-1 %.1f %%", 100 * accuracy))
    }
    parts.append(String(format: "%.1f s", ending.seconds))
    if let left = progress.secondsLeft, !progress.running.isEmpty { parts.append(Self.left(left)) }
    return parts.joined(separator: ", ")
  }

  private static func show(_ progress: SweepProgress, isUrgent: Bool) {
    let whole = Double(progress.finished + progress.failed)
    let parts = progress.running.reduce(0) { $0 + Double($1.round) / Double(max(1, $1.rounds)) }
    let running = progress.running.enumerated().map { index, run in
      StatusLine.Part("#\(run.number) \(words(run))", rank: 2 + index)
    }
    StatusLine.show(
      fraction: (whole + parts) / Double(max(1, progress.runs)), isUrgent: isUrgent,
      [
        .init("\(progress.finished)/\(counted(progress.runs, "run"))"),
        .init(progress.failed > 0 ? "\(progress.failed) failed" : ""),
        .init(progress.secondsLeft.map(left) ?? "", rank: 1),
      ] + running)
  }

  /// What a run is at.
  private static func words(_ run: SweepProgress.Running) -> String {
    switch run.stage {
    case .preparing: "preparing"
    case .evaluating(let round, let rounds, let done, let clients):
      "\(round)/\(rounds) evaluating" + (clients > 0 ? " \(100 * done / clients) %" : "")
    case .writing: "writing"
    case .training, nil: "\(run.round)/\(run.rounds)"
    }
  }

  private static func left(_ seconds: Double) -> String { "\(shownDuration(seconds)) left" }
}
