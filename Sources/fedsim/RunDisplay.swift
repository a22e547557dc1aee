import Experiments
import Federation
import Foundation
import RunResults
import Synchronization
import Tables

/// Shows a run to a person: a progress bar on a terminal, plain lines elsewhere, then a table.
struct RunDisplay {
  let isQuiet: Bool
  let isJSON: Bool

  private static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  var observer: RunObserver {
    let (isQuiet, isJSON) = (isQuiet, isJSON)
    let isTerminal = Self.isTerminal
    let lines = ProgressLines()
    return RunObserver(
      begins: Interruption.listen,
      began: { folder in
        // Written at once, not when a buffer is full: scripts wait for this line.
        if !isJSON { printResult(folder) }
      },
      progressed: { progress in
        guard !isQuiet else { return }
        if isTerminal {
          let end = progress.round == progress.rounds ? "\n" : ""
          printMessage(Self.bar(progress), terminator: end, overwrites: true)
        } else if lines.isDue(progress) {
          printMessage(Self.line(progress))
        }
      },
      noted: { note in
        printMessage("fedsim: \(note)", overwrites: isTerminal && !isQuiet)
      },
      isInterrupted: { Interruption.isRequested })
  }

  /// The result: one JSON object, or the answer and a table of the last evaluation.
  func finish(_ result: RunResult) throws {
    if isJSON {
      printJSON(text: try RunReport(result).json())
      return
    }
    guard !result.rows.isEmpty else {
      printResult("\(counted(result.rounds, "round")); nothing was evaluated.")
      for line in result.claim?.lines(result.spent?.meaning()) ?? [] { printResult(line) }
      return
    }
    if let verdict = result.verdict {
      printResult("")
      printResult(VerdictDisplay.text(verdict))
    }
    for split in EvaluationSplit.allCases {
      let rows = result.rows.filter { $0.split == split }
      guard let first = rows.first else { continue }
      printResult("")
      printResult(
        Self.title(of: split, clients: first.metrics.clients, examples: first.metrics.examples))
      printResult(TextTable.render(Self.table(of: rows)))
      for note in EvaluationNotes.on(rows, largestWeight: result.largestClientWeight) {
        printResult(paragraph(note))
      }
    }
    printResult("")
    printResult(paragraph(Self.meaning(result)))
    printResult("")
    for line in result.claim?.lines(result.spent?.meaning()) ?? [] { printResult(line) }
    printResult(
      "\(counted(result.rounds, "round")) in \(String(format: "%.1f", result.seconds)) s; "
        + "results in \(result.folder)")
  }

  private static func title(of split: EvaluationSplit, clients: Int, examples: Int) -> String {
    let predictions = counted(examples, "prediction")
    return switch split {
    case .future: "Test period of \(counted(clients, "training client")) (\(predictions))"
    case .newClients: "\(counted(clients, "held-out client")) (\(predictions))"
    }
  }

  /// What the columns are means over.
  private static func meaning(_ result: RunResult) -> String {
    let limit = result.largestClientWeight.map {
      "in which a client counts at most \(number($0)) times the median client"
    }
    let optimum =
      result.rows.contains { $0.predictor == .bayesOptimal }
      ? " % of optimum: top-1 as a share of the Bayes optimum, which no predictor can beat." : ""
    return
      "top-1 to MRR: mean over predictions, \(limit ?? "in which every prediction counts once"). "
      + "per-client: mean per-client accuracy (top-1).\(optimum)"
  }

  private static func percent(_ value: Double) -> String { String(format: "%.1f %%", 100 * value) }

  private static func number(_ value: Double) -> String { String(format: "%g", value) }

  private static func table(of rows: [MeasuredRow]) -> [[String]] {
    let ceiling = rows.first { $0.predictor == .bayesOptimal }?.metrics.accuracyTop1
    let header = ["predictor", "top-1", "top-3", "top-5", "MRR", "per-client"]
    return [header + (ceiling == nil ? [] : ["% of optimum"])]
      + rows.map { row in
        let metrics = row.metrics
        guard !row.isLost else {
          return [row.predictor.name] + Array(repeating: "diverged", count: header.count - 1)
            + (ceiling == nil ? [] : ["diverged"])
        }
        let cells = [
          row.predictor.name, percent(metrics.accuracyTop1), percent(metrics.accuracyTop3),
          percent(metrics.accuracyTop5), String(format: "%.3f", metrics.mrr),
          percent(metrics.clientAccuracyMean),
        ]
        return cells + (ceiling.map { [percent(metrics.accuracyTop1 / $0)] } ?? [])
      }
  }

  private static func bar(_ progress: RunProgress) -> String {
    let width = 24
    let filled = width * progress.round / progress.rounds
    let bar =
      String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
    return "\(bar) \(line(progress))"
  }

  private static func line(_ progress: RunProgress) -> String {
    var parts = [
      "round \(progress.round)/\(progress.rounds)",
      String(format: "%.1f rounds/s", progress.roundsPerSecond),
      "\(Int(progress.secondsLeft.rounded(.up))) s left",
    ]
    if let loss = progress.trainLoss { parts.append(String(format: "loss %.3f", loss)) }
    if let epsilon = progress.epsilon { parts.append(String(format: "epsilon %.2f", epsilon)) }
    if let accuracy = progress.accuracy {
      parts.append(String(format: "top-1 %.1f %%", 100 * accuracy))
    }
    return parts.joined(separator: ", ")
  }
}

/// Off a terminal a line at the end of each tenth of the run is enough.
private final class ProgressLines: Sendable {
  private let lastTenth = Mutex(-1)

  func isDue(_ progress: RunProgress) -> Bool {
    let tenth = 10 * progress.round / progress.rounds
    return lastTenth.withLock { last in
      defer { last = tenth }
      return tenth != last
    }
  }
}
