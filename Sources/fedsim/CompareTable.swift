import Experiments
import Foundation
import Privacy
import Report
import RunResults
import Tables

/// The table of `fedsim compare`, for a paper or another program.
struct CompareTable {
  private let comparison: Comparison
  /// What figures and reports call the rows, by run folder.
  private var titles: [String: String] = [:]

  /// - Parameter folders: of runs or sweeps, as they were compared.
  init(_ comparison: Comparison, folders: [String]) throws {
    self.comparison = comparison
    for group in try RunSet(folders: folders).groups() {
      for run in group.runs where !group.title.isEmpty { titles[run.path] = group.title }
    }
  }

  /// A sweep's variant, or what sets the row apart in words; the run's folder where nothing does.
  private func label(_ row: Comparison.Row) -> String {
    let labels = comparison.rows.map(ownLabel)
    let own = ownLabel(row)
    // What figures take for one group, such as experiments of two names, are two rows here.
    return labels.count { $0 == own } > 1 ? row.label : own
  }

  private func ownLabel(_ row: Comparison.Row) -> String {
    if let title = row.runs.lazy.compactMap({ titles[$0] }).first { return title }
    let words = zip(comparison.keyPaths, row.settings).map(KeyLabel.setting)
    return words.isEmpty ? row.runs.first ?? "" : words.joined(separator: ", ")
  }

  /// What `--columns` calls the columns.
  static let columnNames = [
    "group", "predictor", "seeds", "accuracy", "difference", "best", "epsilon", "to_clients",
    "from_clients", "time",
  ]

  /// - Parameters:
  ///   - chosen: the columns to show, in their order; nil for all.
  ///   - isForPaper: leaves columns out that say the same in every row, unless they are chosen, and says it
  ///     below the table.
  func table(columns chosen: [String]?, isForPaper: Bool) -> PaperTable {
    let metrics = comparison.rows.compactMap(\.main)
    let names = metrics.compactMap { MetricName(text: $0.name) }
    let column = names.first?.column ?? "accuracy_top1"
    let isShare = metrics.first?.isShare ?? true
    let unit = isShare ? "_percent" : column == "cross_entropy" ? "_nats" : ""
    let heading = names.isEmpty ? "Top-1 accuracy (%)" : ResultWords.column(column)
    let change = isShare ? "Difference (points)" : "Difference"
    let points = isShare ? "_points" : unit
    // Clients of some rows may predict with models of their own.
    let hasPredictors =
      chosen?.contains("predictor") ?? (Set(names.map(\.predictor)).count > 1)
    var columns = [PaperTable.Column(heading: "Group", names: ["group"], isText: true)]
    if hasPredictors {
      columns.append(.init(heading: "Predictor", names: ["predictor"], isText: true))
    }
    columns += [
      .init(heading: "Seeds", names: ["seeds"]),
      .init(heading: heading, names: Self.names(column, unit)),
      .init(
        heading: change, names: Self.names("difference", points) + ["difference_result"]),
      .init(heading: "Best evaluation\(isShare ? " (%)" : "")", names: Self.names("best", unit)),
      .init(
        heading: comparison.isOfLaunch ? "ε of the launch" : "ε",
        names: [comparison.isOfLaunch ? "launch_epsilon" : "epsilon"]),
      .init(heading: "To clients (MB)", names: ["to_clients_mb"]),
      .init(heading: "From clients (MB)", names: ["from_clients_mb"]),
      .init(heading: "Time (s)", names: ["seconds"]),
    ]
    let rows = comparison.rows.map { row in
      let main = row.main
      var cells = [PaperTable.Cell(label(row), [.text(label(row))])]
      if hasPredictors {
        let name = main.flatMap { MetricName(text: $0.name)?.predictor } ?? ""
        cells.append(.init(ResultWords.predictor(name), [.text(name)]))
      }
      cells.append(.init("\(row.seeds.count)", [.integer(row.seeds.count)]))
      cells.append(Self.cell(main?.final, isShare: isShare, isSigned: false))
      cells.append(Self.difference(main, isShare: isShare))
      cells.append(Self.cell(main?.best, isShare: isShare, isSigned: false))
      cells.append(
        .init(
          row.shownEpsilon.map(ShownBound.epsilon) ?? "–",
          [.number(row.shownEpsilon ?? .infinity)]))
      for bytes in [row.bytesToClients, row.bytesFromClients] {
        cells.append(.init(String(format: "%.3g", bytes / 1e6), [.number(bytes / 1e6)]))
      }
      cells.append(.init(String(format: "%.1f", row.seconds), [.number(row.seconds)]))
      return cells
    }
    let all = PaperTable(columns: columns, rows: rows, notes: notes(names.first))
    let present = Self.columnNames.filter { hasPredictors || $0 != "predictor" }
    if let chosen { return all.keeping(chosen.compactMap(present.firstIndex)) }
    guard isForPaper, rows.count > 1 else { return all }
    let constant = ["seeds", "epsilon", "to_clients", "from_clients"].compactMap(present.firstIndex)
      .filter { index in Set(rows.map { $0[index].text }).count == 1 }
    var table = all.keeping(present.indices.filter { !constant.contains($0) })
    let same = constant.filter { rows[0][$0].text != "–" }.map { index in
      "\(columns[index].heading) = \(rows[0][index].text)"
    }
    if !same.isEmpty { table.notes.append("The same for all: \(same.joined(separator: ", ")).") }
    return table
  }

