import Experiments
import Federation
import Foundation
import RunResults
import Tables

/// Shows a run to a person: how far it is, then a table.
struct RunDisplay {
  let isQuiet: Bool
  let isJSON: Bool

  var observer: RunObserver { RunStatus(isQuiet: isQuiet, isJSON: isJSON).observer }

  /// The result: one JSON object, or the answer and a table of the last evaluation.
  func finish(_ result: RunResult) throws {
    StatusLine.end()
    if isJSON {
      printJSON(text: try RunReport(result).json())
      return
    }
    guard !result.rows.isEmpty else {
      printResult("\(counted(result.rounds, "round")); nothing was evaluated.")
      for line in Self.claimLines(result) { printParagraph(line) }
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
      printResult(
        TextTable.render(result.isRanking ? Self.table(of: rows) : Self.shortTable(of: rows)))
      for note in EvaluationNotes.on(rows, largestWeight: result.largestClientWeight) {
        printResult(paragraph(note))
      }
    }
    printResult("")
    printResult(paragraph(Self.meaning(result)))
    printResult("")
    for line in Self.claimLines(result) { printParagraph(line) }
    printParagraph(
      "\(counted(result.rounds, "round")) in \(String(format: "%.1f", result.seconds)) s; "
        + "results in \(result.folder)")
  }

  private static func claimLines(_ result: RunResult) -> [String] {
    result.claim?.lines(
      result.launchSpent == nil ? result.spent?.briefMeaning() : nil,
      launch: result.launchSpent?.briefMeaning()) ?? []
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
    guard result.isRanking else {
      return
        "accuracy and loss: mean over examples, \(limit ?? "in which every example counts once"). "
        + "per-client: mean per-client accuracy. All metrics are in metrics.csv."
    }
    return
      "top-1 to MRR: mean over predictions, \(limit ?? "in which every prediction counts once"). "
      + "per-client: mean per-client accuracy (top-1).\(optimum)"
  }

  private static func percent(_ value: Double) -> String { String(format: "%.1f %%", 100 * value) }

  private static func number(_ value: Double) -> String { String(format: "%g", value) }

  /// Of a client program.
  private static func shortTable(of rows: [MeasuredRow]) -> [[String]] {
    [["model", "accuracy", "loss", "per-client"]]
      + rows.map { row in
        let metrics = row.metrics
        return [
          row.predictor.name, percent(metrics.accuracyTop1),
          metrics.crossEntropy.map { String(format: "%.4f", $0) } ?? "",
          percent(metrics.clientAccuracyMean),
        ]
      }
  }

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
}
