import ArgumentParser
import Experiments
import Foundation
import Privacy
import RunResults
import Tables

struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Put runs and sweeps side by side and say which differences are more than chance.",
    discussion: """
      Example:

        fedsim compare results/quickstart/sweep-1a2b3c4d --sort future_federated_mrr
        fedsim compare results/first-try/sweep-1a2b3c4d --reference FedAvg --format latex

      One run, or runs that differ in their seed alone: says whether federated learning helps, that \
      is whether it is better than local-only and the simple baselines on the same clients.

      Several settings: says which are shown to be better or worse than the first, or than \
      --reference. Over epsilon, or another single setting with numbers of which more costs bytes or \
      work, such as cohort_size, also names the smallest value that costs less than --margin points: the 95 % interval of the loss must end below the margin. Values are tested \
      from the largest down, up to the first that is not shown.

      Brackets are 95 % confidence intervals: Student's t over seeds or, with one seed, over the \
      evaluated clients, which does not capture run-to-run variance. `plot` and `report` state the \
      same intervals. Differences are against the first run named, paired by seed, or by client \
      where one seed is common. Where an interval includes 0, no difference is shown. There is no \
      correction for multiple comparisons.

      Accuracies are means over predictions, in which a client counts at most as often as \
      evaluation.largest_client_weight (4) times the median client; client_accuracy_mean is a mean \
      over clients. The accuracy is that of the predictor that clients use: personalised where \
      there is one, else federated.

      The best value is that of the best evaluation. It is picked on the test data, so it is \
      optimistically biased. --csv and --json have every metric of the federated model, named as in \
      sweep.csv: <split>_<predictor>_<metric>. --json also has the verdict in numbers.
      """)

  @Argument(help: "Folders of runs or sweeps.", completion: .directory)
  var folders: [String]

  @Option(
    parsing: .unconditional,
    help:
      "Compare by this metric (default: the top-1 accuracy of what clients predict with), best row first."
  )
  var sort: String?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The group that the others are compared with: its name, its variant or a run folder (default: "
        + "the first).", valueName: "group"))
  var reference: String?

  @OptionGroup var margin: MarginOptions

  @OptionGroup var output: OutputOptions

  @Flag(help: "Print every metric as CSV instead of a table.")
  var csv = false

  @Option(
    help: "Print the table in this form: for a terminal, for Markdown, LaTeX (booktabs), or as CSV."
  )
  var format = TableFormat.text

  @Option(
    help: ArgumentHelp(
      "Columns of --format markdown, latex or csv, separated by commas, in this order: "
        + "\(CompareTable.columnNames.joined(separator: ", ")) (default: all; for a paper without those "
        + "that are the same in every row).",
      valueName: "names"))
  var columns: String?

  private func chosenColumns() throws -> [String]? {
    try columns.map { text in
      try text.split(separator: ",", omittingEmptySubsequences: false).map { part in
        let name = part.trimmingCharacters(in: .whitespaces)
        guard !CompareTable.columnNames.contains(name) else { return name }
        let near = KeySuggestion.nearest(
          name, CompareTable.columnNames, atMost: max(2, name.count / 3))
        throw ValidationError(
          "--columns \(PrintableText.excerpt(name)): there is no such column; "
            + (near.map { "the nearest is '\($0)'." }
              ?? "the columns are \(CompareTable.columnNames.joined(separator: ", "))."))
      }
    }
  }

  func validate() throws {
    let chosen = try chosenColumns()
    guard chosen == nil || format != .text else {
      throw ValidationError("--columns needs --format markdown, latex or csv.")
    }
    guard !(csv && output.json) else {
      throw ValidationError("--csv and --json exclude each other.")
    }
    guard format == .text || !(csv || output.json) else {
      throw ValidationError(
        "--format \(format.rawValue) and \(csv ? "--csv" : "--json") exclude each other.")
    }
  }

  func run() throws {
    let comparison = try Comparison(
      folders, sortedBy: sort, margin: margin.share, reference: reference)
    for reason in comparison.notes + comparison.leftOut { printMessage("fedsim: \(reason)") }
    if output.json {
      try printJSON(comparison)
    } else if csv {
      printResult(comparison.csv(), terminator: "")
    } else if format != .text {
      let table = try CompareTable(comparison, folders: folders)
        .table(columns: try chosenColumns(), isForPaper: format != .csv)
      printResult(table.text(as: format), terminator: format == .csv ? "" : "\n")
    } else {
      printTable(comparison)
    }
  }

  private func printTable(_ comparison: Comparison) {
    let labels = Self.labels(comparison.rows)
    for text in Self.answer(comparison, labels) { printResult(text + "\n") }
    let names = comparison.rows.compactMap(\.main?.name)
    printResult(Set(names).sorted().joined(separator: ", ").ifEmpty("nothing was evaluated"))
    printResult("")
    printResult(
      TextTable.render(
        [["", "seeds", "final", "difference"]]
          + zip(labels, comparison.rows).map { label, row in
            [
              label, "\(row.seeds.count)", row.main.map { Self.text($0.final, $0) } ?? "–",
              row.main.map(Self.difference) ?? "–",
            ]
          }))
    printResult("")
    printResult(
      TextTable.render(
        [
          [
            "", "best", comparison.isOfLaunch ? "launch epsilon" : "epsilon", "MB down", "MB up",
            "seconds",
          ]
        ]
          + zip(labels, comparison.rows).map { label, row in
            [
              label, row.main.map { $0.best == $0.final ? "final" : Self.text($0.best, $0) } ?? "–",
              row.shownEpsilon.map(ShownBound.epsilon) ?? "–",
              String(format: "%.3g", row.bytesToClients / 1e6),
              String(format: "%.3g", row.bytesFromClients / 1e6),
              String(format: "%.1f", row.seconds),
            ]
          }))
    if labels != comparison.rows.map(\.label) {
      printResult("")
      for (label, row) in zip(labels, comparison.rows) {
        printResult(paragraph("\(label): \(row.label)"))
      }
    }
    guard comparison.keyPaths.isEmpty, comparison.rows.count == 1, let row = comparison.rows.first
    else { return }
    printResult("")
    if row.seeds.count > 1 {
      printResult("The runs differ only in their seeds.")
    } else if comparison.leftOut.isEmpty, folders.count > 1 {
      printResult("The runs are one experiment with one seed, so the first stands for all.")
    } else {
      printResult("This is only one run; name another that is finished to compare it with.")
    }
  }

  /// Names that leave room for numbers; where one is longer, all are numbered.
  private static func labels(_ rows: [Comparison.Row]) -> [String] {
    rows.allSatisfy { $0.label.count <= 20 }
      ? rows.map(\.label) : rows.indices.map { "#\($0 + 1)" }
  }

  /// Whether it helps, or what the settings do and whether it helps in each.
  private static func answer(_ comparison: Comparison, _ labels: [String]) -> [String] {
    guard comparison.rows.count > 1 else {
      return comparison.rows.map { VerdictDisplay.text($0.verdict) }
    }
    let sentences = comparison.answer?.sentences ?? []
    let verdicts = zip(labels, comparison.rows).map { label, row in
      let part = row.verdict.parts.first
      func against(_ rival: Verdict.Rival?) -> String {
        rival.map { $0.difference.text(isSigned: true) } ?? "–"
      }
      return [
        label, part.map { $0.answer.words } ?? "–",
        against(part?.rival(PredictorRole.localOnly)), against(part?.strongest),
        part.flatMap(VerdictDisplay.shareOfOptimum) ?? "–",
      ]
    }
    let header = ["", "helps", "to local_only", "to best simple", "% of optimum"]
    return [
      sentences.map { paragraph($0) }.joined(separator: "\n"),
      paragraph(
        "\(Verdict.question) Differences to what a phone could do alone, in points:"
      ) + "\n\n" + TextTable.render([header] + verdicts),
    ].filter { !$0.isEmpty }
  }

  /// As `38.6 [34.2, 43.0] %`.
  private static func text(_ estimate: Estimate, _ metric: Comparison.Metric) -> String {
    estimate.text(isShare: metric.isShare, isSigned: false) + (metric.isShare ? " %" : "")
  }

  private static func difference(_ metric: Comparison.Metric) -> String {
    guard let difference = metric.difference else { return metric.verdict.rawValue }
    let text = difference.text(isShare: metric.isShare, isSigned: true)
    return metric.verdict == .none ? "\(text) not shown" : text
  }
}

extension String {
  fileprivate func ifEmpty(_ other: String) -> String { isEmpty ? other : self }
}
