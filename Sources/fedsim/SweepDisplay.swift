import Experiments
import Foundation
import RunResults
import Tables

/// Shows a sweep to a person: one line that moves on a terminal, a line per run elsewhere.
struct SweepDisplay {
  let isQuiet: Bool
  let isJSON: Bool

  private static let isTerminal = isatty(STDERR_FILENO) == 1

  var observer: SweepObserver {
    let (isQuiet, isJSON) = (isQuiet, isJSON)
    let overwrites = Self.isTerminal && !isQuiet
    return SweepObserver(
      began: { folder in if !isJSON { printResult(folder) } },
      progressed: { progress in
        guard !isQuiet, Self.isTerminal else { return }
        printMessage(Self.bar(progress), terminator: "", overwrites: overwrites)
      },
      ended: { ending, progress in
        if let error = ending.error {
          let point = "point \(ending.point.number) (\(ending.point.label))"
          printMessage(
            "fedsim: \(point) failed: \(FedSim.sentence(of: error))", overwrites: overwrites)
        } else if !isQuiet {
          printMessage(Self.line(ending, progress), overwrites: overwrites)
        }
        if !isQuiet, Self.isTerminal, !progress.running.isEmpty {
          printMessage(Self.bar(progress), terminator: "")
        }
      },
      noted: { note in printMessage("fedsim: \(note)", overwrites: overwrites) },
      isInterrupted: { Interruption.isRequested })
  }

  /// The result: one JSON object, or a table of the points and what they answer.
  ///
  /// - Parameter margin: the loss of accuracy that counts as small; nil answers nothing.
  func finish(_ result: SweepResult, margin: Double?) throws {
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
    printResult(
      TextTable.render(
        [result.columns + ["top-1", "epsilon", "status"]]
          + result.rows.map { row in
            row.values + [
              row.accuracyTop1.map { String(format: "%.1f %%", 100 * $0) } ?? "–",
              row.epsilon.map { String(format: "%.2f", $0) } ?? "–", row.status,
            ]
          }))
    printResult("")
    printResult(
      "\(counted(result.rows.count, "point")) in \(String(format: "%.1f", result.seconds)) s; results in "
        + "\(result.folder)/sweep.csv")
    for line in result.cost?.lines ?? [] { printResult(line) }
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

  private static func bar(_ progress: SweepProgress) -> String {
    let width = 24
    let whole = Double(progress.finished + progress.failed)
    let parts = progress.running.reduce(0) { $0 + Double($1.round) / Double(max(1, $1.rounds)) }
    let filled = min(width, Int(Double(width) * (whole + parts) / Double(max(1, progress.runs))))
    let running = progress.running.map { "#\($0.number) \($0.round)/\($0.rounds)" }
    var text = [
      "\(progress.finished)/\(progress.runs) runs", running.joined(separator: " · "),
    ]
    if progress.failed > 0 { text.append("\(progress.failed) failed") }
    if let left = progress.secondsLeft { text.append(Self.left(left)) }
    return String(repeating: "█", count: filled)
      + String(repeating: "░", count: width - filled) + " "
      + text.filter { !$0.isEmpty }.joined(separator: ", ")
  }

  private static func left(_ seconds: Double) -> String {
    seconds < 120
      ? "\(Int(seconds.rounded(.up))) s left" : "\(Int((seconds / 60).rounded())) min left"
  }
}
