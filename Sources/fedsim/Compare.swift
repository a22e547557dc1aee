import ArgumentParser
import Experiments
import Foundation

struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Put runs and sweeps side by side and say which differences are more than chance.",
    discussion: """
      Example:

        fedsim compare results/quickstart/sweep-1a2b3c4d --sort future_federated_mrr

      Runs that differ in their seed alone are one row. Brackets are 95 % confidence intervals:
      Student's t over seeds, or with one seed over the evaluated clients as a sample of all, which
      does not allow for another training run coming out otherwise; plot and report draw the same. Differences are against the first
      run named, paired by seed, or by client where one seed is common. Where the interval includes
      0, no difference is shown. Each interval stands for itself: of twenty comparisons of equals
      one is expected to look like a difference.

      Accuracies are means over predictions, in which a client counts at most as often as
      evaluation.largest_client_weight (4) times the median client; client_accuracy_mean is one over
      clients.

      The best value is that of the best evaluation, picked on the test data: it flatters.
      --csv and --json have every metric of the federated model; metrics are named as in sweep.csv:
      <split>_<predictor>_<metric>.
      """)

  @Argument(help: "Folders of runs or sweeps.", completion: .directory)
  var folders: [String]

  @Option(
    parsing: .unconditional,
    help: "Compare by this metric (default: future_federated_accuracy_top1), best row first.")
  var sort: String?

  @OptionGroup var output: OutputOptions

  @Flag(help: "Print CSV instead of a table.")
  var csv = false

  func validate() throws {
    guard !(csv && output.json) else {
      throw ValidationError("--csv and --json exclude each other.")
    }
  }

  func run() throws {
    let comparison = try Comparison(folders, sortedBy: sort)
    for reason in comparison.notes + comparison.leftOut { printMessage("fedsim: \(reason)") }
    if output.json {
      try printJSON(comparison)
    } else if csv {
      printResult(comparison.csv(), terminator: "")
    } else {
      printTable(comparison)
    }
  }

  private func printTable(_ comparison: Comparison) {
    let keyPaths = comparison.keyPaths
    let header =
      (keyPaths.isEmpty ? ["run"] : keyPaths)
      + ["seeds", "final", "best", "difference", "epsilon", "MB down", "MB up", "seconds"]
    let rows = comparison.rows.map { row in
      let metric = row.metrics.first { $0.name == comparison.metric }
      return (keyPaths.isEmpty ? [row.runs.first ?? ""] : row.settings)
        + [
          "\(row.seeds.count)", metric.map { Self.text($0.final, $0) } ?? "–",
          metric.map { Self.text($0.best, $0) } ?? "–", metric.map(Self.difference) ?? "–",
          row.epsilon.isFinite ? String(format: "%.2f", row.epsilon) : "–",
          String(format: "%.3g", row.bytesToClients / 1e6),
          String(format: "%.3g", row.bytesFromClients / 1e6), String(format: "%.1f", row.seconds),
        ]
    }
    printResult(comparison.metric ?? "nothing was evaluated")
    printResult("")
    printResult(TextTable.render([header] + rows))
    guard keyPaths.isEmpty, comparison.rows.count == 1, let row = comparison.rows.first else {
      return
    }
    printResult("")
    if row.seeds.count > 1 {
      printResult("The runs differ in nothing but their seeds.")
    } else if comparison.leftOut.isEmpty, folders.count > 1 {
      printResult("The runs are one experiment with one seed, so the first stands for all.")
    } else {
      printResult("This is one run alone; name another that is finished to compare it with.")
    }
  }

  private static func text(_ estimate: Estimate, _ metric: Comparison.Metric) -> String {
    interval(estimate) { number($0, metric, isSigned: false) }
  }

  private static func difference(_ metric: Comparison.Metric) -> String {
    guard let difference = metric.difference else { return metric.verdict.rawValue }
    let text = interval(difference) { number($0, metric, isSigned: true) }
    return metric.verdict == .none ? "\(metric.verdict.rawValue): \(text)" : text
  }

  private static func interval(_ estimate: Estimate, _ format: (Double) -> String) -> String {
    guard let low = estimate.low, let high = estimate.high else { return format(estimate.value) }
    return "\(format(estimate.value)) [\(format(low)), \(format(high))]"
  }

  /// Shares in percent, their differences in percentage points.
  private static func number(
    _ value: Double, _ metric: Comparison.Metric, isSigned: Bool
  ) -> String {
    let sign = isSigned ? "+" : ""
    return metric.isShare
      ? String(format: "%\(sign).1f", 100 * value) + (isSigned ? "" : " %")
      : String(format: "%\(sign).3f", value)
  }
}