  /// What marks a difference that is not shown.
  private static let mark = "†"

  private func notes(_ metric: MetricName?) -> [String] {
    let place = metric.map { " on the \(ResultWords.split($0.split))" } ?? ""
    var notes = ["Brackets hold 95 % confidence intervals. Last evaluation\(place)."]
    if comparison.rows.count > 1 {
      notes.append(
        "Differences are to \(referenceLabel), paired by seed, or by client where one seed is common; an "
          + "interval that includes 0 shows no difference.")
      if comparison.rows.contains(where: { $0.main?.verdict == Comparison.Verdict.none }) {
        notes.append("\(Self.mark) No difference is shown.")
      }
    }
    notes.append(
      "The best evaluation is chosen on the test data, so it is optimistically biased.")
    return notes
  }

  private var referenceLabel: String {
    comparison.rows.first { $0.main?.verdict == .reference }.map(label) ?? "the first run named"
  }

  private static func names(_ name: String, _ unit: String) -> [String] {
    [name + unit, "\(name)_low\(unit)", "\(name)_high\(unit)"]
  }

  private static func cell(
    _ estimate: Estimate?, isShare: Bool, isSigned: Bool
  ) -> PaperTable.Cell {
    guard let estimate else { return .init("–", [.empty, .empty, .empty]) }
    let scale = isShare ? 100.0 : 1
    let ends = [estimate.low, estimate.high]
    let values = ([estimate.value] + ends).map { value in
      value.map { CSVCell.number(scale * $0) } ?? .empty
    }
    return .init(
      estimate.text(isShare: isShare, isSigned: isSigned, signsEnds: isSigned), values)
  }

  private static func difference(
    _ metric: Comparison.Metric?, isShare: Bool
  ) -> PaperTable.Cell {
    let verdict = metric?.verdict.rawValue ?? ""
    var cell = cell(metric?.difference, isShare: isShare, isSigned: true)
    if metric?.difference == nil, let metric {
      cell.text = metric.verdict == .reference ? "reference" : "–"
    }
    if metric?.difference != nil, metric?.verdict == Comparison.Verdict.none { cell.text += mark }
    cell.values.append(.text(verdict))
    return cell
  }
}

extension MetricName {
  /// From the name that sweep.csv gives it; nil for another name.
  fileprivate init?(text: String) {
    let predictors = [
      "federated", "personalised", "local_only", "pooled", "bayes_optimal", "most_frequent",
      "most_recent", "hourly_frequent", "markov", "repeat_first",
    ]
    for split in ["future", "new_clients"] {
      for predictor in predictors where text.hasPrefix("\(split)_\(predictor)_") {
        let column = text.dropFirst(split.count + predictor.count + 2)
        self.init(split: split, predictor: predictor, column: String(column))
        return
      }
    }
    return nil
  }
}
