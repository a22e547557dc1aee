import Experiments
import Federation
import Foundation

/// Shows a run to a person: how far it is, then a table.
struct RunDisplay {
  let isQuiet: Bool
  let isJSON: Bool

  var observer: RunObserver { RunStatus(isQuiet: isQuiet, isJSON: isJSON).observer }

  /// The result: one JSON object, or a table of the last evaluation.
  func finish(_ result: RunResult) throws {
    StatusLine.end()
    if isJSON {
      printJSON(text: try RunReport(result).json())
      return
    }
    guard !result.rows.isEmpty else {
      printResult("\(counted(result.rounds, "round")); nothing was evaluated.")
      for line in result.claim?.lines ?? [] { printResult(line) }
      return
    }
    for split in EvaluationSplit.allCases {
      let rows = result.rows.filter { $0.split == split }
      guard let first = rows.first else { continue }
      printResult("")
      printResult(
        Self.title(of: split, clients: first.metrics.clients, examples: first.metrics.examples))
      printResult(Self.meaning(largestWeight: result.largestClientWeight))
      printResult(TextTable.render(Self.table(of: rows)))
      for note in EvaluationNotes.on(rows, largestWeight: result.largestClientWeight) {
        printResult(note)
      }
    }
    printResult("")
    for line in result.claim?.lines ?? [] { printResult(line) }
    printResult(
      "\(counted(result.rounds, "round")) in \(String(format: "%.1f", result.seconds)) s; "
        + "results in \(result.folder)")
  }

  private static func title(of split: EvaluationSplit, clients: Int, examples: Int) -> String {
    switch split {
    case .future:
      "Future of \(clients) training \(clients == 1 ? "client" : "clients") (\(examples) predictions)"
    case .newClients:
      "\(clients) \(clients == 1 ? "client" : "clients") held out of training (\(examples) predictions)"
    }
  }

  /// What the columns are means over.
  private static func meaning(largestWeight: Double?) -> String {
    let limit = largestWeight.map {
      "a client counts at most \(number($0)) times the median client"
    }
    return "top-1 to MRR: mean over predictions; \(limit ?? "a client counts with all it has"). "
      + "client mean: mean over clients."
  }

  private static func percent(_ value: Double) -> String { String(format: "%.1f %%", 100 * value) }

  private static func number(_ value: Double) -> String { String(format: "%g", value) }

  private static func table(of rows: [MeasuredRow]) -> [[String]] {
    let ceiling = rows.first { $0.predictor == .bayesOptimal }?.metrics.accuracyTop1
    let header = ["predictor", "top-1", "top-3", "top-5", "MRR", "client mean"]
    return [header + (ceiling == nil ? [] : ["of the best possible"])]
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
